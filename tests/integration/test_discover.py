"""Discover through the real function: few cameras and many, whole ones and broken ones, each with what it can do."""

import asyncio
import json
import logging
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from camera_skill.adapters.items import link_to_item
from camera_skill.camera import Power, TwoWayAudio
from camera_skill.telemetry.directives import MOST_LEFT_OUT
from simulator.alexa import message_schema
from simulator.local_aws import LocalAws
from tests.support import alexa_schema
from tests.support.account_server import AccountServer
from tests.support.directives import discover
from tests.support.function import Function
from tests.support.lambda_runtime import Context
from tests.support.offers import REPLY_SECONDS
from tests.support.registry_items import camera_of, items_of, link_of, put
from tests.support.wire import Wire, running_wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MEGABYTE = 1024 * 1024
LAMBDA_REPLY_BYTES = 6 * MEGABYTE
CAN_EVERYTHING: dict[str, Any] = {
    "manufacturer": "M" * 128,
    "model": "ö" * 128,
    "serial_number": "s" * 256,
    "firmware_version": "\N{VIDEO CAMERA}" * 256,
    "two_way_audio": TwoWayAudio.FULL_DUPLEX,
    "is_doorbell": True,
    "detects_motion": True,
    "detects_persons": True,
    "detects_packages": True,
}
"""Of everything as much as there can be."""

Discover = Callable[[], list[dict[str, Any]]]
Put = Callable[[list[dict[str, Any]]], None]


