"""The function in a process of its own, as Lambda runs it."""

import asyncio
import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support import secrets
from tests.support.alexa_schema import checked
from tests.support.project import ROOT

MODULE = "camera_skill.functions.smart_home"
EVENTS_MODULE = "camera_skill.functions.camera_events"
START_SECONDS = 30.0
_BASE = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "lambda")])}
_LIMIT = 1 << 20


class FunctionProcess:
    """A running function, over the pipes or the socket on which its runtime serves.

    `output` is what it wrote beside its replies: logs and metrics.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int) -> None:
        self._reader = reader
        self._writer = writer
        self.pid = pid
        self.output: list[str] = []

    async def invoke(self, event: object, seconds: float = 8.0) -> dict[str, Any]:
        """The reply's event, once Amazon's schema accepted it."""
        reply: dict[str, Any] = checked(await self.reply(event, seconds))["event"]
        return reply

    async def reply(self, event: object, seconds: float = 8.0) -> dict[str, Any]:
        """The reply, whatever it is."""
        secrets.learn_event(event)
        self._writer.write(json.dumps({"event": event, "seconds": seconds}).encode() + b"\n")
        async for line in self._reader:
            message: dict[str, Any] = json.loads(line)
            if "reply" in message:
                secrets.learn_reply(message["reply"])
                return dict(message["reply"])
            self.output.append(line.decode())
            secrets.wrote("logs and metrics", line.decode())
        raise AssertionError("the function's process ended")

    def freeze(self) -> None:
        """What Lambda does between invocations."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


@asynccontextmanager
async def running_function(
    environment: Mapping[str, str], *, cold: bool = False, module: str = MODULE
) -> AsyncIterator[FunctionProcess]:
    """A fresh process with a function; it may still be loading.

    `cold`: it begins with the interpreter, as on Lambda; else it is forked from one that has the imports.
    """
    with TemporaryDirectory() as folder:
        stderr = Path(folder) / "stderr"
        stderr.touch()
        begin = _interpreter if cold else _forked
        try:
            async with begin(module, {**_BASE, **environment}, stderr) as function:
                yield function
        finally:
            said = stderr.read_text()
            secrets.wrote("standard error", said)
            sys.stderr.write(said)


@asynccontextmanager
async def _interpreter(module: str, environment: Mapping[str, str], stderr: Path) -> AsyncIterator[FunctionProcess]:
    with stderr.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.lambda_runtime", module),
            env=environment,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=_LIMIT,
        )
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None
    assert stdout is not None
    try:
        yield FunctionProcess(stdout, stdin, process.pid)
    finally:
        process.kill()
        rest, _ = await process.communicate()
        secrets.wrote("logs and metrics", rest.decode())


@asynccontextmanager
async def _forked(module: str, environment: Mapping[str, str], stderr: Path) -> AsyncIterator[FunctionProcess]:
    connected: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await connected.put((reader, writer))

    path = stderr.with_name("function")
    async with await asyncio.start_unix_server(connect, path, limit=_LIMIT):
        order = {"module": module, "environment": environment, "socket": str(path), "stderr": str(stderr)}
        _order(json.dumps(order).encode() + b"\n")
        reader, writer = await asyncio.wait_for(connected.get(), START_SECONDS)
        pid = peer_pid(writer)
        try:
            yield FunctionProcess(reader, writer, pid)
        finally:
            with suppress(ProcessLookupError):  # a test has ended it
                os.kill(pid, signal.SIGKILL)
            with suppress(ConnectionResetError):  # it had not read all that it was sent
                secrets.wrote("logs and metrics", (await reader.read()).decode())
            writer.close()


def peer_pid(writer: asyncio.StreamWriter) -> int:
    """The process at the other end of a Unix socket (unix(7), SO_PEERCRED)."""
    form = struct.Struct("3i")
    peer = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size)
    pid: int = form.unpack(peer)[0]
    return pid


def _order(line: bytes) -> None:
    nursery = _nursery()
    assert nursery.stdin is not None
    nursery.stdin.write(line)
    nursery.stdin.flush()


@cache
def _nursery() -> subprocess.Popen[bytes]:
    """One for all tests of this process; it ends when its standard input does."""
    nursery = subprocess.Popen(
        [sys.executable, "-m", "tests.support.nursery"], env=_BASE, cwd=ROOT, stdin=subprocess.PIPE
    )
    atexit.register(nursery.communicate)
    return nursery
