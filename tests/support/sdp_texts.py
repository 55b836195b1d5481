"""SDP texts with one thing wrong each."""

from typing import NamedTuple

from camera_skill.sdp import Finding, FindingCode
from tests.support.directives import DATA, OFFER

ANSWERS = sorted((DATA / "sdp" / "answers").glob("*.sdp"))
MDNS = "7c9e6679-7425-40de-944b-e07fc1f90ae7.local"


class Case(NamedTuple):
    """A text with one finding, in one line of it. `offer` is what an answer answers."""

    name: str
    code: FindingCode
    text: str
    line: int | None = None
    is_fatal: bool = False
    offer: str = OFFER

    def __str__(self) -> str:
        return self.name


def without(text: str, *starts: str) -> str:
    """The text without the lines that begin so."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(starts))


def summary(findings: tuple[Finding, ...]) -> list[tuple[FindingCode, int | None, bool]]:
    """What was found where, without the sentences."""
    return [(finding.code, finding.line, finding.is_fatal) for finding in findings]
