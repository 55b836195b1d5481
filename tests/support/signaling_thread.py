"""A signaling service in a thread of its own, for code that blocks the test's."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from simulator.signaling import SignalingService, SignalingSettings


@contextmanager
def signaling_in_thread(settings: SignalingSettings | None = None) -> Iterator[SignalingService]:
    """The service, started."""
    started, ended = threading.Event(), asyncio.Event()
    service = SignalingService(settings or SignalingSettings())
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with service:
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    try:
        assert started.wait(10), "the signaling service did not start"
        yield service
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()
