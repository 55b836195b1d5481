"""The time that is left for a reply to Alexa."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from camera_skill.errors import DeadlineExceededError
from camera_skill.workers import Pending, WorkerLateError, Workers

T = TypeVar("T")

COLD_START_SECONDS = 10.0
"""Lambda gives the loading of a function no more."""
AHEAD_OF_TIME_SECONDS = 0.5
"""A first invocation that comes later than this after loading did not wait for it: Lambda had started the process
ahead of time, or restored it."""
RETURN_SECONDS = 0.5
"""What the runtime needs to take the reply back before the function's own timeout."""


class Budget:
    """A point in time by which the reply must stand, and the calls that may be waited for until then."""

    def __init__(self, seconds: float, workers: Workers | None = None, whole: float | None = None) -> None:
        """`seconds` from now, of a `whole` for the reply, of which some may be over; `workers` make the calls."""
        self.whole = seconds if whole is None else whole
        self._deadline = time.monotonic() + seconds
        self._workers = workers or Workers()

    def left(self) -> float:
        """Seconds until the deadline, never below zero."""
        return max(0.0, self._deadline - time.monotonic())

    def apart(self, seconds: float) -> "Budget":
        """Another one, that ends so many `seconds` from now, whatever is left of this."""
        return Budget(seconds, self._workers, self.whole)

    def begin(self, function: Callable[[], T], what: str) -> "BudgetedCall[T]":
        """Lets a thread call `function` while the caller goes on; `what` names it in errors."""
        return BudgetedCall(self, self._workers.begin(function), what)


class BudgetedCall(Generic[T]):
    """A call that goes on in its thread, within a budget."""

    def __init__(self, budget: Budget, pending: Pending[T], what: str) -> None:
        """`what` names the call in errors."""
        self._budget = budget
        self._pending = pending
        self._what = what

    def result(self, budget: Budget | None = None) -> T:
        """What the function returned, waited for until the deadline, or that of another `budget`.

        Raises: DeadlineExceededError, naming what was waited for; else whatever the function raised.
        """
        try:
            return self._pending.result((budget or self._budget).left())
        except WorkerLateError as error:
            raise DeadlineExceededError(f"no reply in time: {self._what}") from error


class BudgetClock:
    """Gives each invocation its budget; counts the cold start into the first one. Made when all else is loaded."""

    def __init__(self, seconds: float, process_age: Callable[[], float] | None = None) -> None:
        """`seconds`: the whole time for a reply, on Alexa's clock; `process_age`: seconds since this process began."""
        self._seconds = seconds
        self._process_age = process_age or seconds_since_process_start
        self._workers = Workers()
        self._loaded: tuple[float, float] | None = both_clocks()

    def start(self, remaining_seconds: float) -> Budget:
        """The budget of an invocation that arrived just now.

        `remaining_seconds`: what the function's own timeout leaves (`get_remaining_time_in_millis`).
        """
        left = min(self._seconds - self._cold_start(), remaining_seconds - RETURN_SECONDS)
        return Budget(left, self._workers, self._seconds)

    def _cold_start(self) -> float:
        """Seconds that this invocation has waited for the process to start and load."""
        loaded, self._loaded = self._loaded, None
        if loaded is None or seconds_between(loaded, both_clocks()) > AHEAD_OF_TIME_SECONDS:
            return 0.0
        age = self._process_age()
        return age if age < COLD_START_SECONDS else 0.0


def both_clocks() -> tuple[float, float]:
    """The monotonic clock, which may stand still while a container is frozen, and the other, which may be set back."""
    return time.monotonic(), time.time()


def seconds_between(before: tuple[float, float], after: tuple[float, float]) -> float:
    """The time between two readings of both clocks, by the one that saw more of it."""
    return max(late - early for early, late in zip(before, after, strict=True))


def seconds_since_process_start() -> float:
    """Age of this process in seconds, the interpreter's own start included (Linux, proc_pid_stat(5), field 22)."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started
