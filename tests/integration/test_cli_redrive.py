"""`camera-skill events undelivered` and `redrive` on a real dead-letter queue."""

import base64
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import PROGRAM
from tests.support.deployed_stack import DeployedStack
from tests.support.event_stack import EventStack
from tests.support.world_process import wait_until

ANNA = "anna@example.com"
PAYLOAD = base64.b64encode(b'{"id": "press-1"}').decode()
EVENT = {"payload": PAYLOAD, "thing": "camera-skill-door", "kind": "doorbell", "received_at": 1_700_000_000_000}
PRESENCE = {"thing": "camera-skill-door", "kind": "disconnected", "received_at": 1_700_000_000_000, "session": "s1"}
RULE = {
    "ruleName": "CameraEvents",
    "topic": "cameras/camera-skill-door/events/motion",
    "cloudwatchTraceId": "00000000-0000-0000-0000-000000000000",
    "clientId": "camera-skill-door",
    "base64OriginalPayload": PAYLOAD,
    "failures": [{"failedAction": "SqsAction", "failedResource": "queue", "errorMessage": "Access to SQS is denied"}],
}


@pytest.fixture
def events(events_of_module: EventStack) -> EventStack:
    """Queues that are empty."""
    for queue in ("UndeliveredQueueUrl", "ReportQueueUrl", "CameraEventsQueueUrl"):
        events_of_module.taken(queue)
    return events_of_module


@pytest.fixture(scope="module")
def more_outputs(events_of_module: EventStack) -> Mapping[str, str]:
    return events_of_module.outputs


@pytest.fixture(scope="module")
def anna(stack_of_module: DeployedStack) -> str:
    return stack_of_module.add_user(ANNA)


def report(user_id: str, event_id: str = "press-1", **more: object) -> dict[str, Any]:
    """As the function puts it into the dead-letter queue."""
    header = {
        "namespace": "Alexa.DoorbellEventSource",
        "name": "DoorbellPress",
        "messageId": "m",
        "payloadVersion": "3",
    }
    report = {
        "user_id": user_id,
        "event_id": f"camera-skill-door/{event_id}",
        "endpoint_ids": ["camera-skill-door"],
        "at": 1_700_000_000.0,
        "message": {"event": {"header": header, "payload": {}}},
        "attempt": 3,
        "redriven": 0,
        **more,
    }
    return {"report": report, "reason": "the event gateway answered HTTP 503", "undelivered_at": 1_700_000_100.0}


def test_everything_goes_back_to_where_it_came_from_when_it_is_redriven(
    stack: DeployedStack, events: EventStack, anna: str
) -> None:
    events.put(report(anna), report(anna, "press-2", redriven=2), EVENT, PRESENCE, RULE)
    assert stack.said("events", "redrive") == (
        "2 reports for Alexa, 2 events that the function had given up, 1 event that an IoT rule had not handed on "
        "sent again.\n"
        f"`camera-skill events tail --stack-name {stack.name} --since 1m` shows what becomes of that.\n"
    )
    sent = events.taken("ReportQueueUrl")
    assert [one["report"]["redriven"] for one in sent] == [1, 3]
    assert [one["report"]["attempt"] for one in sent] == [0, 0]
    assert sent[0]["report"]["message"] == report(anna)["report"]["message"]
    *handed_on, of_rule = events.taken("CameraEventsQueueUrl")
    assert handed_on == [{**EVENT, "redriven": 1}, {**PRESENCE, "redriven": 1}]
    assert of_rule.pop("received_at") > 1_700_000_000_000
    assert of_rule == {"payload": PAYLOAD, "thing": "camera-skill-door", "kind": "motion", "redriven": 1}
    assert stack.said("events", "redrive") == "Nothing is undelivered.\n"


