"""The function in a process of its own, as Lambda runs it: one invocation at a time, loaded at the start.

As a program: reads `{"event": …, "seconds": …}` from each line of standard input, writes `{"reply": …}`.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.alexa_schema import checked

ROOT = Path(__file__).parent.parent.parent


class FunctionProcess:
    """A running function; `invoke` gives the reply once Amazon's schema accepted it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def invoke(self, event: object, seconds: float = 8.0) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"event": event, "seconds": seconds}).encode() + b"\n")
        async for line in stdout:
            message = json.loads(line)
            if "reply" in message:  # the other lines are logs and metrics
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
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.function_process",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": paths, **environment},
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        yield FunctionProcess(process)
    finally:
        process.kill()
        await process.wait()


def main() -> None:
    from camera_skill.functions.smart_home import handler  # noqa: PLC0415 - only the program loads the function
    from tests.support.function import Context  # noqa: PLC0415 - the same

    for line in sys.stdin:
        request = json.loads(line)
        reply = handler(request["event"], Context(request["seconds"]))
        print(json.dumps({"reply": reply}), flush=True)  # noqa: T201 - its result


if __name__ == "__main__":
    main()
