"""A registry from before endpoint ids were random, claims and things of their own: it goes on working as it is."""

import uuid
from typing import TYPE_CHECKING

import pytest

from camera_skill.camera import Camera, CameraLink
from camera_skill.registry.refusals import Code
from simulator.signaling import SignalingService
from tests.support.camera_events import published
from tests.support.deliveries import QueuesInMemory
from tests.support.event_function import EventFunction, Told
from tests.support.registrations import Registrations
from tests.support.registry_function import RegistryFunction, RequestError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient

ANN, BOB = "customer-0001", "customer-0002"


@pytest.fixture
def elder(kvs: "KinesisVideoClient", registrations: Registrations, signaling_thread: SignalingService) -> Camera:
    """Ann's “Bedroom”: endpoint, channel and thing have one name, and the channel no tag."""
    name = f"camera-skill-bedroom-{uuid.uuid4().hex[:6]}"
    arn = kvs.create_signaling_channel(ChannelName=name)["ChannelARN"]
    camera = Camera(name, arn, "us-east-1", signaling_thread.data_plane_url, added_at=1.0, is_doorbell=True)
    registrations.register(camera, CameraLink(ANN, name, "Bedroom"))
    return camera


def code_of(function: RegistryFunction, operation: str, **request: str) -> str:
    with pytest.raises(RequestError) as raised:
        function(operation, **request)
    return raised.value.code


def test_a_camera_of_before_is_changed_shared_and_removed_like_any_other(
    registry_function: RegistryFunction, elder: Camera, kvs: "KinesisVideoClient"
) -> None:
    name = elder.endpoint_id
    got = registry_function("GetCamera", endpoint_id=name)
    assert (got["thing_name"], got["channel_arn"], got["warnings"]) == (name, elder.channel_arn, [])
    registry_function("ChangeCamera", endpoint_id=name, features={"motion": True})
    registry_function("RenameCamera", endpoint_id=name, user_id=ANN, friendly_name="Attic")
    registry_function("ShareCamera", endpoint_id=name, user_id=BOB, friendly_name="Anns Attic")
    registry_function("UnshareCamera", endpoint_id=name, user_id=ANN)
    (listed,) = registry_function("ListCameras", user_id=BOB)["cameras"]
    assert (listed["friendly_name"], listed["features"]["motion"]) == ("Anns Attic", True)
    removed = registry_function("RemoveCamera", endpoint_id=name)["removed"]
    # It bears no tag of the stack, so that nobody knows who else uses it.
    assert (removed["channel"], removed["thing"]) == ("LEFT", "GONE")
    assert kvs.describe_signaling_channel(ChannelARN=elder.channel_arn)["ChannelInfo"]["ChannelStatus"] == "ACTIVE"
    assert registry_function("ListCameras")["cameras"] == []


def test_a_name_of_before_is_taken_and_finds_its_camera(registry_function: RegistryFunction, elder: Camera) -> None:
    assert code_of(registry_function, "AddCamera", user_id=ANN, friendly_name="BEDROOM") == Code.NAME_TAKEN
    (row,) = registry_function("ImportCameras", rows=[{"user_id": ANN, "friendly_name": "Bedroom"}])["rows"]
    assert row == {"outcome": "ALREADY_THERE", "endpoint_id": elder.endpoint_id}


def test_no_other_camera_gets_the_channel_or_the_thing_of_one_of_before(
    registry_function: RegistryFunction, elder: Camera
) -> None:
    wanted = {"user_id": BOB, "friendly_name": "Bedroom"}
    assert code_of(registry_function, "AddCamera", **wanted, channel_arn=elder.channel_arn) == Code.CHANNEL_TAKEN
    assert code_of(registry_function, "AddCamera", **wanted, thing_name=elder.endpoint_id) == Code.THING_TAKEN
    (row,) = registry_function("ImportCameras", rows=[{**wanted, "channel_arn": elder.channel_arn}])["rows"]
    assert row["error"]["code"] == Code.OTHERS_CAMERA
    own = registry_function("AddCamera", **wanted)["camera"]  # which says nothing but the name
    assert own["channel_arn"] != elder.channel_arn
    assert registry_function("ErasePerson", user_id=ANN)["cameras"][0]["endpoint_id"] == elder.endpoint_id
    again = registry_function("AddCamera", user_id=ANN, friendly_name="Bedroom")["camera"]
    assert again["endpoint_id"] not in {own["endpoint_id"], elder.endpoint_id}


def test_a_camera_of_before_rings_at_its_owners_and_at_nobodys_when_it_was_removed(
    registry_function: RegistryFunction,
    elder: Camera,
    dynamodb: "DynamoDBClient",
    table_names: tuple[str, str],
) -> None:
    told = Told()
    events = EventFunction(dynamodb, table_names, told, QueuesInMemory())
    events(published("doorbell", {}, elder.endpoint_id))
    assert [report.user_id for report in told.reports] == [ANN]
    registry_function("RemoveCamera", endpoint_id=elder.endpoint_id)
    registry_function.add(BOB, "Bedroom", features={"doorbell": True})
    told.reports.clear()
    events(published("doorbell", {}, elder.endpoint_id))
    assert told.reports == []
