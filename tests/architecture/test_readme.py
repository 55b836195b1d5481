"""README.md and docs/: short, and nothing in them leads nowhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import ROOT
from tests.support.readme import PAGES, README, RUN_BY_CI, commands

FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
TARGET = re.compile(r"\]\(([^)\s]+)[^)]*\)|^\[[^\]]+\]:\s*(\S+)|\b(?:src|href)=\"([^\"]+)\"", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z]+:", re.IGNORECASE)


def links(page: str) -> Iterator[str]:
    """Where links and images lead that stay in the project."""
    for groups in TARGET.findall(FENCED.sub("", page)):
        target = "".join(groups)
        if not ELSEWHERE.match(target):
            yield target


def anchors(page: str) -> set[str]:
    """The fragments of the headings, as GitHub and GitLab make them."""
    headings = re.findall(r"^#+\s+(.*)$", FENCED.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    found = []
    for link in links(page.read_text(encoding="utf-8")):
        path, _, fragment = link.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (fragment and fragment not in anchors(file.read_text(encoding="utf-8"))):
            found.append(link)
    return found


def test_ci_runs_each_make_target_that_the_readme_names() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    named = {command for command in commands() if command.startswith("make ")}
    assert named <= RUN_BY_CI
    assert all(f"step {command}" in ci for command in RUN_BY_CI)


def test_the_readme_has_under_600_words() -> None:
    assert len(README.split()) < 600


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_images_lead_somewhere_when_they_are_relative(page: Path) -> None:
    assert broken(page) == []


def test_the_check_notices_when_a_link_or_an_image_leads_nowhere(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        """# What it is: a page
[here](#what-it-is-a-page) [file](page.md) [elsewhere](https://example.com/none.md) [reference][1]
[here](#what-it-was) [section](page.md#no-section) ![picture](images/none.png "Title") <img src="none.svg">
```sh
[not a link](code.md)
```
[1]: none.md
"""
    )
    nowhere = ["#what-it-was", "page.md#no-section", "images/none.png", "none.svg", "none.md"]
    assert broken(page) == nowhere
