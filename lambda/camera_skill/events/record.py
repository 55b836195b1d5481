"""What is logged and counted of events and reports."""

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from camera_skill.errors import CameraSkillError
from camera_skill.report import Delivery, Outcome, Report

STRANDED = "STRANDED"
"""The outcome of a report that was neither sent nor handed on: what it came from is handled again."""


class EventOutcome(StrEnum):
    """What follows from an event."""

    REPORTED = "REPORTED"
    """Alexa is told, for each owner who granted it."""
    UNCHANGED = "UNCHANGED"
    """Alexa knows already, or something newer is known."""
    TOO_LATE = "TOO_LATE"
    """It is recorded, and too old to be announced."""
    RECORDED = "RECORDED"
    """It is recorded, and nothing that Alexa is told of."""
    REFUSED = "REFUSED"
    """It is nothing that this camera is registered for."""


@dataclass
class EventRecord:
    """An event that was handled. `at`: when it reached the broker; `reason`: why, if Alexa is not told.

    `event_id` and `endpoint_id` are empty as far as nobody knows them: it is no event, or no camera has the thing.
    """

    thing: str
    kind: str
    at: float
    event_id: str = ""
    endpoint_id: str = ""
    outcome: EventOutcome = EventOutcome.RECORDED
    reason: str = ""
    milliseconds: float = 0.0

    def fields(self) -> dict[str, object]:
        """The log line's own fields."""
        return {
            "event_id": self.event_id,
            "endpoint_id": self.endpoint_id,
            "thing": self.thing,
            "kind": self.kind,
            "event_outcome": str(self.outcome),
            "reason": self.reason,
            "age_ms": age_in_milliseconds(self.at),
            "duration_ms": round(self.milliseconds, 1),
        }


@dataclass
class ReportRecord:
    """A report that was sent, or was not: then either the delivery says why, or the error."""

    report: Report = field(repr=False)
    delivery: Delivery | None = None
    error: CameraSkillError | None = None
    milliseconds: float = 0.0

    @property
    def outcome(self) -> str:
        """That of the delivery, or STRANDED."""
        return STRANDED if self.delivery is None else str(self.delivery.outcome)

    @property
    def alarm(self) -> bool:
        """Whether the operator must look at it."""
        return self.outcome in {STRANDED, Outcome.UNDELIVERED}

    def fields(self) -> dict[str, object]:
        """The log line's own fields."""
        delivery = self.delivery or Delivery(Outcome.UNDELIVERED, str(self.error))
        return {
            "event_id": self.report.event_id,
            "endpoint_ids": list(self.report.endpoint_ids),
            "user_id": self.report.user_id,
            "report": self.report.name,
            "outcome": self.outcome,
            "reason": delivery.reason,
            "status": delivery.status,
            "attempt": self.report.attempt,
            "redriven": self.report.redriven,
            "age_ms": age_in_milliseconds(self.report.at),
            "duration_ms": round(self.milliseconds, 1),
        }


class Telemetry(Protocol):
    """Where events and reports are logged and counted. Any thread may tell."""

    def event(self, record: EventRecord) -> None:
        """Once per event that was handled."""

    def report(self, record: ReportRecord) -> None:
        """Once per report and attempt."""

    def failure(self, what: str, error: CameraSkillError) -> None:
        """What could not be handled and comes again, or becomes a dead letter."""


def age_in_milliseconds(at: float) -> int:
    """Since a time in seconds since 1970."""
    return round((time.time() - at) * 1000)
