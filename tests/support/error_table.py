"""The error table of docs/architecture.md, as a test reads it."""

from typing import NamedTuple

from tests.support.project import ROOT

_HEAD = "| what happened | what Alexa is told | first tried |"


class Row(NamedTuple):
    """A row: its cells as they are written. `is_built`: its cause is not in italics."""

    cause: str
    told: str
    tried: str
    is_built: bool

    @property
    def error_type(self) -> str:
        """The type that Alexa is told, where it is told one."""
        return self.told.split(",")[0].split(" ")[0]

    @property
    def alarm(self) -> bool:
        return "alarm" in self.told


def rows() -> dict[str, Row]:
    """The rows by their cause."""
    lines = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines()
    start = lines.index(_HEAD) + 2
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start : lines.index("", start)]]
    return {(name := cause.strip("*")): Row(name, told, tried, is_built=name == cause) for cause, told, tried in cells}