@pytest.fixture
def function_environment(function_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """With a logger of its own."""
    return {**function_environment, "POWERTOOLS_SERVICE_NAME": tmp_path.name}


@pytest.fixture
def discovered(function_in_process: Function, account_server: AccountServer, tmp_path: Path) -> Discover:
    """The endpoints that the customer's Alexa finds, in time and as the schemas have them."""

    def invoke() -> list[dict[str, Any]]:
        (handler,) = logging.getLogger(tmp_path.name).handlers
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(sys.stdout)  # pytest has another one for each phase of a test
        started = time.monotonic()
        reply = function_in_process(discover(account_server.token()))["event"]
        assert time.monotonic() - started < REPLY_SECONDS
        assert reply["header"]["name"] == "Discover.Response"
        endpoints: list[dict[str, Any]] = reply["payload"]["endpoints"]
        return endpoints

    return invoke


@pytest.fixture
def put_items(dynamodb: "DynamoDBClient", table_names: tuple[str, str]) -> Put:
    """Writes items into the registry."""
    return lambda items: put(dynamodb, table_names[0], items)


def numbered(numbers: range, **features: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - whatever a Camera has
    """The items of many cameras, whose names are in another order than their ids."""
    cameras = {number: camera_of(f"camera-skill-{9999 - number}", **features) for number in numbers}
    return [item for number, camera in cameras.items() for item in items_of(camera, f"Camera {number:04}")]


def names_of(endpoints: list[dict[str, Any]]) -> list[str]:
    return [each["friendlyName"] for each in endpoints]


def names(numbers: range) -> list[str]:
    return [f"Camera {number:04}" for number in numbers]


def output_of(capsys: pytest.CaptureFixture[str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The log lines and the metrics of one directive."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metrics,) = (line for line in lines if "_aws" in line)
    return [line for line in lines if "_aws" not in line], metrics


@pytest.mark.parametrize("count", [0, 1, 300])
def test_all_cameras_are_found_when_alexa_takes_as_many(
    discovered: Discover, put_items: Put, capsys: pytest.CaptureFixture[str], count: int
) -> None:
    put_items(numbered(range(count)))
    assert names_of(discovered()) == names(range(count))
    lines, metrics = output_of(capsys)
    assert [line["level"] for line in lines] == ["INFO"]
    assert {"EndpointsBeyondLimit", "EndpointsLeftOut", "Alarms"}.isdisjoint(metrics)


def test_the_first_by_name_are_found_and_the_operator_is_warned_when_there_is_one_more_than_alexa_takes(
    discovered: Discover, put_items: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    put_items(numbered(range(301)))
    assert names_of(discovered()) == names(range(300))
    lines, metrics = output_of(capsys)
    (warning,) = (line for line in lines if line["level"] == "WARNING")
    assert warning["endpoints_beyond_limit"] == 1
    assert warning["correlation_id"] == Context().aws_request_id
    assert metrics["EndpointsBeyondLimit"] == [1.0]
    assert (metrics["directive"], metrics["outcome"], "Alarms" in metrics) == ("Discover", "ANSWERED", False)


def test_the_next_by_name_take_the_places_when_cameras_among_the_first_are_left_out(
    discovered: Discover, put_items: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    put_items(numbered(range(20), model=""))
    put_items(numbered(range(20, 330)))
    assert names_of(discovered()) == names(range(20, 320))
    _, metrics = output_of(capsys)
    assert (metrics["EndpointsLeftOut"], metrics["EndpointsBeyondLimit"]) == ([20.0], [10.0])


class TestAThousandCameras:
    """With a wire to the tables, on which calls are counted."""

    @pytest.fixture
    async def to_dynamodb(self, local_aws: LocalAws) -> AsyncIterator[Wire]:
        async with running_wire(local_aws.url) as wire:
            yield wire

    @pytest.fixture
    def function_environment(self, function_environment: dict[str, str], to_dynamodb: Wire) -> dict[str, str]:
        return {**function_environment, "AWS_ENDPOINT_URL_DYNAMODB": to_dynamodb.url}

    async def test_time_memory_and_the_replys_size_are_bounded_when_they_can_do_everything(
        self,
        function_in_process: Function,
        discovered: Discover,
        account_server: AccountServer,
        put_items: Put,
        to_dynamodb: Wire,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        await asyncio.to_thread(put_items, numbered(range(1_000), **CAN_EVERYTHING))
        endpoints = await asyncio.to_thread(discovered)
        assert names_of(endpoints) == names(range(300))
        assert len(json.dumps(endpoints)) < LAMBDA_REPLY_BYTES / 2
        # Pages of 500 links, the last one empty; and of the cameras only those that are shown.
        assert to_dynamodb.calls == ["Query"] * 3 + ["BatchGetItem"] * 3
        assert output_of(capsys)[1]["EndpointsBeyondLimit"] == [700.0]
        tracemalloc.start()
        try:
            await asyncio.to_thread(function_in_process._handler, discover(account_server.token()), Context())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 16 * MEGABYTE

    async def test_cameras_are_read_by_hundreds_when_very_many_links_lead_nowhere(
        self, discovered: Discover, put_items: Put, to_dynamodb: Wire, capsys: pytest.CaptureFixture[str]
    ) -> None:
        links = [
            link_to_item(link_of(camera_of(f"gone-{number}"), f"Camera {number}")) for number in range(1_000, 1_701)
        ]
        await asyncio.to_thread(put_items, [*numbered(range(299)), *links])
        assert names_of(await asyncio.to_thread(discovered)) == names(range(299))
        assert to_dynamodb.calls == ["Query"] * 3 + ["BatchGetItem"] * 10
        assert output_of(capsys)[1]["EndpointsLeftOut"] == [701.0]


ALWAYS = ["Alexa", "Alexa.RTCSessionController", "Alexa.EndpointHealth"]
MOTION, PRESSES, OBJECTS = "Alexa.MotionSensor", "Alexa.DoorbellEventSource", "Alexa.SmartVision.ObjectDetectionSensor"
FEATURES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "Nothing": ({}, []),
    "Battery": ({"power": Power.BATTERY, "has_privacy_switch": True}, []),
    "Half Duplex": ({"two_way_audio": TwoWayAudio.HALF_DUPLEX}, []),
    "Full Duplex": ({"two_way_audio": TwoWayAudio.FULL_DUPLEX}, []),
    "Motion": ({"detects_motion": True}, [MOTION]),
    "Doorbell": ({"is_doorbell": True}, [PRESSES]),
    "Persons": ({"detects_persons": True}, [OBJECTS]),
    "Packages": ({"detects_packages": True}, [OBJECTS]),
    "Everything": (CAN_EVERYTHING, [MOTION, PRESSES, OBJECTS]),
}
"""What a camera can do, and which interfaces it has for that beside those that all have."""


def test_each_camera_has_the_interfaces_of_what_it_can_do_and_no_others(discovered: Discover, put_items: Put) -> None:
    for number, (name, (features, _)) in enumerate(FEATURES.items()):
        put_items(items_of(camera_of(f"camera-skill-{number}", **features), name))
    endpoints = {each["friendlyName"]: each for each in discovered()}
    assert endpoints.keys() == FEATURES.keys()
    for name, (features, interfaces) in FEATURES.items():
        endpoint = endpoints[name]
        capabilities = {each["interface"]: each for each in endpoint["capabilities"]}
        assert list(capabilities) == [*ALWAYS, *interfaces]
        is_full_duplex = features.get("two_way_audio") is TwoWayAudio.FULL_DUPLEX
        rtc = capabilities["Alexa.RTCSessionController"]
        assert rtc["configuration"] == {"isFullDuplexAudioSupported": is_full_duplex}
        assert endpoint["displayCategories"] == (["CAMERA", "DOORBELL"] if "is_doorbell" in features else ["CAMERA"])
        assert "cookie" not in endpoint


def test_smart_vision_is_taken_by_a_schema_of_our_own_and_the_rest_by_amazons_which_is_older(
    discovered: Discover, put_items: Put
) -> None:
    """Once this fails because Amazon's schema knows the interface, ours has done its duty."""
    put_items(items_of(camera_of("camera-skill-porch", **CAN_EVERYTHING), "Porch"))
    (endpoint,) = discovered()
    known = message_schema.without_newer(endpoint)
    classes = {"objectDetectionConfiguration": [{"imageNetClass": "person"}, {"imageNetClass": "package"}]}
    capability = {
        "type": "AlexaInterface",
        "interface": OBJECTS,
        "version": "1.0",
        "properties": {
            "supported": [{"name": "objectDetectionClasses"}],
            "proactivelyReported": True,
            "retrievable": True,
        },
        "configuration": classes,
    }
    assert isinstance(known, dict)
    assert [one for one in endpoint["capabilities"] if one not in known["capabilities"]] == [capability]
    assert alexa_schema.accepts(response_with(endpoint))
    assert alexa_schema.amazon_accepts(response_with(known))
    assert not alexa_schema.amazon_accepts(response_with(endpoint))
    wrong: list[dict[str, Any]] = [{"version": "3"}, {"configuration": {}}, {"properties": {}}, {"more": 1}]
    for members in wrong:
        spoiled = {**endpoint, "capabilities": [*endpoint["capabilities"][:-1], {**capability, **members}]}
        assert not alexa_schema.accepts(response_with(spoiled))


def response_with(endpoint: object) -> dict[str, Any]:
    header = {"namespace": "Alexa.Discovery", "name": "Discover.Response", "messageId": "1", "payloadVersion": "3"}
    return {"event": {"header": header, "payload": {"endpoints": [endpoint]}}}


def test_a_camera_shows_who_made_it_when_that_is_known(discovered: Discover, put_items: Put) -> None:
    made = {"manufacturer": "Example & Söhne", "model": "Eye 3"}
    put_items(items_of(camera_of("camera-skill-attic", **made), "Attic"))
    put_items(items_of(camera_of("camera-skill-porch", **made, serial_number="7", firmware_version="1.2"), "Porch"))
    attic, porch = discovered()
    assert (attic["manufacturerName"], attic["description"]) == ("Example & Söhne", "Eye 3 by Example & Söhne")
    assert attic["additionalAttributes"] == made
    assert porch["additionalAttributes"] == {**made, "serialNumber": "7", "firmwareVersion": "1.2"}


@dataclass(frozen=True)
class Broken:
    """A camera that cannot be shown, and why. `camera` and `link` replace attributes of its items; None removes one."""

    reason: str
    name: str = "Broken"
    endpoint_id: str = ""
    features: dict[str, Any] = field(default_factory=dict)
    camera: dict[str, Any] = field(default_factory=dict)
    link: dict[str, Any] = field(default_factory=dict)

    def items(self, number: int) -> list[dict[str, Any]]:
        camera, link = items_of(camera_of(self.endpoint_id or f"broken-{number}", **self.features), self.name)
        whole = [{**camera, **self.camera}, {**link, **self.link}]
        return [{name: value for name, value in item.items() if value is not None} for item in whole]


BROKEN = [
    Broken("is incomplete", camera={"channel_arn": None}),
    Broken("region of the wrong type", camera={"region": {"N": "1"}}),
    Broken("a two_way_audio that there is not", camera={"two_way_audio": {"S": "auto"}}),
    Broken("detects_motion of the wrong type", camera={"detects_motion": {"S": "true"}}),
    Broken("added_at of the wrong type", camera={"added_at": {"S": "2026"}}),
    Broken("and no such camera", camera={"sk": {"S": "ANOTHER"}}),
    Broken("has no friendly name", link={"friendly_name": None}),
    Broken("has no friendly name", link={"friendly_name": {"N": "7"}}),
    Broken("the name has : in it", "Front: Door"),
    Broken("the name has U+0007 in it", "Front\x07Door"),
    Broken("the name has 129 characters", "n" * 129),
    Broken("the name has a space", "Front  Door"),
    Broken("the name is not in Unicode's form NFC", "Cafe\u0301"),
    Broken("the manufacturer is empty", features={"manufacturer": " "}),
    Broken("the model has 129 characters", features={"model": "m" * 129}),
    Broken("the serial number has 257 characters", features={"serial_number": "s" * 257}),
    Broken("the firmware version has U+000A in it", features={"firmware_version": "1\n2"}),
    Broken("the endpoint id is not", endpoint_id="broken=4"),
    Broken("the endpoint id is not", endpoint_id="broken" * 22),
]


def test_broken_cameras_are_left_out_alone_and_the_log_says_why(
    discovered: Discover, put_items: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Attic", "Porch"):
        put_items(items_of(camera_of(f"camera-skill-{name.lower()}"), name))
    put_items([item for number, kind in enumerate(BROKEN) for item in kind.items(number)])
    assert names_of(discovered()) == ["Attic", "Porch"]
    lines, metrics = output_of(capsys)
    errors = [line for line in lines if line["level"] == "ERROR"]
    assert {line["correlation_id"] for line in errors} == {Context().aws_request_id}
    reasons = sorted(line["reason"] for line in errors)
    wanted = sorted(kind.reason for kind in BROKEN)
    assert len(reasons) == len(wanted)
    for reason in wanted:
        assert any(reason in each and "broken" in each for each in reasons), reason
    assert (metrics["EndpointsLeftOut"], metrics["Alarms"]) == ([float(len(BROKEN))], [1.0])


def test_the_log_stays_short_when_very_many_cameras_are_broken(
    discovered: Discover, put_items: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    put_items(numbered(range(150), model=""))
    assert discovered() == []
    lines, metrics = output_of(capsys)
    assert (len(lines), metrics["EndpointsLeftOut"]) == (1 + MOST_LEFT_OUT, [150.0])
