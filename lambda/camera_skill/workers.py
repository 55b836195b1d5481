"""Threads that make calls for one who waits only so long.

Timeouts of HTTP clients count per received chunk, so a server that dribbles, a name server that hangs or a slow
handshake outlasts them: only another thread can be left behind.
"""

import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class WorkerLateError(Exception):
    """The call did not come back in time; its thread ends with it."""


class WorkerFailedError(Exception):
    """The call raised what is no Exception, its cause: made to end a thread, or a panic in a library's native code."""


class Workers:
    """Keeps idle threads, since starting one costs more than handing it a call. Any thread may begin calls."""

    def __init__(self) -> None:
        """No thread runs until the first call."""
        self._idle: list[_Worker] = []

    def begin(self, function: Callable[[], T]) -> "Pending[T]":
        """Lets a thread call `function` while the caller goes on."""
        try:
            worker = self._idle.pop()
        except IndexError:  # asked for first: another thread might take the last one in between
            worker = _Worker()
        worker.calls.put(function)
        return Pending(worker, self._idle)


class Pending(Generic[T]):
    """A call that goes on in its thread. Its result is asked for once."""

    def __init__(self, worker: "_Worker", idle: "list[_Worker]") -> None:
        """`idle` is where the worker goes afterwards."""
        self._worker = worker
        self._idle = idle

    def result(self, seconds: float) -> T:
        """What the function returned, or its exception.

        Raises: WorkerLateError after so many `seconds`; WorkerFailedError.
        """
        try:
            result, error = self._worker.results.get(timeout=seconds)
        except queue.Empty:
            self._worker.calls.put(None)
            raise WorkerLateError from None
        self._idle.append(self._worker)
        if isinstance(error, Exception):
            raise error
        if error is not None:  # would pass by whoever catches exceptions to give a reply
            raise WorkerFailedError from error
        return result  # type: ignore[no-any-return]  # what the function returned


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
