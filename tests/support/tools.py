import os

import pytest

from simulator.local_aws import TOOLS


def need_local_aws() -> None:
    """Skips the test on a machine without local AWS and SAM CLI, but never in CI."""
    if TOOLS.exists():
        return
    reason = f"{TOOLS.name}, the environment with local AWS and SAM CLI, is missing: make test sets it up"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
