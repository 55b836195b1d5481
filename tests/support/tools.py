"""What tests need of the machine. Where it is missing they are left out by name; where all must run, they fail."""

import os
import shutil
from typing import NoReturn

import pytest

from simulator.local_aws import TOOLS

STRICT_VARIABLE = "NOTHING_LEFT_OUT"
"""Set by `.ci/run`: a test that cannot run is a failure. `CI`, which every public CI sets, means nothing here."""

AMAZONS_VARIABLE = "WITHOUT_AMAZONS_FILES"
"""Set by `.ci/run` where Amazon's files are not at hand."""


def leave_out(reason: str) -> NoReturn:
    """Skips the test, or fails it where nothing may be left out."""
    if os.environ.get(STRICT_VARIABLE):
        pytest.fail(reason)
    pytest.skip(reason)


def leave_out_amazons(reason: str) -> NoReturn:
    """The same for what compares with a file of Amazon's that may not be passed on."""
    if os.environ.get(AMAZONS_VARIABLE):
        pytest.skip(reason)
    leave_out(reason)


def need_local_aws() -> None:
    """Leaves the test out on a machine without local AWS and SAM CLI."""
    if not TOOLS.exists():
        leave_out(f"{TOOLS.name}, the environment with local AWS and SAM CLI, is missing: make test sets it up")


def need_program(*names: str) -> None:
    """Leaves the test out on a machine without these programs."""
    if missing := [name for name in names if shutil.which(name) is None]:
        leave_out(f"needs {' and '.join(missing)}")
