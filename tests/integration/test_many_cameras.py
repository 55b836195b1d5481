"""Many cameras, with more signaling endpoints than clients are kept, pass through one process of the function."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
import pytest

from camera_skill.adapters.signaling import MOST_CLIENTS
from tests.conftest import SOAK, AddCamera
from tests.support.account_server import AccountServer
from tests.support.directives import DATA, OFFERS, initiate, read_sdp
from tests.support.function_process import running_function

CAMERAS = 10_000 if SOAK else 200
MEGABYTE = 1024 * 1024
ANSWER = read_sdp(DATA / "sdp" / "answers" / "camera.sdp")


@asynccontextmanager
async def answering_servers() -> AsyncIterator[list[str]]:
    """Data planes that give the same answer to every offer, twice as many as there are clients kept."""
    answer = base64.b64encode(json.dumps({"type": "answer", "sdp": ANSWER}).encode()).decode()
    body = json.dumps({"Answer": answer}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in request.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                )
                await reader.readexactly(length)
                writer.write(head + body)
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()

    servers = [await asyncio.start_server(serve, "127.0.0.1", 0) for _ in range(2 * MOST_CLIENTS)]
    try:
        yield [f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}" for server in servers]
    finally:
        for server in servers:
            server.close()


@pytest.mark.soak
@pytest.mark.timeout(3600 if SOAK else 120)
async def test_the_process_stays_small_when_many_cameras_pass_through_it(
    function_environment: dict[str, str],
    account_server: AccountServer,
    add_camera: AddCamera,
) -> None:
    token, offer = account_server.token(), read_sdp(OFFERS[0])
    async with answering_servers() as urls, running_function(function_environment) as function:
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
