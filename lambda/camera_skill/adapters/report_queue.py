"""The queues of reports that were not delivered: to be sent later, and the dead letters (docs/architecture.md)."""

import json
import time
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from camera_skill.adapters.aws_services import CONFIG, LateClient, Service
from camera_skill.adapters.strict_json import json_object
from camera_skill.budget import Budget
from camera_skill.report import Report
from camera_skill.report_errors import ReportStrandedError

if TYPE_CHECKING:
    from boto3.session import Session

_SQS = Service("SQS", ReportStrandedError)


class ReportQueue:
    """Both queues."""

    def __init__(self, session: "Session", report_queue_url: str, undelivered_queue_url: str) -> None:
        """Both by their URLs."""
        self._client = LateClient(lambda: session.client("sqs", config=CONFIG))
        self._report_queue_url = report_queue_url
        self._undelivered_queue_url = undelivered_queue_url

    def later(self, report: Report, seconds: int, budget: Budget) -> None:
        """Has it come back. `seconds`: at most 900."""
        self._send(self._report_queue_url, {"report": report_to_json(report)}, seconds, budget)

    def undelivered(self, report: Report, reason: str, budget: Budget) -> None:
        """Keeps it, with the reason."""
        body = {"report": report_to_json(report), "reason": reason, "undelivered_at": round(time.time(), 3)}
        self._send(self._undelivered_queue_url, body, 0, budget)

    def _send(self, url: str, body: dict[str, Any], seconds: int, budget: Budget) -> None:
        text = json.dumps(body, separators=(",", ":"))
        _SQS.within(
            budget,
            lambda: self._client.get().send_message(QueueUrl=url, MessageBody=text, DelaySeconds=seconds),
            f"handing on of a report of {report_name(body)}",
        )


def report_name(body: dict[str, Any]) -> str:
    """What happened, of which the report in a queue's body tells."""
    return str(body["report"]["event_id"])


def report_to_json(report: Report) -> dict[str, Any]:
    """The report as a queue's body has it, under `report`."""
    return {
        "user_id": report.user_id,
        "event_id": report.event_id,
        "endpoint_ids": list(report.endpoint_ids),
        "at": report.at,
        "message": dict(report.message),
        "attempt": report.attempt,
        "redriven": report.redriven,
    }


_MEMBERS = frozenset(each.name for each in fields(Report) if each.compare)
"""All but what it is to those who have the report: that it has waited."""


def report_from_json(body: str) -> Report:
    """The report in a queue's body. Raises: ValueError, with nothing of the body in its message."""
    value = json_object(body.encode()).get("report")
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise ValueError("no report, or one of another form")
    report = Report(**{**value, "endpoint_ids": tuple(value["endpoint_ids"])})
    if not isinstance(report.message, dict) or not isinstance(report.attempt, int):
        raise ValueError("a report without a message, or of no attempt")  # noqa: TRY004 - of what came in
    return report
