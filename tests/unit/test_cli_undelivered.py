import base64
import json
from typing import Any

import pytest

from cli.events.undelivered import read

RULE = {"ruleName": "Rule", "topic": "other/topic", "base64OriginalPayload": "e30=", "failures": []}
PRESENCE_TOPIC = "$aws/events/presence/disconnected/camera-skill-door"
STREAM = {"shardId": "shardId-1", "batchSize": 2, "startSequenceNumber": "1", "endSequenceNumber": "2"}
PRESENCE = {
    "clientId": "camera-skill-door",
    "timestamp": 1_700_000_000_123,
    "sessionIdentifier": "s1",
    "versionNumber": 7,
}


def payload_of(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def redriven(body: object) -> Any:  # noqa: ANN401  # JSON of any form
    return read("id", json.dumps(body), 1_700_000_100.0).again


@pytest.mark.parametrize(
    "body",
    [
        None,
        "a text",
        7,
        ["thing", "kind"],
        {},
        {"report": []},
        {"report": {"user_id": "anna"}},
        {"report": {"user_id": "anna", "event_id": "e", "message": "none"}},
        {"thing": 1, "kind": "doorbell"},
        RULE,
        {**RULE, "topic": PRESENCE_TOPIC},
        {**RULE, "topic": PRESENCE_TOPIC, "base64OriginalPayload": "no base64!"},
        {**RULE, "topic": PRESENCE_TOPIC, "base64OriginalPayload": payload_of({**PRESENCE, "timestamp": "now"})},
        {"DDBStreamBatchInfo": STREAM, "requestContext": {"condition": "RetryAttemptsExhausted"}},
    ],
)
def test_message_is_named_unreadable_when_no_part_of_the_skill_wrote_it(body: object) -> None:
    message = read("id", json.dumps(body), 0.0)
    assert (message.kind, message.again) == ("unreadable", None)
    assert message.reason


def test_message_is_named_unreadable_when_it_is_no_json() -> None:
    assert read("id", "{", 0.0).again is None


def test_customers_learn_of_changes_otherwise_when_the_registrys_stream_was_given_up() -> None:
    message = read("id", json.dumps({"DDBStreamBatchInfo": STREAM}), 0.0)
    assert "2 changes of the registry" in message.reason


def test_event_is_as_its_rule_would_have_written_it_when_the_rule_failed() -> None:
    topic = "cameras/camera-skill-door/events/motion"
    event = {"payload": "e30=", "thing": "camera-skill-door", "kind": "motion", "received_at": 1_700_000_100_000}
    assert redriven({**RULE, "topic": topic}) == {**event, "redriven": 1}


def test_presence_is_as_its_rule_would_have_written_it_when_the_rule_failed() -> None:
    event = {"thing": "camera-skill-door", "kind": "disconnected", "received_at": 1_700_000_000_123, "session": "s1"}
    event |= {"version": 7}
    body = {**RULE, "topic": PRESENCE_TOPIC, "base64OriginalPayload": payload_of(PRESENCE)}
    assert redriven(body) == {**event, "redriven": 1}


def test_redrives_are_counted_when_there_was_one_before() -> None:
    event = {"thing": "camera-skill-door", "kind": "connected", "received_at": 1, "session": "s1"}
    assert redriven({**event, "redriven": 1})["redriven"] == 2
    report = {"user_id": "anna", "event_id": "e", "message": {}, "attempt": 3, "redriven": 1}
    assert redriven({"report": report, "reason": "why"}) == {"report": {**report, "attempt": 0, "redriven": 2}}
