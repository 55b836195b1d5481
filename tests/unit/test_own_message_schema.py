"""Our schema of what the skill sends: it takes every message of ours, and nothing that Amazon's refuses."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from camera_skill.alexa import (
    authorization,
    change_report,
    discovery,
    doorbell_event_source,
    endpoint_health,
    motion_sensor,
    object_detection_sensor,
    proactive_event,
    rtc_session_controller,
    state_report,
)
from camera_skill.alexa.directive import Directive
from camera_skill.alexa.object_detection_sensor import Detection, ImageNetClass
from camera_skill.camera import Camera, CameraLink, TwoWayAudio
from camera_skill.errors import CameraSkillError, ErrorType
from camera_skill.interfaces.endpoint import endpoint_of
from simulator.alexa import message_schema
from tests.support.alexa_schema import amazon_accepts, amazons, own_accepts

ID, AT = "ek5m7zul6gqz3zjhfseug4qomm", 1_764_500_000.25
CAMERA = Camera(
    ID,
    "arn:aws:kinesisvideo:us-east-1:000000000000:channel/example/1",
    "us-east-1",
    "https://signaling.example",
    is_doorbell=True,
    detects_motion=True,
    detects_persons=True,
    detects_packages=True,
    two_way_audio=TwoWayAudio.FULL_DUPLEX,
    serial_number="SN-1",
    firmware_version="1.2",
)
PLAIN = Camera(ID, CAMERA.channel_arn, "us-east-1", "https://signaling.example")
STRANGE: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**20, "", " ", "x", "x" * 129, "x" * 257, "ü", "\x00", "CAMERA", "3", "3.1", "Alexa"),
    *([], [None], ["x"], {}, {"x": "y"}, "2026-11-30T00:00:00Z", "2026-11-30T00:00:00.123456Z", "OK", "DETECTED"),
]


def directive(namespace: str, name: str, payload: dict[str, Any] | None = None, **more: str) -> Directive:
    return Directive(namespace, name, "3", endpoint_id=ID, correlation_token="token", payload=payload or {}, **more)


def properties() -> list[dict[str, Any]]:
    return [
        endpoint_health.connectivity(is_reachable=True, at=AT, within=0.5),
        motion_sensor.detection_state(is_detected=False, at=AT),
        object_detection_sensor.object_detection_classes(ImageNetClass, at=AT),
    ]


def messages() -> Iterator[tuple[str, dict[str, Any]]]:
    """A message of each kind, with a name."""
    endpoints = [endpoint_of(CameraLink("user", ID, "Front Door"), each) for each in (CAMERA, PLAIN)]
    discover = Directive(*discovery.DISCOVER, payload_version="3")
    yield "Discover.Response", discovery.discover_response(discover, endpoints[:1])
    yield "an empty Discover.Response", discovery.discover_response(discover, [])
    offer = directive(*rtc_session_controller.INITIATE_SESSION_WITH_OFFER)
    yield "AnswerGeneratedForSession", rtc_session_controller.answer_generated_for_session(offer, "v=0\r\n")
    for session in (rtc_session_controller.SESSION_CONNECTED, rtc_session_controller.SESSION_DISCONNECTED):
        yield session[1], rtc_session_controller.session_event(directive(*session, session_id="session"))
    yield "StateReport", state_report.state_report(directive(*state_report.REPORT_STATE), properties())
    wanted = directive(*object_detection_sensor.SET_OBJECT_DETECTION_CLASSES)
    yield "Response", object_detection_sensor.response(wanted, ImageNetClass, AT)
    grant = Directive(*authorization.ACCEPT_GRANT, payload_version="3")
    yield "AcceptGrant.Response", authorization.accept_grant_response(grant)
    yield "ACCEPT_GRANT_FAILED", authorization.accept_grant_failed(grant, CameraSkillError("why"))
    for kind in ErrorType:
        error = CameraSkillError("why")
        error.error_type = kind
        error.device_mode = "ASLEEP" if kind is ErrorType.NOT_SUPPORTED_IN_CURRENT_MODE else None
        error.charge = 4.0 if kind is ErrorType.ENDPOINT_LOW_POWER else None
        yield str(kind), offer.error_response(error)
    first, *rest = properties()
    report = change_report.change_report(ID, "m-1", change_report.Cause.PERIODIC_POLL, first, [first, *rest])
    events = {
        "ChangeReport": report,
        "DoorbellPress": doorbell_event_source.doorbell_press(ID, "m-1", AT),
        "ObjectDetection": object_detection_sensor.object_detection(
            ID, "m-1", Detection("e-1", ImageNetClass.PERSON, AT, "p")
        ),
        "AddOrUpdateReport": discovery.add_or_update_report("m-1", endpoints[:1]),
        "DeleteReport": discovery.delete_report("m-1", [ID]),
    }
    for name, event in events.items():
        yield name, proactive_event.with_token(event, "token")


MESSAGES = dict(messages())


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_of_ours_is_taken(name: str) -> None:
    assert own_accepts(MESSAGES[name])


@pytest.mark.parametrize("name", MESSAGES)
def test_it_is_no_laxer_than_amazons(name: str) -> None:
    amazons()
    refused = 0
    for spoilt in spoilt_ones(MESSAGES[name]):
        if not own_accepts(spoilt):
            refused += 1
            continue
        known = message_schema.without_newer(spoilt)
        assert known is None or amazon_accepts(known), spoilt
    assert refused > 50


@pytest.mark.parametrize("name", MESSAGES)
def test_no_member_may_be_left_out_or_added_but_for_the_optional_ones(name: str) -> None:
    message = MESSAGES[name]
    optional = {"correlationToken", "scope", "serialNumber", "firmwareVersion", "objectIdentifier", "percentageState"}
    needed = {"scope"} if name == "AddOrUpdateReport" else set()
    for path in paths(message):
        is_optional = path[-1] in optional or path in {("context",), ("context", "properties"), ("event", "endpoint")}
        if isinstance(path[-1], str) and (not is_optional or path[-1] in needed):
            assert not own_accepts(without(message, path)), path
        if isinstance(at(message, path), dict):
            more = copy.deepcopy(message)
            at(more, path)["unknown"] = "x"
            assert not own_accepts(more), path


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401 - JSON
    """The ways to all parts of a message."""
    if path:
        yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from paths(part, (*path, name))


def at(value: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - JSON
    for name in path:
        value = value[name]
    return value


def without(message: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    copied = copy.deepcopy(message)
    del at(copied, path[:-1])[path[-1]]
    return copied


def spoilt_ones(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The message with one part left out, twice in its list, or something else."""
    for path in paths(message):
        yield without(message, path)
        if isinstance(path[-1], int):
            twice = copy.deepcopy(message)
            at(twice, path[:-1]).append(at(twice, path))
            yield twice
        for strange in STRANGE:
            changed = copy.deepcopy(message)
            at(changed, path[:-1])[path[-1]] = strange
            yield changed
