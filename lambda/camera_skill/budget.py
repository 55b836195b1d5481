"""The time that is left for a reply to Alexa."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from camera_skill.errors import DeadlineExceededError
from camera_skill.workers import WorkerLateError, Workers

T = TypeVar("T")

COLD_START_SECONDS = 10.0
"""A process older than this at its first invocation was not started for it (provisioned, or restored)."""
RETURN_SECONDS = 0.5
"""What the runtime needs to take the reply back before the function's own timeout."""


class Budget:
    """A point in time by which the reply must stand, and the calls that may be waited for until then."""

    def __init__(self, seconds: float, workers: Workers | None = None) -> None:
        """`seconds` from now; `workers` make the calls."""
        self._deadline = time.monotonic() + seconds
        self._workers = workers or Workers()

    def left(self) -> float:
        """Seconds until the deadline, never below zero."""
        return max(0.0, self._deadline - time.monotonic())

    def call(self, function: Callable[[], T], what: str) -> T:
        """The result of `function`, which is waited for until the deadline, whatever hangs in it.

        Raises: DeadlineExceededError, naming `what` was waited for; else whatever `function` raises.
        """
        try:
            return self._workers.call(function, self.left())
        except WorkerLateError as error:
            raise DeadlineExceededError(f"no reply in time: {what}") from error


class BudgetClock:
    """Gives each invocation its budget; counts the cold start into the first one.

    `seconds`: the whole time for a reply, on Alexa's clock.
    """

    def __init__(self, seconds: float, process_age: Callable[[], float] | None = None) -> None:
        """`process_age` gives the seconds since this process started."""
        self._seconds = seconds
        self._process_age = process_age or seconds_since_process_start
        self._workers = Workers()
        self._is_first = True

    def start(self, remaining_seconds: float) -> Budget:
        """The budget of an invocation that arrived just now.

        `remaining_seconds`: what the function's own timeout leaves (`get_remaining_time_in_millis`).
        """
        spent = 0.0
        if self._is_first:
            self._is_first = False
            age = self._process_age()
            spent = age if age < COLD_START_SECONDS else 0.0
        return Budget(min(self._seconds - spent, remaining_seconds - RETURN_SECONDS), self._workers)


def seconds_since_process_start() -> float:
    """Age of this process in seconds, the interpreter's own start included (Linux, proc_pid_stat(5), field 22)."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started
