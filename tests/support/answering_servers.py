"""Data planes of signaling that give the same answer to every offer, in the test's own loop."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.support.directives import DATA, read_sdp

ANSWER = read_sdp(DATA / "sdp" / "answers" / "camera.sdp")


@asynccontextmanager
async def answering_servers(count: int = 1) -> AsyncIterator[list[str]]:
    """The URLs of so many."""
    answer = base64.b64encode(json.dumps({"type": "answer", "sdp": ANSWER}).encode()).decode()
    body = json.dumps({"Answer": answer}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            connections.add(task)
            task.add_done_callback(connections.discard)
        with suppress(asyncio.CancelledError, asyncio.IncompleteReadError):
            while True:
                await reader.readexactly(_length(await reader.readuntil(b"\r\n\r\n")))
                writer.write(head + body)
                await writer.drain()
        writer.close()

    servers = [await asyncio.start_server(serve, "127.0.0.1", 0) for _ in range(count)]
    try:
        yield [f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}" for server in servers]
    finally:
        for server in servers:
            server.close()
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
