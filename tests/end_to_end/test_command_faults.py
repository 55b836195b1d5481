"""Faults and the offer style by the command: what is set, and what `camera-skill show` says of it then."""

import uuid
from collections.abc import Iterator

import pytest

from simulator.signaling import FAULT_KINDS
from tests.end_to_end.conftest import RunningWorld

pytestmark = [pytest.mark.long, pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def plugged_in(world: RunningWorld) -> Iterator[str]:
    """A camera that is connected, for all tests here."""
    name = f"Workshop {uuid.uuid4().int % 10**9}"
    assert world.run("cameras", "add", name).exit_code == 0
    assert world.run("world", "plug-in", name).exit_code == 0
    yield name
    world.run("cameras", "remove", name, "--yes")


@pytest.fixture
def camera(world: RunningWorld, plugged_in: str) -> Iterator[str]:
    """The same, without a fault, now and afterwards."""
    yield plugged_in
    world.run("world", "fault", "--clear")


def is_shown(world: RunningWorld, camera: str) -> bool:
    return world.run("show", camera, "--frames", "1").exit_code == 0


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("http-503", "the skill answered BRIDGE_UNREACHABLE"),
        ("not-authorized", "the skill answered INSUFFICIENT_PERMISSIONS"),
        ("camera-busy", "the skill answered ENDPOINT_BUSY"),
        ("garbage-answer", "no usable answer came"),
        ("never", "no usable answer came"),
    ],
)
def test_truth_is_shown_for_as_long_as_the_fault_is_set(
    world: RunningWorld, camera: str, fault: str, sentence: str
) -> None:
    told = world.run("world", "fault", camera.lower(), fault)
    assert told.exit_code == 0, told
    assert told.stdout.splitlines()[0].startswith(f"“{camera}”, every call of SendAlexaOfferToMaster: ")
    assert f"`camera-skill world fault '{camera}' --clear --folder {world.folder}` ends it" in told.stdout
    assert world.run("show", camera, "--frames", "1").sentence.startswith(f"“{camera}”: {sentence}")
    assert world.run("world", "fault", camera, "--clear").stdout == "1 fault cleared.\n"
    assert is_shown(world, camera)


def test_camera_is_shown_again_by_itself_when_the_fault_was_for_one_call(world: RunningWorld, camera: str) -> None:
    told = world.run("world", "fault", camera, "reset", "--times", "1")
    assert "the next call of SendAlexaOfferToMaster" in told.stdout
    assert "BRIDGE_UNREACHABLE" in world.run("show", camera).sentence
    assert world.run("world", "fault", "--list", "--json").json == []
    assert is_shown(world, camera)


def test_no_camera_is_reached_when_connections_are_refused(world: RunningWorld, camera: str) -> None:
    assert is_shown(world, camera)  # so that the function has a connection, which must not help it
    refusal = world.run("world", "fault", camera, "refused").sentence
    assert f"`camera-skill world fault --all-cameras refused --folder {world.folder}`" in refusal
    told = world.run("world", "fault", "--all-cameras", "refused")
    assert "All cameras, every call" in told.stdout
    assert "they share one address" in told.stdout
    assert "BRIDGE_UNREACHABLE" in world.run("show", camera).sentence
    world.run("world", "fault", "--clear")
    assert is_shown(world, camera)


def test_faults_are_listed_when_some_are_set(world: RunningWorld, camera: str) -> None:
    assert "No fault is set." in world.run("world", "fault", "--list").stdout
    assert world.run("world", "fault", camera, "slow=0.5", "--times", "2", "--json").json["times"] == 2
    world.run("world", "fault", "--all-cameras", "http-500", "--operation", "GetSignalingChannelEndpoint")
    lines = world.run("world", "fault", "--list").stdout.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["Camera", camera, "all cameras"]
    assert lines[1].split()[-3:] == ["slow=0.5", "SendAlexaOfferToMaster", "2"]
    assert lines[2].split()[2:] == ["http-500", "GetSignalingChannelEndpoint", "until", "cleared"]
    rows = world.run("world", "fault", "--list", "--json").json
    assert [row["fault"] for row in rows] == ["slow=0.5", "http-500"]
    assert rows[1]["channel_name"] is None
    assert world.run("world", "fault", camera, "--list", "--json").json == rows
    assert world.run("world", "fault", "--clear").stdout == "2 faults cleared.\n"
    assert world.run("world", "fault", "--clear").stdout == "No faults cleared.\n"


