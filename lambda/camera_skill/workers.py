"""Threads that make calls for one who waits only so long.

Timeouts of HTTP clients count per received chunk, so a server that dribbles, a name server that hangs or a slow
handshake outlasts them: only another thread can be left behind.
"""

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class WorkerLateError(Exception):
    """The call did not come back in time; its thread ends with it."""


class Workers:
    """Keeps one idle thread, since starting one costs more than handing it a call."""

    def __init__(self) -> None:
        """No thread runs until the first call."""
        self._idle: list[_Worker] = []

    def call(self, function: Callable[[], T], seconds: float) -> T:
        """The result of `function`, or its exception. Raises: WorkerLateError after so many `seconds`."""
        worker = self._idle.pop() if self._idle else _Worker()
        worker.calls.put(function)
        try:
            result, error = worker.results.get(timeout=seconds)
        except queue.Empty:
            worker.calls.put(None)
            raise WorkerLateError from None
        self._idle.append(worker)
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]  # what `function` returned


class _Worker(threading.Thread):
    """Makes the calls that it is given, until it is given None."""

    def __init__(self) -> None:
        super().__init__(name="worker", daemon=True)
        self.calls: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self.results: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self.start()

    def run(self) -> None:
        while (function := self.calls.get()) is not None:
            try:
                self.results.put((function(), None))
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits, whatever it is
                self.results.put((None, error))