def test_nothing_is_taken_out_when_it_is_only_looked_at(stack: DeployedStack, events: EventStack, anna: str) -> None:
    bodies = [report(anna), EVENT, RULE]
    events.put(*bodies)
    said = stack.said("events", "undelivered")
    for text in (
        f"DoorbellPress of camera-skill-door to {ANNA}",
        "the event gateway answered HTTP 503",
        "motion of camera-skill-door",
        "Access to SQS is denied",
        f"`camera-skill events redrive --stack-name {stack.name}` sends them again",
    ):
        assert text in said
    assert "would be sent again" in stack.said("events", "redrive", "--dry-run")
    rows = stack.json("events", "undelivered")
    assert [row["kind"] for row in rows] == ["report", "event", "rule"]
    assert (rows[0]["user_id"], rows[0]["event_id"]) == (anna, "camera-skill-door/press-1")
    assert events.taken() == bodies


def test_what_cannot_be_read_stays_and_is_named_when_the_rest_is_redriven(
    stack: DeployedStack, events: EventStack
) -> None:
    events.put(EVENT, "no JSON")
    said = stack.said("events", "redrive")
    assert said.startswith("1 event that the function had given up sent again.\nLeft in the queue, message ")
    (row,) = stack.json("events", "redrive")["left"]
    assert row["message_id"] in said
    assert events.taken() == ["no JSON"]
    assert len(events.taken("CameraEventsQueueUrl")) == 1


def test_what_fails_once_more_is_sent_once_a_run_and_stays_with_its_reason(
    stack: DeployedStack, events: EventStack, anna: str
) -> None:
    failed: list[dict[str, Any]] = []
    over = threading.Event()

    def fail_at_once() -> None:
        """As the function does with a report that Alexa will not have."""
        while not over.is_set():
            for body in events.taken("ReportQueueUrl"):
                failed.append({**body["report"], "attempt": 1})
                events.put({"report": failed[-1], "reason": "the event gateway answered HTTP 400"})

    function = threading.Thread(target=fail_at_once)
    function.start()
    try:
        events.put(report(anna), report(anna, "press-2", redriven=1))
        result = stack.json("events", "redrive")
    finally:
        over.set()
        function.join()
    assert result["sent"] == {"report": 2}
    assert [one["redriven"] for one in failed] == [1, 2]
    assert {one["reason"] for one in result["left"]} <= {"the event gateway answered HTTP 400"}
    assert len(events.taken()) == 2


def test_the_rest_stays_when_a_queue_takes_nothing(stack: DeployedStack, events: EventStack, anna: str) -> None:
    url = events.outputs["ReportQueueUrl"]
    events.queues.delete_queue(QueueUrl=url)
    events.put(EVENT, report(anna))
    sentence = stack.run("events", "redrive").sentence
    assert "1 event that the function had given up sent again; the rest is in the dead-letter queue still" in sentence
    events.queues.create_queue(QueueName=url.rpartition("/")[2])
    assert stack.json("events", "redrive")["sent"] == {"report": 1}


def test_nothing_is_lost_when_a_redrive_is_interrupted(
    stack: DeployedStack, events: EventStack, anna: str, tmp_path: Path
) -> None:
    count = 300
    events.put(*(report(anna, f"press-{number}") for number in range(count)))
    log = tmp_path / "output"
    with log.open("wb") as output:
        command = [str(PROGRAM), "events", "redrive", "--stack-name", stack.name]
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **stack.environment})
    wait_until(lambda: "Sent 20 again" in log.read_text())
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert "sent again; the rest is in the dead-letter queue still" in log.read_text()
    assert "Traceback" not in log.read_text()
    interrupted = events.taken("ReportQueueUrl")
    rest = stack.json("events", "redrive")["sent"]["report"]
    assert 20 <= len(interrupted) < count
    assert len(interrupted) + rest == count
    sent = {one["report"]["event_id"]: one["report"]["redriven"] for one in interrupted}
    sent |= {one["report"]["event_id"]: one["report"]["redriven"] for one in events.taken("ReportQueueUrl")}
    assert sent == {f"camera-skill-door/press-{number}": 1 for number in range(count)}
