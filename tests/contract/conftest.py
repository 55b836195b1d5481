from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from simulator.signaling import SignalingService, SignalingSettings
from tests.support.node import install_packages
from tests.support.signaling_client import Account, StartService


@pytest.fixture
async def start_service() -> AsyncIterator[StartService]:
    async with AsyncExitStack() as services:

        async def start(settings: SignalingSettings) -> SignalingService:
            return await services.enter_async_context(SignalingService(settings))

        yield start


@pytest.fixture
async def service(start_service: StartService) -> SignalingService:
    return await start_service(SignalingSettings())


@pytest.fixture
def account(service: SignalingService) -> Account:
    return Account(service)


@pytest.fixture
async def arn(account: Account) -> str:
    """A channel of the service."""
    return await account.create_channel()


@pytest.fixture(scope="session")
def javascript() -> None:
    """Installs the packages of the Node scripts, once."""
    install_packages()
