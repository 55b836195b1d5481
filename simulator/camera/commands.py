"""What a camera is told to do, as JSON lines: {"kind": "doorbell", "event": {"id": "…"}} has it publish an event."""

import asyncio
import json
import os

from simulator.camera.event_publisher import EventPublisher
from simulator.camera.events import Report


async def obey(file_descriptor: int, publisher: EventPublisher, report: Report) -> None:
    """Does what is read there, a pipe or a socket, until it ends. What is no command is reported."""
    reader = asyncio.StreamReader()
    with os.fdopen(file_descriptor, "rb", buffering=0) as pipe:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            async for line in reader:
                _do(line, publisher, report)
        finally:
            transport.close()


def _do(line: bytes, publisher: EventPublisher, report: Report) -> None:
    try:
        command = json.loads(line)
        kind, event = str(command["kind"]), dict(command["event"])
    except (ValueError, KeyError, TypeError) as error:
        report({"event": "command_unreadable", "reason": f"{type(error).__name__}: {error}"})
        return
    publisher.publish(kind, event)
