"""What README.md and docs/ tell to type."""

import re

from tests.support.project import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")
RUN_BY_CI = {"make demo", "make build", "make test", "make check"}
_WITHIN_A_SENTENCE = re.compile(r"`(camera-skill [^`\n]*--stack-name[^`\n]*)`")


def commands() -> list[str]:
    """The lines of all shell blocks, and what is to be typed to a stack within a sentence."""
    lines = [line for block in blocks("sh") for line in block.splitlines() if line]
    return lines + [command for page in PAGES for command in _WITHIN_A_SENTENCE.findall(page.read_text("utf-8"))]


def blocks(kind: str) -> list[str]:
    """What stands in all blocks of a kind."""
    fenced = re.compile(rf"^```{kind}\n(.*?)^```", re.DOTALL | re.MULTILINE)
    return [block for page in PAGES for block in fenced.findall(page.read_text("utf-8"))]
