import os
import shutil

import pytest

from simulator.local_aws import TOOLS


def need_local_aws() -> None:
    """Skips the test on a machine without local AWS and SAM CLI, but never in CI."""
    if TOOLS.exists():
        return
    _leave_out(f"{TOOLS.name}, the environment with local AWS and SAM CLI, is missing: make test sets it up")


def need_program(name: str) -> None:
    """Skips the test on a machine without this program, but never in CI."""
    if shutil.which(name) is None:
        _leave_out(f"needs {name}")


def _leave_out(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
