"""Which failures of the network are certain to have sent nothing: only after those an offer is sent once more."""

import asyncio
import base64
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import boto3
import pytest
import trustme

from camera_skill.adapters.connections import MOST_REPLY_BYTES
from camera_skill.adapters.signaling import KvsSignaling
from camera_skill.budget import Budget
from camera_skill.camera import Camera
from camera_skill.errors import (
    LittleTimeError,
    NoAnswerError,
    SignalingConnectError,
    SignalingError,
    SignalingUnreachableError,
)
from simulator.credentials import PROCESS_CREDENTIALS
from simulator.signaling import Fault, SignalingService
from tests.support.directives import ANSWER, ENDPOINT_ID, OFFER
from tests.support.master import Master, answer_with, create_channel, running_master
from tests.support.raw_server import Serve, read_request, serving
from tests.support.wire import running_wire

Place = Callable[[], AbstractAsyncContextManager[str]]
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


async def close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()


async def be_silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def speak_another_protocol(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


async def close_in_handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(64)
    writer.close()


async def reset_in_handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(64)
    await reset(reader, writer)


async def read_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def read_and_reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await reset(reader, writer)


async def answer_once_then_reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
    await read_and_reset(reader, writer)


@asynccontextmanager
async def nobody_listens() -> AsyncIterator[str]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@asynccontextmanager
async def nobody_accepts() -> AsyncIterator[str]:
    """Its queue of connections is full, so that Linux drops those that come."""
    with socket.socket() as held, ExitStack() as waiting:
        held.bind(("127.0.0.1", 0))
        held.listen(0)
        for _ in range(4):
            client = socket.socket()
            waiting.callback(client.close)
            client.setblocking(False)  # noqa: FBT003 - the standard library's signature
            client.connect_ex(held.getsockname())
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@asynccontextmanager
async def no_such_name() -> AsyncIterator[str]:
    yield "https://signaling.invalid"


def tls_of(serve: Serve) -> Place:
    """An https URL whose server never comes to TLS."""

    @asynccontextmanager
    async def place() -> AsyncIterator[str]:
        async with serving(serve) as address:
            yield f"https://{address}"

    return place


@asynccontextmanager
async def certificate_of_nobody() -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with serving(be_silent, context) as address:
        yield f"https://{address}"


UNCONNECTED: dict[str, Place] = {
    "refused": nobody_listens,
    "connect timeout": nobody_accepts,
    "no such name": no_such_name,
    "no TLS": tls_of(speak_another_protocol),
    "closed at once": tls_of(close),
    "closed in handshake": tls_of(close_in_handshake),
    "reset in handshake": tls_of(reset_in_handshake),
    "silent in handshake": tls_of(be_silent),
    "certificate of nobody": certificate_of_nobody,
}


@dataclass
class Asked:
    """A camera on the service, the adapter that asks it, and what the adapter told and stored meanwhile."""

    camera: Camera
    master: Master
    adapter: KvsSignaling
    stored: list[str] = field(default_factory=list)
    retries: list[str] = field(default_factory=list)

    async def offer(self, signaling_endpoint: str, seconds: float = 5.0, whole: float | None = None) -> str:
        camera = replace(self.camera, signaling_endpoint=signaling_endpoint)
        budget = Budget(whole or seconds).apart(seconds)
        return await asyncio.to_thread(self.adapter.send_offer, camera, OFFER, budget, self.retries.append)


@pytest.fixture
async def asked(signaling: SignalingService, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asked]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", signaling.control_plane_url)
    stored: list[str] = []

    def store(_camera: Camera, signaling_endpoint: str, _budget: Budget) -> None:
        stored.append(signaling_endpoint)

    session = boto3.Session(*PROCESS_CREDENTIALS[:2], region_name="us-east-1")
    adapter = KvsSignaling(session, store, {"127.0.0.1", "signaling.invalid"})
    arn = await asyncio.to_thread(create_channel, signaling)
    async with running_master(signaling.master_url, arn, answer_with(ANSWER)) as master:
        yield Asked(Camera(ENDPOINT_ID, arn, "us-east-1", ""), master, adapter, stored)


@pytest.mark.parametrize("place", UNCONNECTED)
async def test_the_offer_arrives_by_the_fresh_endpoint_when_no_connection_came_about(
    asked: Asked, signaling: SignalingService, place: str
) -> None:
    async with UNCONNECTED[place]() as url:
        assert await asked.offer(url) == ANSWER
    assert asked.retries == ["SignalingConnectError"]
    assert asked.stored == [signaling.data_plane_url]
    assert len(asked.master.offers) == 1


@pytest.mark.parametrize("serve", [close, read_and_close, read_and_reset], ids=lambda serve: serve.__name__)
async def test_the_offer_is_not_repeated_when_the_connection_broke_after_it_stood(asked: Asked, serve: Serve) -> None:
    async with serving(serve) as address:
        with pytest.raises(SignalingUnreachableError) as raised:
            await asked.offer(f"http://{address}")
    assert not isinstance(raised.value, SignalingConnectError)
    assert (asked.retries, asked.stored, asked.master.offers) == ([], [], [])


async def test_the_offer_is_not_repeated_when_a_connection_over_tls_broke(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    async with serving(read_and_reset, context) as address:
        with pytest.raises(SignalingUnreachableError) as raised:
            await asked.offer(f"https://{address}")
    assert not isinstance(raised.value, SignalingConnectError)
    assert (asked.retries, asked.master.offers) == ([], [])


async def test_the_offer_is_not_repeated_when_a_kept_connection_is_reset(asked: Asked) -> None:
    async with serving(answer_once_then_reset) as address:
        with pytest.raises(NoAnswerError):
            await asked.offer(f"http://{address}")
        with pytest.raises(SignalingUnreachableError) as raised:
            await asked.offer(f"http://{address}")
    assert not isinstance(raised.value, SignalingConnectError)
    assert (asked.retries, asked.master.offers) == ([], [])


async def test_the_offer_is_not_repeated_when_a_kept_connection_is_silent(
    asked: Asked, signaling: SignalingService
) -> None:
    async with running_wire(signaling.data_plane_url) as wire:
        assert await asked.offer(wire.url) == ANSWER
        wire.kill_silently()
        with pytest.raises(NoAnswerError):
            await asked.offer(wire.url, 1.5)
    assert (asked.retries, len(asked.master.offers)) == ([], 1)


@pytest.mark.parametrize(
    ("seconds", "whole", "expected"),
    [(2.0, 2.0, NoAnswerError), (1.6, 5.0, LittleTimeError), (1.6, 1.6, NoAnswerError)],
)
async def test_silence_says_nothing_of_a_camera_when_others_took_a_third_of_the_time(
    asked: Asked, seconds: float, whole: float, expected: type[NoAnswerError]
) -> None:
    async with serving(be_silent) as address:
        with pytest.raises(NoAnswerError, match=ENDPOINT_ID) as raised:
            await asked.offer(f"http://{address}", seconds, whole)
    assert type(raised.value) is expected


async def test_a_missing_answer_says_that_the_camera_is_not_there_when_little_time_was_left(asked: Asked) -> None:
    async with serving(answer_once_then_reset) as address:
        with pytest.raises(NoAnswerError) as raised:
            await asked.offer(f"http://{address}", 1.6, 5.0)
    assert type(raised.value) is NoAnswerError


@pytest.mark.parametrize("place", ["connect timeout", "silent in handshake"])
async def test_the_service_is_to_blame_and_nothing_repeated_when_no_connection_comes_in_time(
    asked: Asked, place: str
) -> None:
    async with UNCONNECTED[place]() as url:
        with pytest.raises(SignalingConnectError, match=ENDPOINT_ID):
            await asked.offer(url, 1.4)
    assert (asked.retries, asked.stored, asked.master.offers) == ([], [], [])


async def test_nothing_is_repeated_when_a_failing_look_up_took_what_time_there_was(
    asked: Asked, signaling: SignalingService
) -> None:
    signaling.faults.set(Fault("never"), operation="GetSignalingChannelEndpoint")
    async with nobody_listens() as url:
        with pytest.raises(SignalingConnectError) as raised:
            await asked.offer(url, 1.6)
    assert isinstance(raised.value.__cause__, SignalingUnreachableError)  # the look-up's
    assert (asked.retries, asked.stored, asked.master.offers) == ([], [], [])


@pytest.mark.parametrize("framing", ["", "Content-Length: 268435456\r\n", "Transfer-Encoding: chunked\r\n"])
async def test_a_reply_is_not_read_to_its_end_when_it_is_longer_than_any_of_awss(asked: Asked, framing: str) -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{framing}\r\n".encode())
        part = b" " * 2**20
        for _ in range(256):
            writer.write(b"100000\r\n%b\r\n" % part if "chunked" in framing else part)
            await writer.drain()
            sent += len(part)

    async with serving(flood) as address:
        with pytest.raises(SignalingUnreachableError, match="HTTPClientError"):
            await asked.offer(f"http://{address}")
    assert sent < MOST_REPLY_BYTES + 32 * 2**20  # what the system itself takes in
    assert (asked.retries, asked.master.offers) == ([], [])


@pytest.mark.parametrize("framing", ["", "Transfer-Encoding: chunked\r\n"])
async def test_a_reply_is_read_when_nothing_says_how_long_it_is(asked: Asked, framing: str) -> None:
    sdp = json.dumps({"type": "answer", "sdp": ANSWER})
    body = json.dumps({"Answer": base64.b64encode(sdp.encode()).decode()}).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)  # all of it: closing with some of it unread would reset the connection
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{framing}\r\n".encode())
        writer.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if framing else body)
        await writer.drain()

    async with serving(answer) as address:
        assert await asked.offer(f"http://{address}") == ANSWER


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "[::1]"])
async def test_no_offer_goes_to_a_host_that_is_none_of_awss_whatever_is_stored(asked: Asked, host: str) -> None:
    """The adapter of these tests may ask 127.0.0.1, and nothing else beside AWS."""
    came: list[bytes] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(1))
        writer.close()

    async with serving(keep) as place:
        url = f"http://{place}"
        with pytest.raises(SignalingError, match="is none of AWS's"):
            await asked.offer(url.replace("127.0.0.1", host))
        camera = replace(asked.camera, signaling_endpoint=url.replace("127.0.0.1", host))
        with pytest.raises(SignalingError, match="is none of AWS's"):
            await asyncio.to_thread(asked.adapter.ice_servers, camera, Budget(2.0))
    assert came == []
    assert asked.master.offers == []
