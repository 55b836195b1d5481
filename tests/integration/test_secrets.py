"""No function writes a secret: every leak makes a test fail, and every function that a test invokes is searched."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

pytestmark = pytest.mark.xdist_group("secrets")  # one run of the leaks for all
LEAKS = "tests/data/leaks/leaks.py"
OUTCOME = re.compile(rf"^(PASSED|FAILED|ERROR) {LEAKS}::test_(.+?)(?: - (.*))?$", re.MULTILINE)
INVOKES = re.compile(r"camera_skill\.functions|\"tests\.support\.lambda_runtime\"|SmartHomeFunctionAliasArn")
"""What a module must name to invoke a function by itself."""
REPORTS = re.compile(r"^from tests\.support import .*\bsecrets\b", re.MULTILINE)
OTHERS = {Path(__file__), ROOT / "tests/integration/test_world_control.py", ROOT / "tests/unit/test_reprs.py"}
"""Modules that name one, and invoke none of the skill's."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[str, str]]:
    """What pytest says of each test that leaks, or does not: its outcome and the reason."""
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-p", "no:xdist", LEAKS]
    wide = {**os.environ, "COLUMNS": "200"}  # else pytest cuts its reasons short, unless CI is set
    run = subprocess.run(command, cwd=ROOT, env=wide, capture_output=True, text=True, check=False, timeout=60)
    found = {name: (outcome, reason) for outcome, name, reason in sorted(OUTCOME.findall(run.stdout), reverse=True)}
    assert len(found) > 25, run.stdout + run.stderr
    return found


def test_a_test_fails_when_a_secret_is_written(outcomes: dict[str, tuple[str, str]]) -> None:
    leaks = {name: outcome for name, outcome in outcomes.items() if "leak" in name}
    unseen = {name for name, (_, reason) in leaks.items() if not reason.startswith("secrets were written: ")}
    assert unseen == set()
    assert {name for name in leaks if "in_teardown" not in name and leaks[name][0] != "FAILED"} == set()


def test_the_kind_is_named_when_a_secret_is_written(outcomes: dict[str, tuple[str, str]]) -> None:
    kind, where = "ice-pwd", "Captured log call"
    assert outcomes["leak_in_exception_text"][1] == f"secrets were written: {kind} in {where}"


def test_no_test_fails_when_it_writes_nothing_secret(outcomes: dict[str, tuple[str, str]]) -> None:
    assert {name: outcome for name, outcome in outcomes.items() if "fine" in name and outcome[0] != "PASSED"} == {}
    assert outcomes["process[fine]"][0] == "PASSED"


def test_no_module_invokes_a_function_when_it_does_not_report_to_the_search() -> None:
    modules = [file for file in (ROOT / "tests").rglob("*.py") if file.parent.name != "architecture"]
    invoking = {file for file in modules if INVOKES.search(file.read_text(encoding="utf-8"))} - OTHERS
    assert invoking
    assert {file for file in invoking if not REPORTS.search(file.read_text(encoding="utf-8"))} == set()
