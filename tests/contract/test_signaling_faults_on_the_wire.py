"""Faults of connections and of time: what a client sees of each, and that nothing of them stays behind."""

import asyncio
import contextlib
import errno
import http.client
import json
import socket
import time
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from simulator.signaling import Call, Fault, Proceed, SignalingService, SignalingSettings
from tests.support.master import running_master
from tests.support.service_model import valid_input
from tests.support.signaling_client import Account, StartService, encoded, master, sent_offers, until, wrap

PATH = "/v1/send-alexa-offer-to-master"
PROMPT = 1.5  # seconds for an end that waits for nobody


@pytest.fixture
async def service(start_service: StartService) -> SignalingService:
    """A service that takes unsigned calls, which are written by hand."""
    return await start_service(SignalingSettings(rates=False, check_signatures=False))


@contextlib.contextmanager
def sent(service: SignalingService, arn: str) -> Iterator[socket.socket]:
    """An offer, sent as it is, and the connection on which its reply comes."""
    body = json.dumps(valid_input("SendAlexaOfferToMaster", arn))
    host = urlsplit(service.data_plane_url).netloc
    head = f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(address(service)) as connection:
        connection.sendall((head + body).encode())
        connection.setblocking(False)  # noqa: FBT003  # the standard library's signature
        yield connection


def address(service: SignalingService) -> tuple[str, int]:
    parts = urlsplit(service.data_plane_url)
    return str(parts.hostname), int(parts.port or 0)


async def received(connection: socket.socket) -> bytes:
    """All that comes until the service closes the connection."""
    data = b""
    async with asyncio.timeout(5):
        while chunk := await asyncio.get_running_loop().sock_recv(connection, 65536):
            data += chunk
    return data


def body_of(reply: bytes) -> bytes:
    return reply.partition(b"\r\n\r\n")[2]


async def test_camera_has_the_offer_long_before_the_caller_has_the_answer_when_the_reply_is_slow(
    service: SignalingService, account: Account, arn: str
) -> None:
    service.faults.set(Fault("slow", 0.4))
    async with master(service, arn) as camera:
        sending = account.offer(arn)
        await camera.receive()
        answered = time.monotonic()
        await camera.answer("echo-1")
        assert (await sending)["Answer"] == wrap("answer")
    assert time.monotonic() - answered >= 0.4


async def test_camera_has_the_offer_late_when_the_call_is(
    service: SignalingService, account: Account, arn: str
) -> None:
    service.faults.set(Fault("late", 0.4))
    async with master(service, arn) as camera:
        started = time.monotonic()
        sending = account.offer(arn)
        await camera.receive()
        assert time.monotonic() - started >= 0.4
        await camera.answer("echo-1")
        assert (await sending)["Answer"] == wrap("answer")


async def test_late_offer_arrives_all_the_same_when_its_caller_has_left(service: SignalingService, arn: str) -> None:
    service.faults.set(Fault("late", 0.3))
    async with master(service, arn) as camera:
        with sent(service, arn):
            await until(lambda: service.requests[-1].operation == "SendAlexaOfferToMaster")
        assert (await camera.receive())["messageType"] == "SDP_OFFER"


async def test_caller_waits_for_nothing_when_the_reply_never_comes(
    service: SignalingService, account: Account, arn: str
) -> None:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=0.5)
    url = service.data_plane_url
    account.signaling = account.session.client("kinesis-video-signaling", endpoint_url=url, config=config)
    service.faults.set(Fault("never"))
    async with running_master(service.master_url, arn, lambda _: "an answer") as camera:
        with pytest.raises(ReadTimeoutError):
            await account.offer(arn)
        assert len(camera.offers) == 1
    await until(lambda: not service.faults.under_way)


