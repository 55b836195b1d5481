"""What README.md tells to type."""

import re

from tests.support.project import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
RUN_BY_CI = {"make demo", "make build", "make test", "make check"}


def commands() -> list[str]:
    """The lines of all shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]
