"""The verbs of `camera-skill cameras` on a stack that is taken for a deployed one, without any login."""

import base64
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from camera_skill.adapters.items import link_to_item
from camera_skill.camera import Camera, CameraLink
from cli.private_files import write_private
from simulator.signaling import Call, Proceed
from tests.support.deployed_stack import PREFIX, DeployedStack
from tests.support.registry_items import put
from tests.support.tables import create_table

ANNA, BOB, CLEO = "anna@example.com", "bob@example.com", "cleo@example.com"


@pytest.fixture(scope="module", autouse=True)
def users(stack_of_module: DeployedStack) -> dict[str, str]:
    """The ids of three users by their emails."""
    return {email: stack_of_module.add_user(email) for email in (ANNA, BOB, CLEO)}


@pytest.fixture
def name() -> str:
    """A name that no other camera here has."""
    return f"Door {uuid.uuid4().int % 10**12}"


@pytest.fixture
def camera(stack: DeployedStack, name: str) -> dict[str, Any]:
    """A camera of Anna's."""
    row: dict[str, Any] = stack.json("cameras", "add", name, "--user", ANNA, "--motion", "--model", "X1")
    return row


def names(stack: DeployedStack, user_id: str) -> set[str]:
    return {link.friendly_name for link in stack.registrations.links(user_id)}


def damage(stack: DeployedStack, endpoint_id: str) -> None:
    """Leaves an item that cannot be read."""
    stack.dynamodb.update_item(
        TableName=stack.outputs["RegistryTableName"],
        Key={"pk": {"S": f"CAMERA#{endpoint_id}"}, "sk": {"S": "CAMERA"}},
        UpdateExpression="SET #power = :power",
        ExpressionAttributeNames={"#power": "power"},
        ExpressionAttributeValues={":power": {"S": "steam"}},
    )


def test_camera_is_shown_with_all_of_it_when_it_was_added(stack: DeployedStack, name: str) -> None:
    features = ["--two-way-audio", "full", "--doorbell", "--motion", "--power", "battery", "--manufacturer", " A  Ltd"]
    added = stack.json("cameras", "add", name, "--user", ANNA, *features)
    shown = stack.json("cameras", "show", added["endpoint_id"])
    assert {key: added[key] for key in shown["features"]} == shown["features"]
    assert (added["two_way_audio"], added["power"], added["manufacturer"]) == ("full", "battery", "A Ltd")
    assert shown["health"] == {"is_reachable": True, "at": shown["added_at"]}
    assert shown["channel"]["status"] == "ACTIVE"
    assert shown["channel"]["stored_endpoint"] == shown["channel"]["endpoint_now"]
    assert shown["alexa"]["display_categories"] == ["CAMERA", "DOORBELL"]
    assert {"Alexa.MotionSensor 3", "Alexa.DoorbellEventSource 3"} <= set(shown["alexa"]["interfaces"])
    assert shown["warnings"] == []
    said = stack.said("cameras", "show", added["endpoint_id"])
    for part in (
        f"{ANNA} calls it “{name}”",
        "two way audio: full",
        "doorbell: yes",
        "Health: reachable, assumed since",
    ):
        assert part in said


def test_camera_of_another_user_is_left_alone_when_it_is_added(
    stack: DeployedStack, camera: dict[str, Any], name: str
) -> None:
    for arguments in ([name], ["Other", "--endpoint-id", camera["endpoint_id"]]):
        sentence = stack.run("cameras", "add", *arguments, "--user", BOB, "--model", "Y2").sentence
        called = f"'{name}'" if arguments == [name] else "Other"
        command = f"camera-skill cameras share {camera['endpoint_id']} --with {BOB} --as {called}"
        assert f"is another customer's camera: share it with `{command} --stack-name {stack.name}`" in sentence
    assert stack.json("cameras", "show", camera["endpoint_id"])["features"]["model"] == "X1"


