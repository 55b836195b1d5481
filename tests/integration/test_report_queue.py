"""Reports in SQS: as they were, after a delay, or for the operator with the reason."""

import json
import time

import pytest

from camera_skill.adapters import report_queue
from camera_skill.budget import Budget
from camera_skill.report_errors import ReportStrandedError
from tests.support.deliveries import press
from tests.support.grant_stack import GrantStack


def test_a_report_comes_back_as_it_was_when_its_delay_is_over(grant_stack: GrantStack) -> None:
    report = press(attempt=2)
    grant_stack.report_queue().later(report, 1, Budget(5.0))
    assert grant_stack.later() == []
    deadline = time.monotonic() + 10
    while not (bodies := grant_stack.later()) and time.monotonic() < deadline:
        pass
    assert [report_queue.report_from_json(json.dumps(body)) for body in bodies] == [report]


def test_the_reason_is_with_the_report_when_it_is_undelivered(grant_stack: GrantStack) -> None:
    grant_stack.report_queue().undelivered(press(), "HTTP 400", Budget(5.0))
    [body] = grant_stack.undelivered()
    assert body["report"] == report_queue.report_to_json(press())
    assert body["reason"] == "HTTP 400"
    assert abs(body["undelivered_at"] - time.time()) < 60


def test_whoever_has_a_report_must_keep_it_when_sqs_takes_nothing(
    grant_stack: GrantStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = report_queue.ReportQueue(grant_stack.session, grant_stack.queues[0] + "-elsewhere", "")
    with pytest.raises(ReportStrandedError, match=r"SQS refused the handing on of a report of camera-.*/press-1"):
        elsewhere.later(press(), 1, Budget(5.0))
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9")
    with pytest.raises(ReportStrandedError, match="SQS could not be reached"):
        grant_stack.report_queue().undelivered(press(), "HTTP 400", Budget(5.0))
    with pytest.raises(ReportStrandedError):
        grant_stack.report_queue().later(press(), 1, Budget(0.0))


@pytest.mark.parametrize("change", [None, {}, [], {"user_id": None}, {"attempt": "1"}, {"message": []}, {"extra": 1}])
def test_a_report_is_refused_without_being_told_when_it_is_of_another_form(change: object) -> None:
    value: object = change
    if isinstance(change, dict) and change:
        value = {**report_queue.report_to_json(press()), **change}
        value = {name: each for name, each in value.items() if each is not None}
    with pytest.raises(ValueError, match="report"):
        report_queue.report_from_json(json.dumps({"report": value}))
