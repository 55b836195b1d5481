"""Servers that say what no web server would, byte by byte, on a free port and in the test's own loop."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Treats one connection, which is closed when it returns."""

_LENGTH = re.compile(rb"^content-length: *(\d+)\r\n", re.MULTILINE | re.IGNORECASE)


@asynccontextmanager
async def serving(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The host and port of a server that treats each connection so. At the end none of them is left open."""
    connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
                await serve(reader, writer)
        finally:
            writer.close()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[asyncio.create_task(treat(reader, writer))] = writer

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task, writer in connections.items():
            task.cancel()
            # close() would wait for whoever reads no more. A TLS connection that is gone by now has no protocol any
            # more, and Python 3.11.2 (Debian 12) asks it to abort all the same.
            with suppress(AttributeError):
                writer.transport.abort()
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.gather(*(writer.wait_closed() for writer in connections.values()), return_exceptions=True)


async def read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of the next request. Raises: IncompleteReadError if none comes any more."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head, await reader.readexactly(int(length[1]) if length else 0)


def http_reply(
    status: int, body: str | bytes, content_type: str = "application/json", *, length: int | None = None
) -> bytes:
    """A reply as bytes; `length` is what it says of its body, where that is not true."""
    content = body.encode() if isinstance(body, str) else body
    lines = [
        f"HTTP/1.1 {status} Example",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(content) if length is None else length}",
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode() + content
