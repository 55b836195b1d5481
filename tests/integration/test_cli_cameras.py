"""The verbs of `camera-skill cameras` on a stack that is taken for a deployed one, without any login."""

import base64
import json
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from botocore.exceptions import ClientError

from camera_skill.adapters.items import link_to_item
from camera_skill.camera import CameraLink
from cli.private_files import write_private
from simulator.local_aws import LocalAws
from simulator.signaling import Call, Proceed
from simulator.signaling.errors import INVALID_ARGUMENT, ServiceError
from tests.support.deployed_stack import DeployedStack
from tests.support.registry_items import put

if TYPE_CHECKING:
    from mypy_boto3_iot import IoTClient

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
    assert (shown["channel"]["is_own"], shown["channel"]["message_ttl"]) == (True, 60)
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


def test_a_name_finds_no_camera_of_another_user(stack: DeployedStack, camera: dict[str, Any], name: str) -> None:
    other = stack.json("cameras", "add", name, "--user", BOB, "--model", "Y2")
    assert other["endpoint_id"] != camera["endpoint_id"]
    assert other["channel_arn"] != camera["channel_arn"]
    assert stack.json("cameras", "show", name, "--user", ANNA)["endpoint_id"] == camera["endpoint_id"]
    assert stack.json("cameras", "show", name, "--user", BOB)["features"]["model"] == "Y2"
    assert "There is no camera" in stack.run("cameras", "show", name, "--user", CLEO).sentence


def test_nothing_of_a_camera_reaches_the_next_one_of_its_name(
    stack: DeployedStack, camera: dict[str, Any], name: str
) -> None:
    stack.said("cameras", "remove", name, "--user", ANNA, "--yes", "--keep-channel")
    again = stack.json("cameras", "add", name, "--user", BOB)
    assert again["endpoint_id"] != camera["endpoint_id"]
    assert again["channel_arn"] != camera["channel_arn"]
    assert again["thing_name"] != camera["thing_name"]


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["Bob's Door"], "the name has ' in it, and Alexa takes letters, digits and spaces only"),
        (["a" * 129], "the name has 129 characters, and Alexa takes at most 128"),
        ([" "], "the name is empty"),
        (["Attic", "--manufacturer", "m" * 129], "The manufacturer has 129 characters, and Alexa takes at most 128"),
        (["Attic", "--model", " "], "The model is empty"),
        (["Attic", "--message-ttl", "3"], "The message ttl is “3”, and takes 5 to 120 seconds"),
        (["Attic", "--channel-arn", "attic"], "“attic” is not the ARN of a signaling channel"),
    ],
)
def test_camera_is_refused_with_the_rule_when_alexa_would_refuse_it(
    stack: DeployedStack, users: dict[str, str], arguments: list[str], rule: str
) -> None:
    assert rule in stack.run("cameras", "add", *arguments, "--user", CLEO).sentence
    assert names(stack, users[CLEO]) == set()


def channel(stack: DeployedStack, name: str, **options: Any) -> str:  # noqa: ANN401 - boto3's
    """The ARN of a channel that a maker has."""
    return str(stack.kinesis_video.create_signaling_channel(ChannelName=name, **options)["ChannelARN"])


@pytest.fixture
def iot(local_aws: LocalAws) -> "IoTClient":
    client: IoTClient = local_aws.session().client("iot", endpoint_url=local_aws.url)
    return client


def test_what_exists_is_shown_and_taken_over_when_it_is_named(
    stack: DeployedStack, iot: "IoTClient", name: str
) -> None:
    serial = uuid.uuid4().hex[:8]
    arn = channel(stack, f"SN-{serial}", SingleMasterConfiguration={"MessageTtlSeconds": 77})
    iot.create_thing(thingName=f"thing-{serial}")
    takes = ["--channel-arn", arn, "--thing", f"thing-{serial}", "--external-id", serial, "--user", ANNA]
    items = stack.items()
    tried = stack.said("cameras", "add", name, *takes, "--dry-run")
    assert stack.items() == items
    for part in (
        "ACTIVE, not created by the stack, made 20",
        "keeps an offer for 77 s. Media storage: no",
        "can be added",
    ):
        assert part in tried
    said = stack.said("cameras", "add", name, *takes)
    assert "over an existing signaling channel:" in said
    assert "Connections of a master in the last day: 0" in said
    shown = stack.json("cameras", "show", name, "--user", ANNA)
    assert (shown["channel_arn"], shown["thing_name"]) == (arn, f"thing-{serial}")
    for option, refusal in (("--channel-arn", arn), ("--thing", f"thing-{serial}"), ("--external-id", serial)):
        sentence = stack.run("cameras", "add", "Other", option, refusal, "--user", BOB).sentence
        assert f"{refusal} belongs to another camera already, {shown['endpoint_id']}" in sentence
    said = stack.said("cameras", "remove", name, "--user", ANNA, "--yes")
    assert f"Its signaling channel SN-{serial} stays as it is: the stack did not create it." in said
    assert "still works for everyone with AWS credentials for it" in said
    assert stack.kinesis_video.describe_signaling_channel(ChannelARN=arn)["ChannelInfo"]["ChannelStatus"] == "ACTIVE"
    assert iot.describe_thing(thingName=f"thing-{serial}")


