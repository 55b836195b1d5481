"""An Echo Show as a process of its own, for a test to kill: directives leave on stdout, events come on stdin."""

import asyncio
import json
import sys
from typing import Any

from simulator.echo_show import EchoShow
from tests.support.directives import ENDPOINT_ID


async def invoke(directive: dict[str, Any]) -> dict[str, Any]:
    sys.stdout.write(json.dumps(directive) + "\n")
    sys.stdout.flush()
    event: dict[str, Any] = json.loads(await asyncio.to_thread(sys.stdin.readline))
    return event


if __name__ == "__main__":
    asyncio.run(EchoShow(invoke, "example-token").show(ENDPOINT_ID, frames=10_000, timeout=120))
