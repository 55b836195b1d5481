import json
from typing import Any

import pytest

from camera_skill.alexa.directive import Directive, Json
from camera_skill.budget import Budget
from camera_skill.errors import CameraRefusedError, CameraSkillError, RegistryError, UnforeseenError
from camera_skill.interfaces.record import DirectiveRecord
from camera_skill.interfaces.skill import Skill
from tests.support.alexa_schema import checked
from tests.support.directives import load

NAMESPACE = "Alexa.RTCSessionController"


class Records(list[DirectiveRecord]):
    """Telemetry that keeps what it is told."""

    def directive(self, record: DirectiveRecord) -> None:
        self.append(record)


def skill_that_raises(error: Exception) -> tuple[Skill, Records]:
    def fail(_directive: Directive, _budget: Budget, _record: DirectiveRecord) -> Json:
        raise error

    records = Records()
    return Skill({(NAMESPACE, "SessionConnected"): fail, ("Alexa.Discovery", "Discover"): fail}, records), records


def reply_to(event: object, error: Exception) -> tuple[dict[str, Any], DirectiveRecord]:
    skill, records = skill_that_raises(error)
    reply = checked(skill.invoke(event, Budget(5.0), "request-1"))
    assert len(records) == 1
    return reply["event"], records[0]


def test_correlation_token_and_endpoint_are_echoed_when_a_handler_raises() -> None:
    directive = load("session_connected")
    event, record = reply_to(directive, RegistryError("the registry is down"))
    assert event["header"]["correlationToken"] == directive["directive"]["header"]["correlationToken"]
    assert event["endpoint"] == {"endpointId": "camera-skill-front-door"}
    assert event["payload"] == {"type": "INTERNAL_ERROR", "message": "the registry is down"}
    assert record.alarm
    assert record.outcome == "INTERNAL_ERROR"


def test_the_payloads_further_members_survive_when_an_error_has_them() -> None:
    event, _ = reply_to(load("session_connected"), CameraRefusedError("front-door", "ASLEEP", None))
    assert event["payload"]["currentDeviceMode"] == "ASLEEP"


def test_an_unforeseen_errors_text_stays_here_when_alexa_is_told() -> None:
    event, record = reply_to(load("session_connected"), ValueError("secret"))
    assert event["payload"]["type"] == "INTERNAL_ERROR"
    assert "secret" not in json.dumps(event)
    assert isinstance(record.error, UnforeseenError)
    assert isinstance(record.error.__cause__, ValueError)
    assert record.alarm


def test_discovery_returns_no_endpoints_and_no_error_when_it_fails() -> None:
    event, record = reply_to(load("discover"), RegistryError("the registry is down"))
    assert event["header"]["name"] == "Discover.Response"
    assert event["payload"] == {"endpoints": []}
    assert record.alarm


@pytest.mark.parametrize(
    "event",
    [None, [], "", 7, {}, {"directive": None}, {"directive": []}, {"directive": {}}, {"directive": {"header": 1}}],
)
def test_invalid_directive_is_the_reply_when_what_comes_is_no_directive(event: object) -> None:
    reply, _ = reply_to(event, CameraSkillError("not reached"))
    assert reply["payload"]["type"] == "INVALID_DIRECTIVE"


@pytest.mark.parametrize("version", ["3", "3.1"])
def test_a_directive_is_taken_when_its_major_version_is_the_interfaces(version: str) -> None:
    directive = load("session_connected")
    directive["directive"]["header"]["payloadVersion"] = version
    assert reply_to(directive, CameraSkillError("reached"))[0]["payload"]["type"] == "INTERNAL_ERROR"


@pytest.mark.parametrize("version", ["2", "4", "30", "", None, 3])
def test_invalid_directive_is_the_reply_when_the_major_version_is_another(version: object) -> None:
    directive = load("session_connected")
    directive["directive"]["header"]["payloadVersion"] = version
    assert reply_to(directive, CameraSkillError("not reached"))[0]["payload"]["type"] == "INVALID_DIRECTIVE"


def test_names_of_anything_make_no_metrics_when_a_directive_is_unsupported() -> None:
    directive = load("session_connected")
    directive["directive"]["header"]["name"] = "Anything"
    event, record = reply_to(directive, CameraSkillError("not reached"))
    assert event["payload"]["type"] == "INVALID_DIRECTIVE"
    assert event["endpoint"] == {"endpointId": "camera-skill-front-door"}
    assert (record.name, record.is_supported) == ("Anything", False)


@pytest.mark.parametrize("endpoint_id", ["a/b", "a b", "x" * 257, "", 7, None])
def test_an_endpoint_is_echoed_only_when_amazons_schema_lets_it_out(endpoint_id: object) -> None:
    directive = load("session_connected")
    directive["directive"]["endpoint"]["endpointId"] = endpoint_id
    assert "endpoint" not in reply_to(directive, CameraSkillError("no"))[0]
