"""What no SDK sends: the service answers it, with an error of the caller's and never with one of its own."""

import asyncio
import base64
import json
import os
import socket
import time
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import aiohttp
import pytest

from simulator.signaling import SignalingService, SignalingSettings
from simulator.signaling.inputs import INPUTS
from tests.support.service_model import DATA_PLANE, valid_input
from tests.support.signaling_client import Account, StartService, master, signed_url, until, viewer, wrap

TRUSTING = SignalingSettings(check_signatures=False, rates=False, message_ttl_scale=0.001)
VALUES: tuple[object, ...] = (
    0,
    -1,
    1.5,
    10**400,
    True,
    "",
    "\ud800",
    "\0",
    [],
    [None],
    [[]],
    {},
    {"Key": []},
    "x" * 20_000,
)


def url_of(service: SignalingService, operation: str) -> str:
    if operation in DATA_PLANE:
        path = {"GetIceServerConfig": "get-ice-server-config"}.get(operation, "send-alexa-offer-to-master")
        return f"{service.data_plane_url}/v1/{path}"
    name = operation if operation.endswith(("Resource",)) else operation[0].lower() + operation[1:]
    return f"{service.control_plane_url}/{name}"


@pytest.mark.parametrize("operation", [name for name in INPUTS if not name.startswith("Connect")])
async def test_error_is_the_callers_when_a_member_is_of_the_wrong_type(
    start_service: StartService, operation: str
) -> None:
    service = await start_service(TRUSTING)
    arn = await Account(service).create_channel()
    valid = valid_input(operation, arn)
    async with aiohttp.ClientSession() as http:
        for member in INPUTS[operation].members:
            for value in VALUES:
                body = json.dumps(valid | {member: value})
                async with http.post(url_of(service, operation), data=body) as response:
                    assert response.status in {200, 400, 404}, body
                    error = response.headers.get("x-amzn-ErrorType")
                    assert error != "UnknownOperationException"
                    assert (error is None) == (response.status == 200)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'"' + b"x" * 100_000 + b'"'])
async def test_error_is_the_callers_when_the_body_is_no_json_object(start_service: StartService, body: bytes) -> None:
    service = await start_service(TRUSTING)
    url = url_of(service, "DescribeSignalingChannel")
    async with aiohttp.ClientSession() as http, http.post(url, data=body) as response:
        error = response.headers["x-amzn-ErrorType"]
    assert error == ("InvalidArgumentException" if body == b"" else "SerializationException")


@pytest.mark.parametrize("path", ["/", "/v2/get-ice-server-config", "/describeSignalingChannel", "/%2e%2e/%00"])
async def test_operation_is_unknown_when_the_path_is(service: SignalingService, path: str) -> None:
    async with aiohttp.ClientSession() as http, http.post(service.data_plane_url + path) as response:
        assert response.status == 200
        assert (await response.json())["Version"] == "1.0"
    async with aiohttp.ClientSession() as http, http.get(service.control_plane_url + path) as response:
        assert response.status == 200


async def test_others_are_served_and_the_end_is_prompt_when_a_master_reads_nothing() -> None:
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(SignalingService(SignalingSettings(rates=False)))
        account = Account(service)
        arn = await account.create_channel()
        stuck = stuck_connection(signed_url(service.master_url, arn))
        with stuck:
            await until(lambda: service.requests[-1].operation == "ConnectAsMaster")
            async with viewer(service, arn) as peer:
                payload = base64.b64encode(b"x" * 7500).decode()
                for _ in range(1500):
                    await peer.send("ICE_CANDIDATE", payload)
                await until(lambda: len(service.requests) == 1503, seconds=20)
                assert len(service.deliveries) < 1500
                async with master(service, arn) as camera:
                    sending = account.offer(arn)
                    await camera.receive()
                    await camera.answer("echo-1")
                    assert (await sending)["Answer"] == wrap("answer")
            started = time.monotonic()
            await stack.aclose()
            assert time.monotonic() - started < 4


def stuck_connection(url: str) -> socket.socket:
    """A WebSocket that asks for the upgrade, and never reads a byte."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port))
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET {parts.path}?{parts.query} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    )
    connection.sendall("\r\n".join((*lines, "", "")).encode())
    return connection


async def test_nothing_stays_behind_when_a_wanted_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = SignalingService(SignalingSettings(viewer_port=taken.getsockname()[1]))
        with pytest.raises(OSError, match="in use"):
            await service.__aenter__()
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", urlsplit(service.control_plane_url).port)
