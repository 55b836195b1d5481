"""Many cameras, with more signaling endpoints than clients are kept, pass through one process of the function."""

import asyncio

import psutil
import pytest

from camera_skill.adapters.signaling import MOST_CLIENTS
from tests.conftest import SOAK, AddCamera
from tests.support.account_server import AccountServer
from tests.support.directives import OFFERS, initiate, read_sdp
from tests.support.function_process import running_function
from tests.support.servers import answering_servers

CAMERAS = 10_000 if SOAK else 200
MEGABYTE = 1024 * 1024


@pytest.mark.soak
@pytest.mark.timeout(3600 if SOAK else 120)
async def test_the_process_stays_small_when_many_cameras_pass_through_it(
    function_environment: dict[str, str],
    account_server: AccountServer,
    add_camera: AddCamera,
) -> None:
    token, offer = account_server.token(), read_sdp(OFFERS[0])
    async with (
        answering_servers(2 * MOST_CLIENTS) as urls,
        running_function(function_environment, cold=True) as function,
    ):
        process = psutil.Process(function.pid)
        for number in range(CAMERAS):
            endpoint_id = f"camera-skill-{number}"
            await asyncio.to_thread(add_camera, urls[number % len(urls)], endpoint_id=endpoint_id)
            reply = await function.invoke(initiate(token, offer, endpoint_id))
            assert reply["header"]["name"] == "AnswerGeneratedForSession", reply
        assert process.memory_info().rss < 256 * MEGABYTE
        assert len(process.net_connections(kind="tcp")) < 64
        assert process.num_threads() < 16
        megabytes = process.memory_info().rss // MEGABYTE
        print(f"{CAMERAS} cameras: {megabytes} MB, {process.num_threads()} threads")  # noqa: T201 - the figure is wanted
