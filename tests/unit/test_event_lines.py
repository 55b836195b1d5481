"""What the functions log of events and reports, as the command reads it: both sides together."""

import json
import logging
import time
import uuid
from typing import Any

import pytest

from camera_skill.camera_event import Kind
from camera_skill.events.record import EventOutcome, EventRecord, ReportRecord
from camera_skill.report import Delivery, Outcome, Report
from camera_skill.report_errors import ReportStrandedError
from camera_skill.telemetry.events import EventTelemetry
from cli.events.sentences import in_words, is_of, reason_of

ID, USER = "ek5m7zul6gqz3zjhfseug4qomm", "user-1"
MESSAGE: dict[str, Any] = {"event": {"header": {"name": "DoorbellPress"}, "payload": {}}}


def logged(record: EventRecord | ReportRecord, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The line that the function writes of it."""
    service = f"lines-{uuid.uuid4().hex[:8]}"  # a logger of its own writes to what is standard output now
    telemetry = EventTelemetry(service, "CameraSkill")
    logging.getLogger(service).propagate = False
    if isinstance(record, EventRecord):
        telemetry.event(record)
    else:
        telemetry.report(record)
    line: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[0])
    return {**line, "at": time.time(), "function": "camera_events"}  # as cli.events.logs adds them


@pytest.mark.parametrize("outcome", EventOutcome)
@pytest.mark.parametrize("kind", Kind)
def test_an_event_reads_as_it_was_logged(capsys: pytest.CaptureFixture[str], kind: Kind, outcome: EventOutcome) -> None:
    record = EventRecord(f"camera-skill-{ID}", kind, time.time() - 1.5, f"{ID}/{kind}/1", ID, outcome, "because")
    line = logged(record, capsys)
    said = in_words(line, str)
    assert f"{outcome}" in said.split()
    assert f"{kind} of {ID}, 1,5" in said
    assert said.endswith(" ms, because")
    assert is_of(line, ID)
    assert not is_of(line, "another")
    assert reason_of(line) == "because"


def test_an_event_of_an_unknown_thing_is_told_by_the_things_name(capsys: pytest.CaptureFixture[str]) -> None:
    record = EventRecord("thing-7", "doorbell", time.time(), outcome=EventOutcome.REFUSED, reason="no camera")
    line = logged(record, capsys)
    assert "doorbell of thing-7, " in in_words(line, str)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_report_reads_as_it_was_logged(capsys: pytest.CaptureFixture[str], outcome: Outcome) -> None:
    report = Report(USER, f"{ID}/doorbell/1", (ID,), time.time() - 2.5, MESSAGE, attempt=2, redriven=1)
    line = logged(ReportRecord(report, Delivery(outcome, "HTTP 503", 503)), capsys)
    said = in_words(line, {USER: "anna@example.com"}.__getitem__)
    assert f"{outcome}" in said.split()
    assert f"DoorbellPress of {ID} to anna@example.com, 2,5" in said
    assert said.endswith("ms, attempt 3, redriven, HTTP 503")
    assert is_of(line, ID)


def test_a_report_of_many_cameras_that_stranded_says_how_many_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(USER, "registry/1", (ID, "other"), time.time(), MESSAGE)
    line = logged(ReportRecord(report, error=ReportStrandedError("the table does not answer")), capsys)
    said = in_words(line, str)
    assert "STRANDED" in said
    assert f"DoorbellPress of 2 cameras to {USER}" in said
    assert said.endswith("the table does not answer")
