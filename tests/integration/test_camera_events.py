"""What Alexa is told of what happens at cameras, through everything but the gateway; the tables are real."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from camera_skill.adapters import camera_events, items
from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.state_items import StateItems
from camera_skill.budget import Budget
from camera_skill.camera import Camera, CameraLink, HealthSource
from camera_skill.camera_event import CameraEvent, Status
from camera_skill.report import Report
from camera_skill.report_errors import CameraEventInvalidError, ReportStrandedError
from tests.conftest import AddCamera
from tests.support.account_server import USER_ID
from tests.support.camera_events import presence, published
from tests.support.deliveries import QueuesInMemory
from tests.support.directives import ENDPOINT_ID
from tests.support.event_function import SECONDS, EventFunction, Told, changes_of
from tests.support.registrations import Registrations

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECRET = "SENTINEL: what a library may have put into its exception"
OTHER = "another-customer"
BOTH = sorted([OTHER, USER_ID])


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def queues() -> QueuesInMemory:
    return QueuesInMemory()


@pytest.fixture
def function(
    dynamodb: "DynamoDBClient", table_names: tuple[str, str], told: Told, queues: QueuesInMemory
) -> EventFunction:
    return EventFunction(dynamodb, table_names, told, queues)


@pytest.fixture
def camera(add_camera: AddCamera) -> Camera:
    """A doorbell of two customers that detects all there is."""
    features = dict.fromkeys(("is_doorbell", "detects_motion", "detects_persons", "detects_packages"), True)
    for user_id in (USER_ID, OTHER):
        camera = add_camera("https://example", health=HealthSource.MQTT, user_id=user_id, **features)
    return camera


def owners(reports: list[Report]) -> list[str]:
    return sorted(report.user_id for report in reports)


@pytest.mark.usefixtures("camera")
def test_each_owner_hears_the_press_once_when_the_broker_brings_it_twice(function: EventFunction, told: Told) -> None:
    at = int(time.time()) + 0.9
    function(published("doorbell", {"id": "press-1"}, at=at), published("doorbell", {"id": "press-1"}, at=at + 0.04))
    assert owners(told.reports) == BOTH
    for report in told.reports:
        payload = report.message["event"]["payload"]
        assert payload["timestamp"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(at)))
        assert payload["cause"] == {"type": "PHYSICAL_INTERACTION"}
    assert len({report.message["event"]["header"]["messageId"] for report in told.reports}) == 2
    logged = function.logged("report")
    assert [line["outcome"] for line in logged] == ["DELIVERED"] * 2 + ["REPEATED"] * 2
    assert {line["event_id"] for line in logged} == {f"{ENDPOINT_ID}/doorbell/press-1"}


@pytest.mark.usefixtures("camera")
def test_only_the_owner_who_was_left_out_is_told_again_when_a_report_strands(
    function: EventFunction, told: Told
) -> None:
    def strand(report: Report) -> None:
        if report.user_id == OTHER:
            raise ReportStrandedError("SQS could not be reached")

    press = published("doorbell", {})
    told.spoil = strand
    with pytest.raises(ReportStrandedError):
        function(press)
    assert owners(told.reports) == [USER_ID]
    told.spoil = lambda _: None
    function(press)
    assert owners(told.reports) == BOTH


@pytest.mark.usefixtures("camera")
def test_no_owner_waits_for_another_when_a_delivery_is_slow(function: EventFunction, told: Told) -> None:
    heard = threading.Event()

    def wait_for_the_other(report: Report) -> None:
        if report.user_id == USER_ID:
            assert heard.wait(SECONDS)
        else:
            heard.set()

    told.spoil = wait_for_the_other
    function(published("doorbell", {}))
    assert owners(told.reports) == sorted([OTHER, USER_ID])  # a wait in vain would have failed


@pytest.mark.usefixtures("camera")
def test_the_others_are_told_when_a_delivery_fails_unexpectedly(function: EventFunction, told: Told) -> None:
    def fail(report: Report) -> None:
        if report.user_id == OTHER:
            raise ZeroDivisionError(SECRET)

    told.spoil = fail
    with pytest.raises(ReportStrandedError):
        function(published("doorbell", {}))
    assert owners(told.reports) == [USER_ID]
    (line,) = [line for line in function.logged("report") if line["level"] == "ERROR"]
    assert (line["user_id"], line["outcome"]) == (OTHER, "STRANDED")
    assert "ZeroDivisionError" in line["exception"]


@pytest.mark.usefixtures("camera")
def test_one_announcement_is_made_when_two_instances_get_the_press_at_once(
    dynamodb: "DynamoDBClient", table_names: tuple[str, str], told: Told, queues: QueuesInMemory
) -> None:
    first, second = (EventFunction(dynamodb, table_names, told, queues) for _ in range(2))
    at_it, go_on = threading.Barrier(3), threading.Event()

    def hold(_: Report) -> None:
        at_it.wait(SECONDS)
        assert go_on.wait(SECONDS)

    told.spoil = hold
    end = first.begin(published("doorbell", {"id": "press-1"}))
    at_it.wait(SECONDS)
    second(published("doorbell", {"id": "press-1"}))
    assert not told.reports
    assert {seconds for _, seconds in queues.waiting} == {15}
    go_on.set()
    assert end() is None
    told.spoil = lambda _: None
    for report, _ in queues.waiting:
        second.handle(report)
    assert owners(told.reports) == BOTH


@pytest.mark.usefixtures("camera")
def test_motion_is_told_with_all_else_beside_it_when_it_begins_and_when_it_ends(
    function: EventFunction, told: Told
) -> None:
    now = time.time()
    function(
        published("motion", {"detected": True}, at=now - 3),
        published("motion", {"detected": True}, at=now - 2),
        published("motion", {"detected": False}, at=now - 1),
    )
    said = [changes_of(report) for report in told.reports if report.user_id == USER_ID]
    assert [one["changed"] for one in said] == [{"detectionState": "DETECTED"}, {"detectionState": "NOT_DETECTED"}]
    for one in said:
        assert one["cause"] == "PHYSICAL_INTERACTION"
        assert one["context"] == {
            "connectivity": {"value": "OK"},
            "objectDetectionClasses": [{"imageNetClass": "person"}, {"imageNetClass": "package"}],
        }


@pytest.mark.usefixtures("camera")
def test_each_owner_hears_of_the_objects_that_the_own_alexa_wants(
    function: EventFunction, told: Told, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    states = StateItems(FreshClient(dynamodb), table_names[1])
    states.set_wanted(OTHER, ENDPOINT_ID, ["package"], Budget(SECONDS))
    function(
        published("detection", {"class": "person", "object_id": "p7"}), published("detection", {"class": "package"})
    )
    seen = [(one.user_id, one.message["event"]["payload"]["events"][0]["imageNetClass"]) for one in told.reports]
    assert sorted(seen) == sorted([(USER_ID, "person"), (USER_ID, "package"), (OTHER, "package")])
    header = told.reports[0].message["event"]["header"]
    assert (header["name"], header["payloadVersion"]) == ("ObjectDetection", "1.0")
    assert told.reports[0].message["event"]["payload"]["events"][0]["objectIdentifier"] == "p7"


@pytest.mark.usefixtures("camera")
def test_alexa_hears_that_a_camera_went_and_came_back_and_not_that_it_sleeps(
    function: EventFunction, told: Told
) -> None:
    now = time.time()
    function(
        presence("connected", "s1", now - 90),
        presence("disconnected", "s1", now - 80),
        presence("connected", "s2", now - 70),
        published("status", {"sleep": "power-saving", "charge": 55}, at=now - 60),
        presence("disconnected", "s2", now - 59),
        presence("disconnected", "s2", now - 59),
    )
    said = [changes_of(report) for report in told.reports if report.user_id == USER_ID]
    assert [one["changed"]["connectivity"]["value"] for one in said] == ["OK", "UNREACHABLE", "OK"]
    assert {one["cause"] for one in said} == {"PERIODIC_POLL"}
    assert [*said[0]["context"]] == ["detectionState", "objectDetectionClasses"]


@pytest.mark.usefixtures("camera")
def test_alexas_last_word_of_a_camera_is_true_when_an_earlier_one_comes_late(
    function: EventFunction, told: Told
) -> None:
    now = time.time()
    function(presence("connected", "s1", now - 9), presence("disconnected", "s1", now - 8))
    went = [report.again() for report in told.reports[2:]]  # as if the gateway had been busy
    assert {changes_of(report)["changed"]["connectivity"]["value"] for report in went} == {"UNREACHABLE"}
    function.handle(went[0])
    function(presence("connected", "s2", now - 7))
    function.handle(went[1])
    said = [(one.user_id, changes_of(one)["changed"]["connectivity"]["value"]) for one in told.reports[4:]]
    assert said[0] == (went[0].user_id, "UNREACHABLE")
    assert sorted(said[1:]) == [(user_id, "OK") for user_id in BOTH]


def test_an_owner_hears_nothing_of_the_motion_at_the_former_owners(
    function: EventFunction, told: Told, add_camera: AddCamera
) -> None:
    now = time.time()
    add_camera("https://example", health=HealthSource.MQTT, user_id=OTHER, detects_motion=True)
    function(published("motion", {"detected": True}, at=now - 9))
    add_camera("https://example", health=HealthSource.MQTT, detects_motion=True, added_at=now - 5)
    function(presence("connected", "s1", now - 4))
    said = [changes_of(report) for report in told.reports if report.user_id == USER_ID and report.at > now - 5]
    assert [one["context"] for one in said] == [{"detectionState": "NOT_DETECTED"}]


def test_an_owner_hears_nothing_of_what_happened_before_the_camera_was_shared(
    function: EventFunction, told: Told, add_camera: AddCamera, registrations: Registrations
) -> None:
    now, features = time.time(), ("is_doorbell", "detects_motion", "detects_persons")
    add_camera("https://example", health=HealthSource.MQTT, user_id=OTHER, **dict.fromkeys(features, True))
    registrations.link(CameraLink(USER_ID, ENDPOINT_ID, "Front Door", since=now - 5))
    function(
        published("doorbell", {"id": "1"}, at=now - 6),
        published("motion", {"detected": True}, at=now - 6),
        published("detection", {"class": "person"}, at=now - 6),
    )
    assert owners(told.reports) == [OTHER] * 3
    del told.reports[:]
    function(published("doorbell", {"id": "2"}, at=now - 4))
    assert owners(told.reports) == BOTH
    del told.reports[:]
    function(presence("connected", "s1", now - 7), presence("disconnected", "s1", now - 6))  # is so for all
    assert owners(told.reports) == sorted(BOTH * 2)


def test_nothing_is_told_or_kept_of_a_things_time_before_the_camera_took_it_over(
    function: EventFunction, told: Told, add_camera: AddCamera
) -> None:
    now = time.time()
    taken_over = {"thing_name": "thing-of-others", "detects_motion": True, "is_doorbell": True}
    add_camera("https://example", health=HealthSource.MQTT, added_at=now - 5, **taken_over)
    function(
        published("doorbell", {"id": "1"}, at=now - 6, thing="thing-of-others", redriven=1),
        published("motion", {"detected": True}, at=now - 6, thing="thing-of-others"),
        published("status", {"firmware": "9.9"}, at=now - 6, thing="thing-of-others"),
    )
    assert told.reports == []
    lines = function.logged("camera event")
    assert [(line["event_outcome"], line["reason"]) for line in lines] == [
        ("REFUSED", "it is of before the camera was added")
    ] * 3
    function(published("motion", {"detected": True}, at=now - 4, thing="thing-of-others"))
    assert [report.user_id for report in told.reports] == [USER_ID]


def test_what_a_camera_says_of_itself_is_kept_and_its_firmware_goes_into_the_registration(
    function: EventFunction, camera: Camera, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    now = time.time()
    function(
        published("status", {"firmware": "2.0", "privacy": True, "low_power": True, "charge": 4.5}, at=now),
        published("status", {"firmware": "1.9", "charge": 90}, at=now - 5),
    )
    key = items.camera_key(camera.endpoint_id)
    registered = dynamodb.get_item(TableName=table_names[0], Key=key)["Item"]
    assert items.camera_from_item(registered).firmware_version == "2.0"
    state = dynamodb.get_item(TableName=table_names[1], Key=items.state_key(ENDPOINT_ID))["Item"]
    assert state["charge"]["M"]["value"] == {"N": "4.5"}
    assert state["privacy"]["M"]["value"] == {"BOOL": True}


EVENTS: dict[str, tuple[str, Callable[[], str]]] = {
    "another-client": ("REFUSED", lambda: published("doorbell", {}, thing="a-laptop")),
    "another-client-connects": ("REFUSED", lambda: presence("connected", "s1", thing="a-laptop")),
    "no-camera's-name": ("REFUSED", lambda: presence("connected", "s1", thing=f"{ENDPOINT_ID}:subscriber")),
    "no-json": ("REFUSED", lambda: published("doorbell", b"not JSON")),
    "no-id": ("REFUSED", lambda: published("doorbell", b"{}")),
    "long-id": ("REFUSED", lambda: published("doorbell", {"id": "a" * 129})),
    "id-twice": ("REFUSED", lambda: published("doorbell", b'{"id": "1", "id": "2"}')),
    "no-boolean": ("REFUSED", lambda: published("motion", {"detected": "yes"})),
    "too-charged": ("REFUSED", lambda: published("status", {"charge": 101})),
    "control-character": ("REFUSED", lambda: published("status", {"firmware": "2\n"})),
    "no-number": ("REFUSED", lambda: published("status", b'{"id":"1","charge":NaN}')),
    "long-by-spaces": ("REFUSED", lambda: published("doorbell", b'{"id":"1"}' + b" " * 16_384)),
    "too-long": ("REFUSED", lambda: published("status", {"x": "a" * 16_384})),
    "deep": ("REFUSED", lambda: published("status", b"[" * 16_000)),
    "another-kind": ("REFUSED", lambda: published("earthquake", {})),
    "late": ("TOO_LATE", lambda: published("doorbell", {}, at=time.time() - 3_600)),
    "redriven": ("REPORTED", lambda: published("doorbell", {}, at=time.time() - 3_600, redriven=1)),
    "unheard-of-member": ("REPORTED", lambda: published("doorbell", {"unheard-of": [1]})),
}


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.usefixtures("camera")
def test_an_event_has_one_line_that_says_what_follows_from_it(
    function: EventFunction, told: Told, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    outcome, body = EVENTS[name]
    function(body())
    (line,) = function.logged("camera event")
    assert line["event_outcome"] == outcome
    assert line["level"] == ("INFO" if outcome == "REPORTED" else "WARNING")
    assert bool(line["reason"]) is (outcome != "REPORTED")
    assert bool(told.reports) is (outcome == "REPORTED")
    assert '"Alarms"' not in capsys.readouterr().out


def test_a_charge_is_one_that_the_table_holds() -> None:
    event = camera_events.incoming(published("status", b'{"id": "1", "charge": 1e-200}'))
    assert isinstance(event, CameraEvent)
    assert event.happening == Status(charge=0.0)


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"ruleName": "r"}', '{"thing": "x", "kind": "doorbell", "received_at": 1}'],
)
def test_a_message_is_left_to_the_dead_letters_when_no_rule_writes_it(function: EventFunction, body: str) -> None:
    with pytest.raises(CameraEventInvalidError):
        function(body)


@pytest.fixture(autouse=True)
def _nothing_waits(queues: QueuesInMemory) -> Iterator[None]:
    yield
    assert not queues.dead
