"""The function in a process of its own: what it costs, and how it holds its deadline."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import boto3
import psutil
import pytest

from camera_skill.adapters.signaling import KvsSignaling
from camera_skill.adapters.tables import Registry
from camera_skill.budget import Budget
from camera_skill.camera import Camera
from camera_skill.errors import SignalingConnectError
from simulator.credentials import PROCESS_CREDENTIALS
from simulator.signaling import SignalingService
from tests.conftest import AddCamera
from tests.support.account_server import AccountServer
from tests.support.directives import ANSWER, ENDPOINT_ID, OFFER, initiate
from tests.support.function_process import FunctionProcess, running_function
from tests.support.master import Master, answer_with, create_channel, running_master
from tests.support.offers import REPLY_SECONDS
from tests.support.servers import slow_server
from tests.support.wire import Wire, running_wire


@dataclass(frozen=True)
class Wired:
    """A fresh process of the function and a camera that answers, with a wire to each service between them."""

    function: FunctionProcess
    to_dynamodb: Wire
    to_kvs: Wire
    master: Master


@pytest.fixture
async def wired(
    function_environment: dict[str, str], signaling: SignalingService, add_camera: AddCamera
) -> AsyncIterator[Wired]:
    arn = await asyncio.to_thread(create_channel, signaling)
    async with (
        running_wire(function_environment["AWS_ENDPOINT_URL"]) as to_dynamodb,
        running_wire(signaling.data_plane_url) as to_kvs,
        running_master(signaling.master_url, arn, answer_with(ANSWER)) as master,
    ):
        await asyncio.to_thread(add_camera, to_kvs.url, channel_arn=arn)
        # Whatever the function asks of AWS goes through these two wires, the control plane of KVS included.
        async with running_function({**function_environment, "AWS_ENDPOINT_URL": to_dynamodb.url}) as function:
            yield Wired(function, to_dynamodb, to_kvs, master)


async def test_one_read_one_kvs_call_and_two_writes_are_made_when_a_fresh_process_gets_an_offer(
    wired: Wired, account_server: AccountServer
) -> None:
    for offers in (1, 2):
        reply = await wired.function.invoke(initiate(account_server.token(), OFFER))
        assert reply["header"]["name"] == "AnswerGeneratedForSession"
        assert wired.to_dynamodb.calls == ["BatchGetItem", "UpdateItem", "UpdateItem"] * offers
        assert wired.to_kvs.calls == ["/v1/send-alexa-offer-to-master"] * offers
        assert len(wired.master.offers) == offers
    assert account_server.fetches == 1


# Cold, then warm with the first call still hanging, and less time left.
@pytest.mark.parametrize(("first_after", "times"), [(0.0, [8.0]), (60.0, [8.0, 3.0])], ids=["dribbles", "hangs"])
async def test_the_reply_is_in_time_when_the_signaling_service_does_not_come_to_an_end(
    function_environment: dict[str, str],
    account_server: AccountServer,
    add_camera: AddCamera,
    first_after: float,
    times: list[float],
) -> None:
    async with slow_server(first_after=first_after) as url:
        await asyncio.to_thread(add_camera, url)
        async with running_function(function_environment, cold=True) as function:
            for left in times:
                started = time.monotonic()
                reply = await function.invoke(initiate(account_server.token(), OFFER), left)
                assert time.monotonic() - started < min(REPLY_SECONDS, left)
                assert reply["payload"]["type"] == "ENDPOINT_UNREACHABLE"


async def test_the_reply_is_in_time_when_the_account_server_does_not_come_to_an_end(
    function_environment: dict[str, str], account_server: AccountServer, add_camera: AddCamera
) -> None:
    async with slow_server() as url:
        await asyncio.to_thread(add_camera, url)
        async with running_function({**function_environment, "TOKEN_JWKS_URL": url}, cold=True) as function:
            started = time.monotonic()
            reply = await function.invoke(initiate(account_server.token(), OFFER))
            assert time.monotonic() - started < REPLY_SECONDS
            assert reply["payload"]["type"] == "INTERNAL_ERROR"


async def test_the_second_offer_is_not_lost_when_connections_died_while_the_process_was_frozen(
    wired: Wired, account_server: AccountServer
) -> None:
    await wired.function.invoke(initiate(account_server.token(), OFFER))
    before = wired.to_dynamodb.connections, wired.to_kvs.connections
    wired.function.freeze()
    wired.to_dynamodb.kill_silently()
    wired.to_kvs.kill_silently()
    await asyncio.sleep(6)  # the time that passes is what is tested
    wired.function.thaw()
    reply = await wired.function.invoke(initiate(account_server.token(), OFFER))
    assert reply["header"]["name"] == "AnswerGeneratedForSession", json.dumps(reply)
    assert len(wired.master.offers) == 2
    assert wired.to_dynamodb.connections > before[0]  # by how many depends on whether the two writes overlap
    assert (before[1], wired.to_kvs.connections) == (1, 2)


async def test_no_thread_and_no_connection_stays_behind_when_calls_were_given_up(
    function_environment: dict[str, str], account_server: AccountServer, add_camera: AddCamera
) -> None:
    async with slow_server() as url:
        await asyncio.to_thread(add_camera, url)
        async with running_function({**function_environment, "RESPONSE_BUDGET_SECONDS": "1.5"}) as function:
            process = psutil.Process(function.pid)
            for _ in range(4):
                reply = await function.invoke(initiate(account_server.token(), OFFER))
            assert reply["payload"]["type"] == "ENDPOINT_UNREACHABLE"
            async with asyncio.timeout(5):
                while process.num_threads() > 3 or len(process.net_connections("tcp")) > 2:  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(0.05)


async def test_no_offer_is_sent_when_the_connection_came_too_late(
    signaling: SignalingService, registry: Registry
) -> None:
    arn = await asyncio.to_thread(create_channel, signaling)
    camera = Camera(ENDPOINT_ID, arn, "us-east-1", signaling.data_plane_url.replace("127.0.0.1", "localhost"))
    resolved = threading.Event()
    looked_up = socket.getaddrinfo

    def slow_look_up(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        resolved.wait(10)
        return looked_up(*arguments, **options)

    async with running_master(signaling.master_url, arn, answer_with(ANSWER)) as master:
        session = boto3.Session(*PROCESS_CREDENTIALS[:2], region_name="us-east-1")
        adapter = KvsSignaling(session, registry.store_signaling_endpoint, {"localhost"})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", slow_look_up)  # a name server that hangs is not to be had otherwise
            with pytest.raises(SignalingConnectError):
                await asyncio.to_thread(adapter.send_offer, camera, OFFER, Budget(1.2))
            resolved.set()
            await asyncio.to_thread(adapter.send_offer, camera, OFFER, Budget(5.0))
        assert len(master.offers) == 1