def test_every_fault_is_explained_when_a_newcomer_asks(world: RunningWorld) -> None:
    told = world.run("world", "fault", "--list-kinds").stdout
    assert [line.split()[0].removesuffix("=N") for line in told.splitlines()[1:]] == [*FAULT_KINDS]
    assert "slow=N" in told
    assert "3 by default" in told
    rows = world.run("world", "fault", "--list-kinds", "--json").json
    assert all(row["meaning"] for row in rows)
    assert "--list-kinds" in world.run("world", "fault", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["CAMERA", "slwo"], "There is no fault “slwo”. Did you mean “slow”?"),
        (["CAMERA", "slow=soon"], "“soon” is not a number"),
        (["CAMERA", "never=3"], "takes no number: write it as “never”"),
        (["CAMERA", "never", "--operation", "SendOffer"], "There is no operation “SendOffer”; there are"),
        (["CAMERA", "bare-sdp", "--operation", "GetIceServerConfig"], "only SendAlexaOfferToMaster has them"),
        (["--all-cameras", "refused", "--times", "1"], "lasts until it is cleared: leave --times out"),
        (["CAMERA"], "Which camera, and which fault?"),
        ([], "Which camera, and which fault?"),
        (["CAMERA", "never", "--clear"], "--clear takes no FAULT: leave that out"),
        (["CAMERA", "--clear", "--times", "1"], "--clear takes no --times: leave that out"),
        (["--all-cameras", "--clear"], "--clear takes no --all-cameras"),
        (["--list", "--clear", "--operation", "TagResource"], "--list takes no --clear and no --operation"),
        (["CAMERA", "never", "--all-cameras"], "--all-cameras takes no NAME"),
        (["Workshp", "never"], "There is no camera “Workshp”."),
    ],
)
def test_way_out_is_told_when_the_command_makes_no_sense(
    world: RunningWorld, camera: str, arguments: list[str], sentence: str
) -> None:
    words = [camera if word == "CAMERA" else word for word in arguments]
    assert sentence in world.run("world", "fault", *words).sentence
    assert world.run("world", "fault", "--list", "--json").json == []


def test_camera_gets_explicit_offers_when_that_is_set(world: RunningWorld, camera: str) -> None:
    assert offer_style(world, camera) == "verbatim"
    told = world.run("cameras", "set", camera.lower(), "--offer-style", "explicit")
    assert told.stdout.startswith(f"“{camera}”: offer style is explicit from now on, and was verbatim.\n")
    assert offer_style(world, camera) == "explicit"
    assert stored_offer_style(world, camera) == "explicit"
    assert is_shown(world, camera)
    assert world.run("cameras", "set", camera, "--offer-style", "verbatim").exit_code == 0
    assert offer_style(world, camera) == "verbatim"
    assert "There is no camera" in world.run("cameras", "set", "Attic", "--offer-style", "explicit").sentence


def test_offer_style_stays_when_the_camera_is_shared(world: RunningWorld) -> None:
    added = world.run("cameras", "add", "Cellar", "--offer-style", "explicit", "--json").json
    assert added["offer_style"] == "explicit"
    world.run("users", "add", "tenant@example.com")
    shared = ("--user", "tenant@example.com")
    world.run("cameras", "share", "Cellar", "--with", "tenant@example.com")
    assert offer_style(world, "Cellar") == "explicit"
    world.run("cameras", "set", "Cellar", *shared, "--offer-style", "verbatim")
    assert offer_style(world, "Cellar") == "verbatim"
    for options in (shared, ()):
        world.run("cameras", "remove", "Cellar", *options, "--yes")


def offer_style(world: RunningWorld, name: str) -> str:
    rows = world.run("cameras", "list", "--json").json
    return str(next(row["offer_style"] for row in rows if row["friendly_name"] == name))


def stored_offer_style(world: RunningWorld, name: str) -> str:
    """As the item in the registry has it."""
    rows = world.run("cameras", "list", "--json").json
    endpoint_id = next(row["endpoint_id"] for row in rows if row["friendly_name"] == name)
    client = world.session().client("dynamodb", endpoint_url=world.content["aws_endpoint_url"])
    key = {"pk": {"S": f"CAMERA#{endpoint_id}"}, "sk": {"S": "CAMERA"}}
    item = client.get_item(TableName=world.outputs["RegistryTableName"], Key=key)["Item"]
    return str(item["offer_style"]["S"])