def test_a_channel_is_refused_with_the_reason_when_no_offer_can_reach_a_camera_through_it(
    stack: DeployedStack, users: dict[str, str], name: str
) -> None:
    serial = uuid.uuid4().hex[:8]
    arn = channel(stack, f"SN-{serial}")
    stream = f"arn:aws:kinesisvideo:us-east-1:000000000000:stream/{serial}/1700000000000"
    storage: Any = {"Status": "ENABLED", "StreamARN": stream}
    stack.kinesis_video.update_media_storage_configuration(ChannelARN=arn, MediaStorageConfiguration=storage)
    refused = {
        arn: "Media storage is enabled on the signaling channel",
        arn.replace(serial, f"not-{serial}"): "There is no signaling channel",
        channel(stack, f"other-{serial}"): "with a pattern for it in the parameter ExistingChannelNames",
    }
    for named, reason in refused.items():
        assert reason in stack.run("cameras", "add", name, "--user", ANNA, "--channel-arn", named).sentence
    assert (
        "AWS IoT has no thing thing-none"
        in stack.run("cameras", "add", name, "--user", ANNA, "--thing", "thing-none").sentence
    )
    assert name not in names(stack, users[ANNA])


def test_an_addition_goes_on_with_the_same_camera_when_the_registry_failed_in_the_midst_of_it(
    stack: DeployedStack, name: str
) -> None:
    table, made = stack.outputs["RegistryTableName"], []

    async def intercept(call: Call, proceed: Proceed) -> web.StreamResponse:
        response = await proceed()
        if call.operation == "CreateSignalingChannel":
            made.append(call.channel_name)
        if call.operation == "GetSignalingChannelEndpoint" and len(made) == 1:
            del made[1:]
            raise ServiceError(INVALID_ARGUMENT, "as the test wants it")
        return response

    stack.signaling.intercept(intercept)
    try:
        sentence = stack.run("cameras", "add", name, "--user", ANNA).sentence
        assert f"AWS refused the look-up of the signaling endpoint of {made[0]}" in sentence
        made.append("again")
        added = stack.json("cameras", "add", name, "--user", ANNA)
    finally:
        stack.signaling.intercept(None)
    assert added["channel_arn"].split("/")[1] == made[0]
    pending = [sk for pk, sk in stack.items() if sk.startswith("PENDING#")]
    assert (pending, table) == ([], table)


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
    assert "is this user's “Gate” already. Rename it to give it another name." in again
    several = stack.run("cameras", "rename", camera["endpoint_id"], "Any").sentence
    assert "has 2 owners" in several
    assert "say whose, --user" in several
    gone = stack.said("cameras", "unshare", camera["endpoint_id"], "--from", BOB, "--yes")
    assert gone.splitlines()[:2] == [
        f"“Gate” will be taken from {BOB}.",
        "1 other user will still have it. Session records of this user go.",
    ]
    assert "Gate" not in names(stack, users[BOB])
    assert name in names(stack, users[ANNA])
    assert "does not have the camera" in stack.run("cameras", "unshare", name, "--user", ANNA, "--from", BOB).sentence
    last = stack.said("cameras", "unshare", name, "--user", ANNA, "--from", ANNA, "--yes")
    assert "No user has it then, so it is removed" in last
    assert not [key for key in stack.items() if camera["endpoint_id"] in "".join(key)]


def test_name_is_refused_when_another_camera_of_that_owner_has_it(
    stack: DeployedStack, camera: dict[str, Any], name: str
) -> None:
    other = stack.json("cameras", "add", f"{name} B", "--user", BOB)
    for command in (
        ("share", camera["endpoint_id"], "--with", BOB, "--as", f"{name.upper()} b"),
        ("add", f"{name} b", "--user", BOB),
    ):
        assert f"already has a camera “{name} B”" in stack.run("cameras", *command).sentence
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
    assert changes == {"serial_number": {"before": "7", "after": ""}}
    assert "What is to change?" in stack.run("cameras", "set", name).sentence


