"""Whom Alexa is told of what, when cameras are added, shared, changed and removed: by the registry and its stream."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from camera_skill.adapters import items
from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.registered_cameras import NowRegisteredCameras
from camera_skill.adapters.registry_stream import change_of
from camera_skill.adapters.tables import Registry
from camera_skill.alexa.discovery import MOST_AT_ONCE
from camera_skill.alexa.doorbell_event_source import doorbell_press
from camera_skill.budget import Budget
from camera_skill.camera import Camera, CameraLink, TwoWayAudio
from camera_skill.events.camera_changes import CameraChanges
from camera_skill.events.discovery_reports import DiscoveryReports, UpToDateDeliveries
from camera_skill.events.reporting import Reporting
from camera_skill.report import Outcome, Report
from camera_skill.report_errors import ReportStrandedError
from simulator.local_aws import LocalAws
from tests.support import registry_items
from tests.support.house import House
from tests.support.registrations import Registrations
from tests.support.registry_stream import RegistryStream

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_BYTES = 256_000
FRONT = registry_items.camera_of("camera-skill-front", is_doorbell=True, detects_persons=True, added_at=1.0)
BACK = registry_items.camera_of("camera-skill-back")


def link(camera: Camera, user_id: str = "ann", name: str = "Front Door") -> CameraLink:
    return CameraLink(user_id, camera.endpoint_id, name)


@pytest.fixture
def house(
    registrations: Registrations, registry: Registry, aws: boto3.Session, local_aws: LocalAws, table_names: list[str]
) -> House:
    house = House(registrations, registry, RegistryStream(aws, local_aws.url, table_names[0]))
    house.registrations.register(FRONT, link(FRONT))
    house.registrations.link(link(FRONT, "bob", "Door of Ann"))
    house.registrations.register(BACK, link(BACK, name="Back Yard"))
    house.stream.event()
    return house


def test_each_owner_is_told_of_what_became_of_their_cameras_and_nobody_else(house: House) -> None:
    side, write = registry_items.camera_of("camera-skill-side"), house.registrations
    update, delete = "AddOrUpdateReport", "DeleteReport"

    added = house.told_of(lambda: write.register(side, link(side, name="Side Gate")))
    assert added == {("ann", update, "Side Gate")}
    renamed = house.told_of(lambda: write.rename(link(FRONT, "bob", "Ann")))
    assert renamed == {("bob", update, "Ann")}
    shared = house.told_of(lambda: write.link(link(side, "eve", "Gate")))
    assert shared == {("eve", update, "Gate")}
    changed = house.told_of(lambda: write.change(side, replace(side, detects_motion=True)))
    assert changed == {("ann", update, "Side Gate"), ("eve", update, "Gate")}
    unshared = house.told_of(lambda: write.unlink(link(side, "eve")))
    assert unshared == {("eve", delete, side.endpoint_id)}
    removed = house.told_of(lambda: write.forget(FRONT.endpoint_id))
    assert removed == {("ann", delete, FRONT.endpoint_id), ("bob", delete, FRONT.endpoint_id)}


@pytest.mark.parametrize(
    "feature",
    [
        {"firmware_version": "2.0"},
        {"model": "Other"},
        {"serial_number": "7"},
        {"is_doorbell": False},
        {"detects_motion": True},
        {"detects_persons": False},
        {"two_way_audio": TwoWayAudio.FULL_DUPLEX},
    ],
    ids=lambda feature: next(iter(feature)),
)
def test_every_owner_is_told_when_a_camera_looks_otherwise(house: House, feature: dict[str, Any]) -> None:
    told = house.told_of(lambda: house.registrations.change(FRONT, replace(FRONT, **feature)))
    assert told == {
        ("ann", "AddOrUpdateReport", "Front Door"),
        ("bob", "AddOrUpdateReport", "Door of Ann"),
    }


def test_nobody_is_told_when_alexa_can_see_nothing_of_a_change(
    house: House, registry: Registry, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    registry.store_signaling_endpoint(FRONT, "https://elsewhere.example", Budget(5.0))
    moved = replace(FRONT, signaling_endpoint="https://elsewhere.example")
    unseen = replace(moved, added_at=2.0, has_privacy_switch=True, two_way_audio=TwoWayAudio.HALF_DUPLEX)
    house.registrations.change(moved, unseen)
    house.registrations.rename(link(FRONT))
    dynamodb.put_item(TableName=table_names[0], Item=items.grant_key("ann"))
    extra = {**items.link_to_item(link(BACK, name="Back Yard")), "remark": {"S": "of an operator"}}
    dynamodb.put_item(TableName=table_names[0], Item=extra)
    assert house.told_of() == set()


def test_alexa_is_told_what_is_so_by_now_when_changes_were_overtaken(house: House) -> None:
    side, write = registry_items.camera_of("camera-skill-side"), house.registrations
    assert house.told_of(
        lambda: write.register(side, link(side, name="Side Gate")),
        lambda: write.rename(link(side, name="Gate")),
        lambda: write.link(link(side, "bob", "Gate of Ann")),
        lambda: write.unlink(link(FRONT, "bob")),
        lambda: write.link(link(FRONT, "bob", "Again")),
        lambda: write.forget(side.endpoint_id),
    ) == {
        ("ann", "DeleteReport", side.endpoint_id),
        ("bob", "DeleteReport", side.endpoint_id),
        ("bob", "AddOrUpdateReport", "Again"),
    }


def test_a_customers_cameras_go_when_the_customer_does(
    house: House, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    write = house.registrations  # as `camera-skill users remove` does
    write.unlink(link(FRONT))
    write.forget(BACK.endpoint_id)
    dynamodb.delete_item(TableName=table_names[0], Key=items.grant_key("ann"))
    assert house.told_of() == {("ann", "DeleteReport", FRONT.endpoint_id), ("ann", "DeleteReport", BACK.endpoint_id)}


def test_a_camera_that_alexa_would_not_take_is_left_out_and_said_so(
    house: House, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    unreadable = registry_items.camera_of("camera-skill-side")
    item = {**items.camera_to_item(unreadable), "power": {"S": "steam"}}
    registry_items.put(dynamodb, table_names[0], [item, items.link_to_item(link(unreadable, name="Side"))])
    orphan = items.link_to_item(link(registry_items.camera_of("camera-skill-none"), name="None"))
    registry_items.put(dynamodb, table_names[0], [orphan])
    house.registrations.rename(link(FRONT, name="Front Door!"))
    house.registrations.rename(link(BACK, name="Yard"))
    assert house.told_of() == {("ann", "AddOrUpdateReport", "Yard")}
    said = "\n".join(sorted(house.told.reasons))
    assert len(house.told.reasons) == 3
    assert "camera-skill-front: the name has ! in it" in said
    assert "camera-skill-side has a power that there is not" in said
    assert "link to camera camera-skill-none, and no such camera" in said


def test_reports_hold_no_more_than_alexa_takes_when_many_cameras_are_imported(
    house: House, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    features = {"detects_motion": True, "detects_packages": True, "model": "M" * 128, "manufacturer": "é" * 128}
    many = [
        registry_items.camera_of(f"camera-skill-{number:0100}", **(features if number < 400 else {}))
        for number in range(700)
    ]
    written = [item for number, one in enumerate(many) for item in registry_items.items_of(one, f"Ü{number}", "ann")]
    registry_items.put(dynamodb, table_names[0], written)
    assert house.handle() == {}
    reports = [*house.told.reports]
    house.told.taken()
    assert sorted(one for report in reports for one in report.endpoint_ids) == [one.endpoint_id for one in many]
    assert max(len(report.endpoint_ids) for report in reports) <= MOST_AT_ONCE
    assert {report.name for report in reports} == {"AddOrUpdateReport"}
    sizes = [len(json.dumps(report.message, separators=(",", ":"))) for report in reports]
    assert max(sizes) <= MOST_BYTES - 16_000  # which the token, and the report's way through a queue, need
    assert len(reports) <= sum(sizes) // 200_000 + 1
    assert len({report.message["event"]["header"]["messageId"] for report in reports}) == len(reports)
    for one in many:
        dynamodb.delete_item(TableName=table_names[0], Key=items.link_key("ann", one.endpoint_id))
    assert house.handle() == {}
    assert [len(report.endpoint_ids) for report in sorted(house.told.reports, key=lambda one: one.endpoint_ids)] == [
        300,
        300,
        100,
    ]


def test_only_a_stranded_customers_changes_come_again_and_alexa_knows_the_message_then(house: House) -> None:
    house.told.stranded = {"bob"}
    house.registrations.rename(link(BACK, name="Yard"))
    house.registrations.rename(link(FRONT, "bob", "Ann"))
    event = house.stream.event()
    failed = house.handle(event)
    of_bob = [record for record in event["Records"] if record["dynamodb"]["Keys"]["pk"]["S"] == "USER#bob"]
    assert [*failed] == [record["eventID"] for record in of_bob]
    assert house.told.taken() == {("ann", "AddOrUpdateReport", "Yard")}
    house.told.stranded = set()
    again = {"Records": of_bob}
    assert house.handle(again) == house.handle(again) == {}
    first, second = house.told.reports
    assert first == second
    assert first.message["event"]["header"]["messageId"] == second.message["event"]["header"]["messageId"]


def test_nothing_is_begun_when_little_time_is_left(house: House) -> None:
    house.registrations.rename(link(BACK, name="Yard"))
    (record,) = house.stream.event()["Records"]
    change = change_of(record)
    assert change is not None
    assert [*house.changes.tell([change], Budget(5.0))] == [change.id]
    assert house.told.taken() == set()


def test_all_changes_come_again_when_the_registry_cannot_be_read(
    house: House, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    house.registrations.rename(link(BACK, name="Yard"))
    house.registrations.change(FRONT, replace(FRONT, detects_motion=True))
    event = house.stream.event()
    broken = NowRegisteredCameras(Registry(FreshClient(dynamodb), "no-such-table", table_names[1]))
    changes = CameraChanges(broken, DiscoveryReports(broken, house.told), Reporting(house.told, house.told))
    failed = changes.tell([change for one in event["Records"] if (change := change_of(one))], Budget(55.0))
    assert {*failed} == {record["eventID"] for record in event["Records"]}
    assert {str(error)[:21] for error in failed.values()} == {"the registry refused "}


def test_a_report_that_waited_says_what_is_so_by_now(house: House) -> None:
    write, told = house.registrations, house.told
    up_to_date = UpToDateDeliveries(told, house.reports)
    write.rename(link(FRONT, name="Door"))
    write.rename(link(BACK, name="Yard"))
    house.handle()
    (update,) = told.reports
    write.unlink(link(FRONT))
    house.handle()
    delete = told.reports[-1]
    told.taken()

    assert up_to_date.deliver(update.again(), Budget(5.0)).outcome is Outcome.DELIVERED
    assert told.reports[0].message["event"]["header"] == update.message["event"]["header"]
    assert told.taken() == {("ann", "AddOrUpdateReport", "Yard")}
    write.forget(BACK.endpoint_id)
    assert up_to_date.deliver(update.again(), Budget(5.0)).outcome is Outcome.OVERTAKEN
    assert up_to_date.deliver(delete.again(), Budget(5.0)).outcome is Outcome.DELIVERED
    assert told.taken() == {("ann", "DeleteReport", FRONT.endpoint_id)}
    write.link(link(FRONT, name="Back again"))
    assert up_to_date.deliver(replace(delete, redriven=1), Budget(5.0)).outcome is Outcome.OVERTAKEN
    assert told.taken() == set()


def test_nobody_is_told_of_a_press_that_waited_when_the_camera_is_not_theirs_any_more(house: House) -> None:
    up_to_date = UpToDateDeliveries(house.told, house.reports)
    message = doorbell_press(FRONT.endpoint_id, "press-1", 1.0)
    waited = Report("ann", "press-1", (FRONT.endpoint_id,), 1.0, message)
    assert up_to_date.deliver(waited.again(), Budget(5.0)).outcome is Outcome.DELIVERED
    house.registrations.unlink(link(FRONT))
    assert up_to_date.deliver(waited.again(), Budget(5.0)).outcome is Outcome.OVERTAKEN
    assert up_to_date.deliver(replace(waited, redriven=1), Budget(5.0)).outcome is Outcome.OVERTAKEN
    assert len(house.told.reports) == 1


def test_a_report_that_waited_strands_when_nobody_knows_what_is_so(house: House, dynamodb: "DynamoDBClient") -> None:
    house.registrations.rename(link(FRONT, name="Door"))
    house.handle()
    (update,) = house.told.reports
    broken = NowRegisteredCameras(Registry(FreshClient(dynamodb), "no-such-table", "neither"))
    with pytest.raises(ReportStrandedError, match="nothing true can be said"):
        UpToDateDeliveries(house.told, DiscoveryReports(broken, house.told)).deliver(update.again(), Budget(5.0))