async def test_reply_is_shorter_than_announced_when_it_is_cut_off(
    service: SignalingService, account: Account, arn: str
) -> None:
    service.faults.set(Fault("cut-off"))
    async with running_master(service.master_url, arn, lambda _: "an answer") as camera:
        with sent(service, arn) as connection:
            reply = await received(connection)
        whole = json.dumps({"Answer": encoded("an answer")}).encode()
        assert f"Content-Length: {len(whole)}\r\n".encode() in reply
        assert body_of(reply) == whole[: len(whole) // 2]
        # boto3 takes it for a success without an answer.
        assert "Answer" not in await account.offer(arn)
        assert len(camera.offers) == 2


async def test_every_byte_comes_by_itself_and_in_its_turn_when_the_reply_dribbles(
    service: SignalingService, account: Account, arn: str
) -> None:
    interval = 0.03
    service.faults.set(Fault("dribble", interval))
    answer = encoded("hello")
    async with running_master(service.master_url, arn, lambda _: "hello"):
        with sent(service, arn) as connection:
            arrivals = await arrivals_on(connection, len(json.dumps({"Answer": answer})))
        assert b"".join(byte for byte, _ in arrivals) == json.dumps({"Answer": answer}).encode()
        gaps = [later - earlier for (_, earlier), (_, later) in pairwise(arrivals)]
        assert sum(gaps) >= 0.9 * interval * len(gaps)
        assert max(len(byte) for byte, _ in arrivals) <= 3  # more only where this test was held up
        assert (await account.offer(arn))["Answer"] == answer


async def arrivals_on(connection: socket.socket, length: int) -> list[tuple[bytes, float]]:
    """What came of a body of that length, and when."""
    head = b""
    arrivals: list[tuple[bytes, float]] = []
    loop = asyncio.get_running_loop()
    while sum(len(data) for data, _ in arrivals) < length:
        data = await loop.sock_recv(connection, 65536)
        assert data
        if b"\r\n\r\n" not in head:
            head += data
            data = body_of(head)
        if data:
            arrivals.append((data, time.monotonic()))
    return arrivals


@pytest.mark.parametrize(("name", "deliveries"), [("reset", 0), ("reset-after", 1)])
async def test_connection_is_reset_only_once_the_call_was_read_when_the_fault_is_a_reset(
    service: SignalingService, account: Account, arn: str, name: str, deliveries: int
) -> None:
    service.faults.set(Fault(name))
    async with running_master(service.master_url, arn, lambda _: "an answer") as camera:
        with sent(service, arn) as connection, pytest.raises(ConnectionResetError):
            await received(connection)
        assert sent_offers(service) == 1
        assert len(camera.offers) == deliveries
        with pytest.raises(ConnectionClosedError):
            await account.offer(arn)


async def test_connection_is_refused_and_the_port_kept_until_the_fault_is_cleared(
    service: SignalingService, account: Account, arn: str
) -> None:
    async with running_master(service.master_url, arn, lambda _: "an answer") as camera:
        assert "Answer" in await account.offer(arn)  # so that boto3 has a connection, which must not help it
        where = address(service)
        for _ in range(2):
            service.faults.set(Fault("refused"))
            assert refuses(service)
            with socket.socket() as other, pytest.raises(OSError, match=f"Errno {errno.EADDRINUSE}"):
                other.bind(where)
            with pytest.raises(EndpointConnectionError):
                await account.offer(arn)
            assert "ResourceEndpointList" in await account.call("get_signaling_channel_endpoint", ChannelARN=arn)
            service.faults.clear()
            assert "Answer" in await account.offer(arn)
            assert address(service) == where
        assert len(camera.offers) == 3


async def test_call_under_way_is_answered_when_connections_are_refused_meanwhile(
    service: SignalingService, account: Account, arn: str
) -> None:
    async with master(service, arn) as camera:
        sending = account.offer(arn)
        await camera.receive()
        service.faults.set(Fault("refused"))
        await camera.answer("echo-1")
        assert (await sending)["Answer"] == wrap("answer")
        with pytest.raises(EndpointConnectionError):
            await account.offer(arn)


async def test_only_the_plane_of_the_operation_refuses_when_it_is_one_of_the_control_plane(
    service: SignalingService, account: Account, arn: str
) -> None:
    service.faults.set(Fault("refused"), operation="GetSignalingChannelEndpoint")
    with pytest.raises(EndpointConnectionError):
        await account.call("get_signaling_channel_endpoint", ChannelARN=arn)
    assert (await account.call("get_ice_server_config", ChannelARN=arn))["IceServerList"] == []


async def test_last_word_counts_when_refusal_is_set_and_cleared_at_once(
    service: SignalingService, account: Account, arn: str
) -> None:
    for _ in range(3):
        service.faults.set(Fault("refused"))
        service.faults.clear()
    assert (await account.call("get_ice_server_config", ChannelARN=arn))["IceServerList"] == []
    for _ in range(3):
        service.faults.clear()
        service.faults.set(Fault("refused"))
    await until(lambda: refuses(service))
    service.faults.clear()
    assert not refuses(service)
    assert (await account.call("get_ice_server_config", ChannelARN=arn))["IceServerList"] == []


def refuses(service: SignalingService) -> bool:
    try:
        socket.create_connection(address(service)).close()
    except ConnectionRefusedError:
        return True
    return False


async def test_connections_are_refused_from_the_start_when_that_was_set_before_it() -> None:
    service = SignalingService()
    service.faults.set(Fault("refused"))
    async with service:
        assert refuses(service)
        service.faults.clear()
        with contextlib.closing(http.client.HTTPConnection(*address(service))) as client:
            await asyncio.to_thread(client.request, "POST", PATH)
            assert (await asyncio.to_thread(client.getresponse)).status == 403


@pytest.mark.parametrize("leaves", [True, False], ids=["the client has left", "the client waits"])
@pytest.mark.parametrize(
    "fault",
    [Fault("slow", 60), Fault("late", 60), Fault("never"), Fault("dribble", 0.05), Fault("refused")],
    ids=lambda fault: fault.name,
)
async def test_service_ends_at_once_when_calls_are_still_going_wrong(fault: Fault, *, leaves: bool) -> None:
    async with contextlib.AsyncExitStack() as stack:
        service = await stack.enter_async_context(SignalingService(SignalingSettings(check_signatures=False)))
        arn = await Account(service).create_channel()
        async with running_master(service.master_url, arn, lambda _: "an answer"):
            with contextlib.ExitStack() as connections:
                service.faults.set(fault)
                if fault.name != "refused":
                    connections.enter_context(sent(service, arn))
                    await until(lambda: service.faults.under_way == 1)
                if leaves:
                    connections.close()
                started = time.monotonic()
                await stack.aclose()
                assert time.monotonic() - started < PROMPT
    assert service.faults.under_way == 0


@pytest.mark.parametrize("fault", [Fault("never"), Fault("dribble", 0.05)], ids=lambda fault: fault.name)
async def test_nothing_goes_on_when_the_client_leaves(service: SignalingService, arn: str, fault: Fault) -> None:
    service.faults.set(fault)
    async with running_master(service.master_url, arn, lambda _: "an answer" * 100):
        with sent(service, arn):
            await until(lambda: service.faults.under_way == 1)
        await until(lambda: service.faults.under_way == 0)


async def test_interceptor_sees_what_a_fault_answers_when_there_is_one(
    service: SignalingService, account: Account, arn: str
) -> None:
    statuses = []

    async def watch(call: Call, proceed: Proceed) -> web.StreamResponse:  # noqa: ARG001 - the service's signature
        response = await proceed()
        statuses.append(response.status)
        return response

    service.intercept(watch)
    service.faults.set(Fault("null-answer"), times=1)
    await account.offer(arn)
    with pytest.raises(account.signaling.exceptions.InvalidArgumentException):
        await account.offer(arn, payload="-")
    assert statuses == [200, 400]