def test_camera_goes_with_its_last_owner_when_it_is_removed(
    stack: DeployedStack, iot: "IoTClient", camera: dict[str, Any], name: str
) -> None:
    stack.said("cameras", "share", camera["endpoint_id"], "--with", BOB)
    assert "say whose" in stack.run("cameras", "remove", camera["endpoint_id"], "--yes").sentence
    said = stack.said("cameras", "remove", name, "--user", BOB, "--yes")
    assert "1 other user will still have it." in said
    certificate = iot.create_keys_and_certificate(setAsActive=True)
    iot.attach_thing_principal(thingName=camera["thing_name"], principal=certificate["certificateArn"])
    said = stack.said("cameras", "remove", camera["endpoint_id"], stdin="y\n")
    for part in (
        "No user has it then",
        f"Its signaling channel {camera['thing_name']} is deleted, and the camera behind it cut off.",
        "1 certificate is deactivated.",
        "AWS credentials that the camera got with its certificate end within an hour.",
        "A live view that is open now goes on until it ends.",
    ):
        assert part in said
    assert not [key for key in stack.items() if camera["endpoint_id"] in "".join(key)]
    described = iot.describe_certificate(certificateId=certificate["certificateId"])["certificateDescription"]
    assert described["status"] == "INACTIVE"
    for gone in (
        lambda: iot.describe_thing(thingName=camera["thing_name"]),
        lambda: stack.kinesis_video.describe_signaling_channel(ChannelARN=camera["channel_arn"]),
    ):
        with pytest.raises(ClientError, match="ResourceNotFound"):
            gone()


def test_what_the_stack_created_stays_when_the_operator_wants_it(
    stack: DeployedStack, iot: "IoTClient", camera: dict[str, Any], name: str
) -> None:
    certificate = iot.create_keys_and_certificate(setAsActive=True)
    iot.attach_thing_principal(thingName=camera["thing_name"], principal=certificate["certificateArn"])
    said = stack.said("cameras", "remove", name, "--user", ANNA, "--yes", "--keep-channel")
    assert f"Its signaling channel {camera['thing_name']} stays, without the stack's tag." in said
    described = iot.describe_certificate(certificateId=certificate["certificateId"])["certificateDescription"]
    assert described["status"] == "ACTIVE"
    takes = ["--channel-arn", camera["channel_arn"], "--thing", camera["thing_name"], "--user", BOB, "--yes"]
    stack.said("cameras", "add", name, *takes[:-1])  # like any other that exists, from now on
    assert "the stack did not create it" in stack.said("cameras", "remove", name, *takes[-3:])
    assert iot.describe_thing(thingName=camera["thing_name"])


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
    assert warning.startswith(f"KVS has no signaling channel {camera['channel_arn']} any more")


def test_message_ttl_goes_with_the_power_unless_the_channel_was_taken_over(
    stack: DeployedStack, camera: dict[str, Any], name: str
) -> None:
    def ttl(arn: str) -> int:
        return int(
            stack.kinesis_video.describe_signaling_channel(ChannelARN=arn)["ChannelInfo"]["SingleMasterConfiguration"][
                "MessageTtlSeconds"
            ]
        )

    seconds = [ttl(camera["channel_arn"])]
    for options in (["--power", "battery"], ["--message-ttl", "20"], ["--power", "mains"], ["--message-ttl", "0"]):
        stack.said("cameras", "set", name, "--user", ANNA, *options)
        seconds.append(ttl(camera["channel_arn"]))
    assert seconds == [10, 60, 20, 20, 10]
    arn = channel(stack, f"SN-{uuid.uuid4().hex[:8]}", SingleMasterConfiguration={"MessageTtlSeconds": 99})
    taken = stack.json("cameras", "add", name, "--user", BOB, "--channel-arn", arn)
    stack.said("cameras", "set", taken["endpoint_id"], "--power", "battery")
    refused = stack.run("cameras", "set", taken["endpoint_id"], "--message-ttl", "20").sentence
    assert "its message TTL is 99 s. Change it with KVS's UpdateSignalingChannel." in refused
    assert ttl(arn) == 99


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
    assert "has 300 cameras, and Alexa takes at most 300" in refused
    listed = stack.run("cameras", "list", "--user", user_id)
    assert "endpoint id missing-0: there is a link to this camera, and no such camera" in listed.stderr
    stack.said("cameras", "remove", "Missing 0", "--user", user_id, "--yes")
    assert stack.said("cameras", "share", camera["endpoint_id"], "--with", user_id)