def test_features_are_kept_when_a_camera_without_owner_is_adopted(
    stack: DeployedStack, camera: dict[str, Any], name: str
) -> None:
    (link,) = stack.registrations.owners(camera["endpoint_id"])
    stack.registrations.unlink(link)
    assert stack.json("cameras", "show", camera["endpoint_id"])["owners"] == []
    said = stack.said("cameras", "add", name, "--user", BOB, "--power", "battery")
    assert "It was registered already, without an owner" in said
    features = stack.json("cameras", "show", camera["endpoint_id"])["features"]
    assert (features["model"], features["motion"], features["power"]) == ("X1", True, "battery")


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["Bob's Door"], "the name has ' in it, and Alexa takes letters, digits and spaces only"),
        (["a" * 129], "the name has 129 characters, and Alexa takes at most 128"),
        ([" "], "the name is empty"),
        (["Attic", "--manufacturer", "m" * 129], "The manufacturer has 129 characters, and Alexa takes at most 128"),
        (["Attic", "--model", " "], "The model is empty"),
        (["Attic", "--endpoint-id", "attic"], f"does not begin with “{PREFIX}”"),
    ],
)
def test_camera_is_refused_with_the_rule_when_alexa_would_refuse_it(
    stack: DeployedStack, users: dict[str, str], arguments: list[str], rule: str
) -> None:
    assert rule in stack.run("cameras", "add", *arguments, "--user", CLEO).sentence
    assert names(stack, users[CLEO]) == set()


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        ({"ChannelType": "FULL_MESH", "ChannelStatus": "ACTIVE"}, "is of type FULL_MESH: cameras need SINGLE_MASTER"),
        ({"ChannelType": "SINGLE_MASTER", "ChannelStatus": "DELETING"}, "is being deleted: try again in a minute"),
    ],
)
def test_channel_is_refused_with_the_reason_when_it_is_no_cameras(
    stack: DeployedStack, users: dict[str, str], name: str, channel: dict[str, str], reason: str
) -> None:
    async def describe(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation != "DescribeSignalingChannel":
            return await proceed()
        return web.json_response({"ChannelInfo": {"ChannelARN": "arn:aws:kinesisvideo:1", **channel}})

    stack.signaling.intercept(describe)
    try:
        assert reason in stack.run("cameras", "add", name, "--user", ANNA).sentence
    finally:
        stack.signaling.intercept(None)
    assert name not in names(stack, users[ANNA])


@contextmanager
def before_registering(stack: DeployedStack, happens: Callable[[], object]) -> Iterator[None]:
    """Lets something happen once a camera's channel is there, and the camera is not registered yet."""

    async def intercept(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation == "GetSignalingChannelEndpoint":
            happens()
        return await proceed()

    stack.signaling.intercept(intercept)
    try:
        yield
    finally:
        stack.signaling.intercept(None)


def test_nothing_is_lost_when_the_registry_fails_after_the_channel_was_made(stack: DeployedStack, name: str) -> None:
    table = stack.outputs["RegistryTableName"]
    with before_registering(stack, lambda: stack.dynamodb.delete_table(TableName=table)):
        sentence = stack.run("cameras", "add", name, "--user", ANNA).sentence
    create_table(stack.dynamodb, "Registry", table)
    assert sentence.startswith(f"{name}: AWS refused TransactWriteItems")
    assert "was made, and nothing is lost: adding the camera again adopts it." in sentence
    assert "with the signaling channel that there was" in stack.said("cameras", "add", name, "--user", ANNA)


def test_nothing_is_overwritten_when_somebody_else_is_faster(stack: DeployedStack, name: str) -> None:
    registrations = stack.registrations
    endpoint_id = f"{PREFIX}{name.lower().replace(' ', '-')}"
    theirs = Camera(endpoint_id, "arn", "us-east-1", "https://theirs.example", model="Z9")
    with before_registering(stack, lambda: registrations.register(theirs, CameraLink("them", endpoint_id, "Theirs"))):
        sentence = stack.run("cameras", "add", name, "--user", ANNA).sentence
    assert f"`camera-skill cameras show {endpoint_id} --stack-name {stack.name}` tells who has it" in sentence
    assert registrations.camera(endpoint_id) == theirs
    assert [owner.user_id for owner in registrations.owners(endpoint_id)] == ["them"]


def test_each_owner_has_a_name_when_a_camera_is_shared(
    stack: DeployedStack, users: dict[str, str], camera: dict[str, Any], name: str
) -> None:
    said = stack.said("cameras", "share", name, "--user", ANNA, "--with", BOB, "--as", "Street Side")
    assert said == f"{BOB} has the camera {camera['endpoint_id']} from now on, as “Street Side”.\n"
    renamed = stack.said("cameras", "rename", "street side", "Gate", "--user", BOB)
    assert renamed == f"{BOB} calls “Street Side” “Gate” from now on.\n"
    assert {owner["friendly_name"] for owner in stack.json("cameras", "show", "Gate", "--user", BOB)["owners"]} == {
        name,
        "Gate",
    }
    again = stack.run("cameras", "share", camera["endpoint_id"], "--with", BOB).sentence
    assert f"is this customer's “Gate” already: `camera-skill cameras rename {camera['endpoint_id']}" in again
    several = stack.run("cameras", "rename", camera["endpoint_id"], "Any").sentence
    assert "has 2 owners" in several
    assert "say whose, --user" in several
    gone = stack.said("cameras", "unshare", camera["endpoint_id"], "--from", BOB)
    assert gone == f"{BOB} does not have “Gate”, endpoint {camera['endpoint_id']}, any more.\n"
    assert "Gate" not in names(stack, users[BOB])
    assert name in names(stack, users[ANNA])
    last = stack.run("cameras", "unshare", name, "--user", ANNA, "--from", ANNA).sentence
    assert f"`camera-skill cameras remove {camera['endpoint_id']} --user {ANNA} --stack-name {stack.name}`" in last
    assert "does not have the camera" in stack.run("cameras", "unshare", name, "--user", ANNA, "--from", BOB).sentence


def test_name_is_refused_when_another_camera_of_that_owner_has_it(
    stack: DeployedStack, camera: dict[str, Any], name: str
) -> None:
    other = stack.json("cameras", "add", f"{name} B", "--user", BOB)
    for command in (
        ("share", camera["endpoint_id"], "--with", BOB, "--as", f"{name.upper()} b"),
        ("add", f"{name} b", "--user", BOB, "--endpoint-id", f"{PREFIX}another"),
    ):
        assert f"There is a camera “{name} B” already" in stack.run("cameras", *command).sentence
    stack.said("cameras", "share", camera["endpoint_id"], "--with", BOB)
    assert "already" in stack.run("cameras", "rename", other["endpoint_id"], name).sentence
    assert stack.said("cameras", "rename", other["endpoint_id"], f"{name} b")  # its own name in another case


def test_changes_are_told_when_a_camera_is_set(stack: DeployedStack, camera: dict[str, Any], name: str) -> None:
    said = stack.said("cameras", "set", camera["endpoint_id"], "--no-motion", "--serial-number", "7", "--model", "X1")
    assert said.splitlines()[:2] == [
        f"The camera {camera['endpoint_id']}: motion is no from now on, and was yes.",
        f"The camera {camera['endpoint_id']}: serial number is 7 from now on, and was not set.",
    ]
    assert "is so already" in stack.said("cameras", "set", name, "--user", ANNA, "--no-motion")
    changes = stack.json("cameras", "set", name, "--user", ANNA, "--serial-number", "")["changes"]
    assert changes == {"serial_number": ["7", ""]}
    assert "What is to change?" in stack.run("cameras", "set", name).sentence


def test_camera_goes_with_its_last_owner_when_it_is_removed(
    stack: DeployedStack, camera: dict[str, Any], name: str
) -> None:
    stack.said("cameras", "share", camera["endpoint_id"], "--with", BOB)
    kept = stack.run("cameras", "remove", name, "--user", BOB, "--yes", "--delete-channel").sentence
    assert f"1 other owner(s), who need its signaling channel: {ANNA}" in kept
    assert "say whose" in stack.run("cameras", "remove", camera["endpoint_id"], "--yes").sentence
    said = stack.said("cameras", "remove", name, "--user", BOB, "--yes")
    assert f"{ANNA} will still have it." in said
    said = stack.said("cameras", "remove", camera["endpoint_id"], "--delete-channel", stdin="y\n")
    assert "Nobody else has it" in said
    assert "will be deleted" in said
    assert not [key for key in stack.items() if camera["endpoint_id"] in "".join(key)]
    again = stack.said("cameras", "add", name, "--user", ANNA)
    assert "with a new signaling channel" in again


def test_nothing_is_removed_when_nobody_answers(
    stack: DeployedStack, users: dict[str, str], camera: dict[str, Any], name: str
) -> None:
    assert "--yes answers" in stack.run("cameras", "remove", camera["endpoint_id"]).sentence
    assert stack.run("cameras", "remove", camera["endpoint_id"], stdin="n\n").exit_code == 1
    assert name in names(stack, users[ANNA])


def test_damaged_camera_is_named_and_can_be_removed(
    stack: DeployedStack, users: dict[str, str], camera: dict[str, Any], name: str
) -> None:
    damage(stack, camera["endpoint_id"])
    for options in (["--user", ANNA], ["--all"]):
        listed = stack.run("cameras", "list", *options)
        assert "has a power that there is not" in listed.stdout + listed.stderr
        assert listed.exit_code == 0
    assert "has a power that there is not" in stack.said("cameras", "show", name, "--user", ANNA)
    assert "has a power that there is not" in stack.run("cameras", "set", camera["endpoint_id"], "--motion").sentence
    stack.said("cameras", "remove", name, "--user", ANNA, "--yes")
    assert name not in names(stack, users[ANNA])


def test_damaged_camera_is_found_when_the_user_who_is_logged_in_names_it(
    stack: DeployedStack, users: dict[str, str], camera: dict[str, Any], name: str, tmp_path: Path
) -> None:
    damage(stack, camera["endpoint_id"])
    claims = json.dumps({"sub": users[ANNA], "exp": time.time() + 3600})
    tokens = {"access_token": f"e30.{base64.urlsafe_b64encode(claims.encode()).decode()}.c2ln", "refresh_token": "none"}
    login = Path(stack.environment["XDG_STATE_HOME"]) / "camera-skill" / f"{stack.outputs['UserPoolId']}.json"
    write_private(login, tokens)
    try:
        written = stack.run("console-events", "--camera", name, "--output", tmp_path)
    finally:
        login.unlink()
    assert str(tmp_path / "ReportState.json") in written.stdout


def test_warning_is_shown_when_the_channel_is_not_as_it_was(stack: DeployedStack, camera: dict[str, Any]) -> None:
    stack.dynamodb.update_item(
        TableName=stack.outputs["RegistryTableName"],
        Key={"pk": {"S": f"CAMERA#{camera['endpoint_id']}"}, "sk": {"S": "CAMERA"}},
        UpdateExpression="SET signaling_endpoint = :old",
        ExpressionAttributeValues={":old": {"S": "https://old.example"}},
    )
    (warning,) = stack.json("cameras", "show", camera["endpoint_id"])["warnings"]
    assert warning.startswith("KVS names another signaling endpoint now, http")
    stack.kinesis_video.delete_signaling_channel(ChannelARN=camera["channel_arn"])
    (warning,) = stack.json("cameras", "show", camera["endpoint_id"])["warnings"]
    assert warning.startswith("the signaling channel is missing")
    stack.kinesis_video.create_signaling_channel(ChannelName=camera["endpoint_id"])
    (warning,) = stack.json("cameras", "show", camera["endpoint_id"])["warnings"]
    assert warning.startswith("the channel was made anew, as arn:aws:kinesisvideo:")


def test_all_cameras_are_listed_with_their_owners(stack: DeployedStack, camera: dict[str, Any]) -> None:
    stack.said("cameras", "share", camera["endpoint_id"], "--with", BOB)
    rows = {row["endpoint_id"]: row for row in stack.json("cameras", "list", "--all")}
    assert rows[camera["endpoint_id"]]["owners"] == 2
    assert rows[camera["endpoint_id"]]["model"] == "X1"
    lines = stack.said("cameras", "list", "--all").splitlines()
    assert lines[0].split() == ["Endpoint", "id", "Owners", "Model"]
    assert [line.split()[1:] for line in lines if line.startswith(f"{camera['endpoint_id']} ")] == [["2", "X1"]]
    assert "leave --user out" in stack.run("cameras", "list", "--all", "--user", ANNA).sentence


def test_user_is_named_by_id_too(stack: DeployedStack, camera: dict[str, Any], name: str) -> None:
    (owner,) = stack.json("cameras", "show", camera["endpoint_id"])["owners"]
    assert owner["email"] == ANNA
    assert name in names(stack, owner["user_id"])
    assert "Did you mean “anna@example.com”" in stack.run("cameras", "list", "--user", "ana@example.com").sentence
    assert "There is no user 1234" in stack.run("cameras", "list", "--user", "1234").sentence
    assert "Nobody is logged in" in stack.run("cameras", "show", name).sentence


def test_one_camera_more_than_alexa_takes_is_refused(stack: DeployedStack, camera: dict[str, Any]) -> None:
    user_id = stack.add_user("hoarder@example.com")
    links = [CameraLink(user_id, f"missing-{number}", f"Missing {number}") for number in range(300)]
    put(stack.dynamodb, stack.outputs["RegistryTableName"], map(link_to_item, links))
    refused = stack.run("cameras", "share", camera["endpoint_id"], "--with", user_id).sentence
    assert "has 300 cameras, and Alexa takes 300" in refused
    listed = stack.run("cameras", "list", "--user", user_id)
    assert "there is a link to camera missing-0, and no such camera" in listed.stderr
    stack.said("cameras", "remove", "Missing 0", "--user", user_id, "--yes")
    assert stack.said("cameras", "share", camera["endpoint_id"], "--with", user_id)
