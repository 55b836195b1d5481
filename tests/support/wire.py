"""What lies between the function and a service: counts what passes, and goes dead without a word."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from tests.support.raw_server import serving

_REQUEST = re.compile(rb"^(?:GET|POST) (\S+) HTTP/1\.1\r\n", re.MULTILINE)
_TARGET = re.compile(rb"^X-Amz-Target: \w+\.(\w+)\r\n", re.MULTILINE | re.IGNORECASE)
_LENGTH = re.compile(rb"^Content-Length: (\d+)\r\n", re.MULTILINE | re.IGNORECASE)


class Wire:
    """A TCP relay at `url`. `calls` are the requests that came: DynamoDB's operations, or paths.

    A connection on which one of the `muted` operations comes never carries a byte again. The next calls of an
    operation get the `replies` to it, and are passed on to nobody.
    """

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = parts.hostname, parts.port
        self.url = ""
        self.calls: list[str] = []
        self.muted: set[str] = set()
        self.replies: dict[str, list[bytes]] = {}
        self.connections = 0
        self._dead: list[asyncio.Event] = []

    def kill_silently(self) -> None:
        """Every connection that is open now stays open and never carries a byte again; new ones work."""
        for dead in self._dead:
            dead.set()
        self._dead.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        dead = asyncio.Event()
        self._dead.append(dead)
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._relay(reader, far_writer, dead, near=writer))
                tasks.create_task(self._relay(far_reader, writer, dead))
        finally:
            far_writer.close()

    async def _relay(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        dead: asyncio.Event,
        near: asyncio.StreamWriter | None = None,
    ) -> None:
        """Passes on what comes; requests come from where `near` leads."""
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if dead.is_set() or (near and await self._is_kept_back(data, reader, near, dead)):
                    continue
                writer.write(data)
                await writer.drain()
            if not dead.is_set():
                writer.close()

    async def _is_kept_back(
        self, data: bytes, reader: asyncio.StreamReader, near: asyncio.StreamWriter, dead: asyncio.Event
    ) -> bool:
        targets = [found.decode() for found in _TARGET.findall(data) or _REQUEST.findall(data)]
        self.calls += targets
        if not self.muted.isdisjoint(targets):
            dead.set()
        for target in targets:
            if not self.replies.get(target):
                continue
            length = int(_LENGTH.findall(data)[0])
            body = data.partition(b"\r\n\r\n")[2]
            await reader.readexactly(length - len(body))
            near.write(self.replies[target].pop(0))
            await near.drain()
            return True
        return dead.is_set()


@asynccontextmanager
async def running_wire(target: str) -> AsyncIterator[Wire]:
    """A wire to the service at `target`, an http URL."""
    wire = Wire(target)
    async with serving(wire.serve) as address:
        wire.url = f"http://{address}"
        yield wire
