"""What is logged and counted of camera events, and of reports to Alexa."""

import threading

from camera_skill.camera_event import Kind
from camera_skill.errors import CameraSkillError
from camera_skill.events.record import EventOutcome, EventRecord, ReportRecord, age_in_milliseconds
from camera_skill.report import Outcome
from camera_skill.telemetry.lines import chain, count, logger

_KINDS = frozenset(Kind)
"""Names of anything would make metrics of unbounded number."""


class EventTelemetry:
    """One structured log line and one EMF line per event, and per report. Threads write one line after another."""

    def __init__(self, service: str, namespace: str) -> None:
        """`service` is in every line, `namespace` holds the metrics."""
        self._logger = logger(service)
        self._namespace = namespace
        self._lock = threading.Lock()

    def invocation(self, request_id: str) -> None:
        """Whose lines follow."""
        self._logger.set_correlation_id(request_id)

    def event(self, record: EventRecord) -> None:
        """What happened at a camera, and what follows from it."""
        is_late = record.outcome is EventOutcome.TOO_LATE
        log = self._logger.warning if is_late or record.outcome is EventOutcome.REFUSED else self._logger.info
        kind = record.kind if record.kind in _KINDS else "unknown"
        with self._lock:
            log("camera event", extra=record.fields())
            dimensions = {"kind": kind, "outcome": str(record.outcome)}
            count(self._namespace, dimensions, {"Events": 1, "EventsTooLate": is_late})

    def report(self, record: ReportRecord) -> None:
        """What became of a report, for now."""
        fields, delivery = record.fields(), record.delivery
        is_delivered = record.outcome == Outcome.DELIVERED
        is_dropped = record.outcome == Outcome.NOT_GRANTED and bool(delivery and delivery.reason)
        if record.error is not None:
            fields["exception"] = chain(record.error)
        # A delivery with a reason may be the second of its kind.
        log = self._logger.error if record.alarm else self._logger.info
        log = self._logger.warning if is_delivered and fields["reason"] else log
        times = {"TimeToReport": float(age_in_milliseconds(record.report.at)) if is_delivered else None}
        counts = {"Reports": 1, "Alarms": record.alarm, "GrantsDropped": is_dropped}
        with self._lock:
            log("report", extra=fields)
            if is_dropped:
                gone = {"user_id": record.report.user_id, "reason": fields["reason"]}
                self._logger.warning("the customer's grant is gone", extra=gone)
            count(self._namespace, {"report": record.report.name, "outcome": record.outcome}, counts, times)

    def failure(self, what: str, error: CameraSkillError) -> None:
        """What could not be handled, and comes again or becomes a dead letter."""
        with self._lock:
            self._logger.error(str(error), extra={"what": what, "exception": chain(error)})
            count(self._namespace, {"outcome": str(error.error_type)}, {"Alarms": 1})

    def left_out(self, user_id: str, reason: str) -> None:
        """That a customer's camera is in no report: it is damaged, or Alexa would not take it."""
        with self._lock:
            self._logger.error("a camera was left out of a report", extra={"user_id": user_id, "reason": reason})
            count(self._namespace, {"report": "AddOrUpdateReport"}, {"EndpointsLeftOut": 1})
