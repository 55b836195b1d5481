"""What is logged and counted of reports."""

import itertools
import json
import logging
import time
from dataclasses import replace
from typing import Any

import pytest

from camera_skill.events.record import ReportRecord
from camera_skill.report import Delivery, Outcome
from camera_skill.report_errors import ReportStrandedError
from camera_skill.telemetry.events import EventTelemetry
from tests.support.deliveries import USER, press

_services = itertools.count()


@pytest.mark.parametrize(
    ("delivery", "level", "counts"),
    [
        (Delivery(Outcome.DELIVERED, status=202), "INFO", {"TimeToReport"}),
        (Delivery(Outcome.DELIVERED, "this may be a second announcement", 202), "WARNING", {"TimeToReport"}),
        (Delivery(Outcome.RETRIED, "throttled", 429), "INFO", set()),
        (Delivery(Outcome.REPEATED, "it was DELIVERED before"), "INFO", set()),
        (Delivery(Outcome.NOT_GRANTED), "INFO", set()),
        (Delivery(Outcome.NOT_GRANTED, "the customer took it back", 403), "INFO", {"GrantsDropped"}),
        (Delivery(Outcome.UNDELIVERED, "bad request", 400), "ERROR", {"Alarms"}),
        (None, "ERROR", {"Alarms"}),
    ],
)
def test_a_report_has_a_line_and_its_counts_whatever_becomes_of_it(
    capsys: pytest.CaptureFixture[str], delivery: Delivery | None, level: str, counts: set[str]
) -> None:
    error = None if delivery else ReportStrandedError("SQS did not answer in time")
    record = ReportRecord(replace(press(), at=time.time() - 1.5), delivery, error)
    log, *more, metrics = told(record, capsys)
    assert (log["level"], log["user_id"], log["report"]) == (level, USER, "DoorbellPress")
    assert log["outcome"] == metrics["outcome"] == (delivery.outcome if delivery else "STRANDED")
    assert log["reason"] == (delivery.reason if delivery else str(error))
    assert {"Reports", *counts} == {name for name, value in metrics.items() if isinstance(value, list)}
    if "TimeToReport" in counts:
        assert 1500 <= metrics["TimeToReport"][0] < 6500
    gone = [(line["message"], line["level"], line["user_id"]) for line in more]
    assert gone == [("the customer's grant is gone", "WARNING", USER)] * ("GrantsDropped" in counts)


def told(record: ReportRecord, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    service = f"telemetry-{next(_services)}"  # a logger of its own writes to what is standard output now
    telemetry = EventTelemetry(service, "CameraSkill")
    logging.getLogger(service).propagate = False
    telemetry.report(record)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]
