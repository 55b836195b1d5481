from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from simulator.signaling import SignalingService, SignalingSettings
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
