"""`camera-skill ring`, `motion`, `detect` and `events tail` on a stack that is taken for a deployed one."""

import base64
import json
import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.command import PROGRAM
from tests.support.deployed_stack import DeployedStack
from tests.support.event_stack import EventStack
from tests.support.world_process import wait_until

if TYPE_CHECKING:
    from mypy_boto3_iot.type_defs import ActionTypeDef

ANNA = "anna@example.com"
CHANGES = "CameraChangesFunctionName"
PREFIX = "camera-skill-"


@pytest.fixture(scope="module")
def events(events_of_module: EventStack) -> EventStack:
    return events_of_module


@pytest.fixture(scope="module")
def more_outputs(events_of_module: EventStack) -> Mapping[str, str]:
    return events_of_module.outputs


@pytest.fixture(scope="module")
def anna(stack_of_module: DeployedStack) -> str:
    """A customer whose Alexa may be told."""
    user_id = stack_of_module.add_user(ANNA)
    stack_of_module.dynamodb.put_item(
        TableName=stack_of_module.outputs["RegistryTableName"],
        Item={"pk": {"S": f"USER#{user_id}"}, "sk": {"S": "GRANT"}},
    )
    return user_id


@pytest.fixture
def camera(stack: DeployedStack, anna: str) -> str:
    """The endpoint id of a doorbell of hers that detects motion and persons."""
    features = ("--doorbell", "--motion", "--person-detection")
    added = stack.json("cameras", "add", f"Door {uuid.uuid4().int % 10**12}", "--user", anna, *features)
    return str(added["endpoint_id"])


Published = dict[str, Any]


@contextmanager
def function(events: EventStack, *lines: dict[str, Any]) -> Iterator[list[Published]]:
    """Plays the IoT rule and the function: writes these lines for whatever is published, which it gives."""
    published: list[Published] = []
    ended = threading.Event()
    session = events.local_aws.session()
    iot = session.client("iot", endpoint_url=events.local_aws.url)
    rule, queue = f"rule_{uuid.uuid4().hex[:8]}", events.outputs["CameraEventsQueueUrl"]
    sql = "SELECT encode(*, 'base64') AS payload, topic(2) AS thing, topic(4) AS kind FROM 'cameras/+/events/+'"
    role = "arn:aws:iam::000000000000:role/none"
    action: ActionTypeDef = {"sqs": {"roleArn": role, "queueUrl": queue, "useBase64": False}}
    iot.create_topic_rule(ruleName=rule, topicRulePayload={"sql": sql, "actions": [action]})

    def run() -> None:
        while not ended.is_set():
            for body in events.taken("CameraEventsQueueUrl"):
                event = json.loads(base64.b64decode(body["payload"]))
                published.append({**body, "event": event})
                event_id = f"{body['thing'].removeprefix(PREFIX)}/{body['kind']}/{event['id']}"
                events.log(*({"level": "INFO", "event_id": event_id, **line} for line in lines))
            ended.wait(0.05)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield published
    finally:
        ended.set()
        thread.join()
        iot.delete_topic_rule(ruleName=rule)


def has_written(log: Path, text: str) -> bool:
    return text in log.read_text()


def event_line(outcome: str = "REPORTED", **more: object) -> dict[str, Any]:
    return {"message": "camera event", "kind": "doorbell", "event_outcome": outcome, "age_ms": 12, **more}


def report_line(user_id: str, outcome: str = "DELIVERED", **more: object) -> dict[str, Any]:
    line = {"message": "report", "user_id": user_id, "report": "DoorbellPress", "outcome": outcome, "age_ms": 143}
    return {**line, **more}


