"""The function in a process of its own, as Lambda runs it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from tempfile import TemporaryFile
from typing import Any

from tests.support import secrets
from tests.support.alexa_schema import checked
from tests.support.project import ROOT


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
async def running_function(environment: Mapping[str, str]) -> AsyncIterator[FunctionProcess]:
    """A fresh process with the function; it may still be loading."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "lambda")])
    with TemporaryFile() as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.lambda_runtime",
            "camera_skill.functions.smart_home",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": paths, **environment},
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            limit=1 << 20,
        )
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            yield FunctionProcess(stdout, stdin, process.pid)
        finally:
            process.kill()
            rest, _ = await process.communicate()
            stderr.seek(0)
            said = stderr.read().decode()
            secrets.wrote("logs and metrics", rest.decode())
            secrets.wrote("standard error", said)
            sys.stderr.write(said)
