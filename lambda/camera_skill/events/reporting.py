"""Reports of the same event on their ways to several customers: none waits for another, or is lost with it."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from camera_skill.budget import Budget
from camera_skill.errors import CameraSkillError, DeadlineExceededError, UnforeseenError
from camera_skill.events.record import ReportRecord, Telemetry
from camera_skill.report import Deliveries, Report
from camera_skill.report_errors import ReportStrandedError


class Reporting:
    """Sends reports, each in a thread of its own, and tells what became of each."""

    def __init__(self, deliveries: Deliveries, telemetry: Telemetry) -> None:
        """`deliveries` may be given the same report again: whoever strands here is done again with all others."""
        self._deliveries = deliveries
        self._telemetry = telemetry

    def send(self, reports: Sequence[Report], budget: Budget) -> None:
        """Sends them all. Raises: ReportStrandedError if one or more of them must be done again."""
        begun = [(one, budget.begin(partial(self._send, one, budget), f"report to {one.user_id}")) for one in reports]
        stranded = 0
        for report, call in begun:
            try:
                stranded += not call.result()
            except DeadlineExceededError as error:
                self._telemetry.report(ReportRecord(report, error=error))
                stranded += 1
        if stranded:
            raise ReportStrandedError(f"{stranded} of {len(begun)} reports must be done again")

    def _send(self, report: Report, budget: Budget) -> bool:
        """Whether it was sent or handed on."""
        record, started = ReportRecord(report), time.monotonic()

        def deliver() -> None:
            record.delivery = self._deliveries.deliver(report, budget)

        record.error = error_of(deliver)
        record.milliseconds = (time.monotonic() - started) * 1000
        self._telemetry.report(record)
        return record.error is None


def error_of(work: Callable[[], None]) -> CameraSkillError | None:
    """What the work raised, if anything, as an error of ours."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the one boundary: whatever happens to one must not happen to all
        return UnforeseenError.of(error)
    return None