@pytest.mark.parametrize(
    ("command", "kind", "event", "said"),
    [
        (["ring", "NAME"], "doorbell", {}, "rang"),
        (["motion", "NAME"], "motion", {"detected": True}, "detected motion"),
        (["motion", "NAME", "--over"], "motion", {"detected": False}, "told that the motion is over"),
        (["detect", "NAME"], "detection", {"class": "person"}, "detected a person"),
    ],
)
def test_outcome_of_each_customer_is_told_when_something_happens(
    stack: DeployedStack,
    events: EventStack,
    anna: str,
    camera: str,
    command: list[str],
    kind: str,
    event: dict[str, Any],
    said: str,
) -> None:
    with function(events, event_line(), report_line(anna)) as published:
        told = stack.said(*(camera if word == "NAME" else word for word in command))
    (one,) = published
    assert one["event"].pop("id").startswith(f"{kind}-")
    assert (one["thing"], one["kind"], one["event"]) == (f"{PREFIX}{camera}", kind, event)
    first, second = told.splitlines()
    assert first.endswith(f"” {said}.")
    assert second == f"    143 ms  DoorbellPress for {ANNA}: DELIVERED"


def test_everything_is_in_the_json_when_it_is_wanted(
    stack: DeployedStack, events: EventStack, anna: str, camera: str
) -> None:
    with function(events, event_line(), report_line(anna)) as published:
        told = stack.json("ring", camera)
    assert told["event_id"].startswith(f"{camera}/doorbell/doorbell-")
    assert told["topic"] == f"cameras/{PREFIX}{camera}/events/doorbell"
    assert told["event_outcome"] == "REPORTED"
    (report,) = told["reports"]
    assert (report["outcome"], report["age_ms"], report["user_id"]) == ("DELIVERED", 143, anna)
    assert len(published) == 1


def test_it_is_no_failure_when_alexa_knows_already(stack: DeployedStack, events: EventStack, camera: str) -> None:
    with function(events, event_line("UNCHANGED", reason="it lasts")):
        told = stack.said("motion", camera)
    assert "Alexa is not told of it again: it lasts." in told
    assert f"--over --stack-name {stack.name}` ends the motion" in told


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (
            {"outcome": "UNDELIVERED", "reason": "the event gateway answered HTTP 413"},
            "HTTP 413. Once the reason is gone, `camera-skill events redrive",
        ),
        ({"outcome": "NOT_GRANTED", "reason": "SKILL_DISABLED"}, "disable the skill in the Alexa app and enable it"),
        ({"outcome": "RETRIED", "reason": "429"}, "It is still being tried after 1.5 s: `camera-skill events tail"),
    ],
)
def test_next_step_is_told_when_a_customer_is_not(
    stack: DeployedStack, events: EventStack, anna: str, camera: str, outcome: dict[str, Any], sentence: str
) -> None:
    with function(events, event_line(), report_line(anna, **outcome)):
        assert sentence in stack.run("ring", camera, "--timeout", "1.5").sentence


def test_attempt_is_told_while_another_is_waited_for(
    stack: DeployedStack, events: EventStack, anna: str, camera: str
) -> None:
    with function(events, event_line(), report_line(anna, "RETRIED", reason="it answered HTTP 503")):
        waiting = stack.run("ring", camera, "--timeout", "1.5").stderr
    assert "Waiting for another attempt: it answered HTTP 503\n" in waiting


def test_reason_is_told_when_the_function_refuses_the_event(
    stack: DeployedStack, events: EventStack, camera: str
) -> None:
    with function(events, event_line("TOO_LATE", reason="it was 31 s old")):
        sentence = stack.run("ring", camera).sentence
    assert sentence.endswith("”: Alexa was not told (TOO_LATE): it was 31 s old.")


def test_places_to_look_at_are_named_when_nothing_comes(stack: DeployedStack, camera: str) -> None:
    sentence = stack.run("ring", camera, "--timeout", "1").sentence
    words = f" --stack-name {stack.name}"
    assert sentence == (
        f"Nothing came of it within 1 s. Where to look: `camera-skill events tail{words}`, "
        f"`camera-skill events undelivered{words}`."
    )


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["ring", "NAME"], "is not a doorbell: `camera-skill cameras set NAME --doorbell"),
        (["motion", "NAME"], "does not detect motion: `camera-skill cameras set NAME --motion"),
        (["detect", "NAME"], "does not detect persons: `camera-skill cameras set NAME --person-detection"),
        (["detect", "NAME", "package"], "does not detect packages: `camera-skill cameras set NAME --package-detection"),
    ],
)
def test_way_out_is_told_when_the_camera_has_no_such_feature(
    stack: DeployedStack, anna: str, command: list[str], sentence: str
) -> None:
    added = stack.json("cameras", "add", f"Plain {uuid.uuid4().int % 10**12}", "--user", anna)
    name = added["endpoint_id"]
    words = [name if word == "NAME" else word for word in command]
    assert sentence.replace("NAME", name) in stack.run(*words).sentence


