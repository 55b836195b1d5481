from collections.abc import Iterator

import pytest

from simulator.local_aws import LocalAws
from tests.support.deployed_stack import DeployedStack, deployed_stack


@pytest.fixture(scope="module")
def stack_of_module(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedStack]:
    with deployed_stack(local_aws, tmp_path_factory.mktemp("state")) as stack:
        yield stack


@pytest.fixture
def stack(stack_of_module: DeployedStack, monkeypatch: pytest.MonkeyPatch) -> DeployedStack:
    """A deployed stack that a module's tests share, in a shell that is set up for it; nobody is logged in."""
    for name, value in stack_of_module.environment.items():
        monkeypatch.setenv(name, value)
    return stack_of_module
