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
    """A running function; `invoke` gives the reply once Amazon's schema accepted it.

    `output` is what it wrote beside its replies: logs and metrics.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.output: list[str] = []

    @property
    def pid(self) -> int:
        return self._process.pid

    async def invoke(self, event: object, seconds: float = 8.0) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        secrets.learn_event(event)
        stdin.write(json.dumps({"event": event, "seconds": seconds}).encode() + b"\n")
        async for line in stdout:
            message = json.loads(line)
            if "reply" not in message:
                self.output.append(line.decode())
                secrets.wrote("logs and metrics", line.decode())
            else:
                secrets.learn_reply(message["reply"])
                event = checked(message["reply"])["event"]
                assert isinstance(event, dict)
                return event
        raise AssertionError(f"the function's process ended with {await self._process.wait()}")

    def freeze(self) -> None:
        """What Lambda does between invocations."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)


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
        try:
            yield FunctionProcess(process)
        finally:
            process.kill()
            stdout, _ = await process.communicate()
            stderr.seek(0)
            said = stderr.read().decode()
            secrets.wrote("logs and metrics", stdout.decode())
            secrets.wrote("standard error", said)
            sys.stderr.write(said)