def test_permissions_page_is_named_when_no_owner_has_a_grant(stack: DeployedStack) -> None:
    bob = stack.add_user("bob@example.com")
    added = stack.json("cameras", "add", "Bobs Door", "--user", bob, "--doorbell")
    sentence = stack.run("ring", added["endpoint_id"]).sentence
    assert sentence.startswith("Alexa may not be told of the cameras of bob@example.com: there is no grant.")
    assert "Permissions page has “Send Alexa Events” on" in sentence


def test_lines_are_readable_when_they_are_tailed(stack: DeployedStack, events: EventStack, anna: str) -> None:
    door = f"door-{uuid.uuid4().hex[:8]}"
    of_door = {"event_id": f"{door}/press-1", "endpoint_id": door}
    report = report_line(anna, "RETRIED", endpoint_ids=[door], status=429, reason="too many", attempt=1)
    gone = {"level": "WARNING", "message": "the customer's grant is gone", "user_id": anna, "reason": "SKILL_DISABLED"}
    at = time.time() - 60
    events.log(event_line(**of_door), "START of something", {"_aws": {}, "Events": 1}, report, at=at)
    events.log({**report, "report": "DeleteReport", "outcome": "DELIVERED"}, function=CHANGES, at=at + 1)
    events.log(gone, at=at + 2)
    told = stack.said("events", "tail", "--no-follow", "--since", "2m").splitlines()
    assert [line[10:] for line in told if door in line or "grant is gone" in line] == [
        f"REPORTED     doorbell of {door}, 12 ms",
        f"RETRIED      DoorbellPress of {door} to {ANNA}, 143 ms, attempt 2, too many",
        f"DELIVERED    DeleteReport of {door} to {ANNA}, 143 ms, attempt 2, too many",
        f"WARNING      the customer's grant is gone, {ANNA}, SKILL_DISABLED",
    ]


def test_lines_of_others_are_left_out_when_a_camera_is_named(
    stack: DeployedStack, events: EventStack, camera: str
) -> None:
    events.log(event_line(endpoint_id=f"{camera}-2"), event_line(endpoint_id=camera))
    told = stack.run("events", "tail", "--camera", camera, "--no-follow", "--since", "1m", "--json").stdout
    (line,) = [json.loads(one) for one in told.splitlines()]
    assert (line["endpoint_id"], line["function"]) == (camera, "camera_events")
    assert abs(line["at"] - time.time()) < 60


def test_lines_come_as_they_are_written_until_ctrl_c(stack: DeployedStack, events: EventStack, tmp_path: Path) -> None:
    log, door = tmp_path / "output", f"door-{uuid.uuid4().hex[:8]}"
    with log.open("wb") as output:
        command = [str(PROGRAM), "events", "tail", "--json", "--stack-name", stack.name]
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **stack.environment})
    for number in range(3):
        events.log(event_line(endpoint_id=door, number=number))
        wait_until(partial(has_written, log, f'"number": {number}'))
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines() if door in line]
    assert [line["number"] for line in lines] == [0, 1, 2]


def test_it_is_said_when_there_is_nothing_to_tail(stack: DeployedStack, camera: str) -> None:
    outcome = stack.run("events", "tail", "--camera", camera, "--since", "2026-11-22T10:00", "--no-follow")
    assert (outcome.exit_code, outcome.stdout) == (0, "")
    assert outcome.stderr == "Nothing happened since 2026-11-22 10:00:00.\n"


@pytest.mark.parametrize("since", ["yesterday", "10", "10 minutes", "-5m", ""])
def test_forms_of_a_time_are_told_when_it_is_none(stack: DeployedStack, since: str) -> None:
    sentence = stack.run("events", "tail", "--no-follow", "--since", since).sentence
    assert sentence.startswith(f"“{since}” is no time: say how long ago, as in 90s, 10m, 2h or 1d")
