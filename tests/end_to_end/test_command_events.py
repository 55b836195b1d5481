"""What happens before a camera, by the command, on a real world: MQTT, IoT rule, function, gateway, Echo Show."""

import json
import uuid
from collections.abc import Iterator

import pytest

from tests.end_to_end.conftest import RunningWorld

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def plugged_in(world: RunningWorld) -> Iterator[str]:
    """A doorbell that is connected, for all tests here."""
    name = f"Doorbell {uuid.uuid4().int % 10**9}"
    features = ("--doorbell", "--motion", "--person-detection")
    assert world.run("cameras", "add", name, *features).exit_code == 0
    assert world.run("world", "plug-in", name).exit_code == 0
    assert world.run("ring", name, "--timeout", "60").exit_code == 0  # the functions start
    yield name
    world.run("cameras", "remove", name, "--yes")


@pytest.fixture
def camera(world: RunningWorld, plugged_in: str) -> Iterator[str]:
    """The same, without a fault, now and afterwards."""
    yield plugged_in
    world.run("world", "fault", "--clear")
    world.run("events", "redrive")


def test_live_view_opens_by_itself_when_somebody_rings(world: RunningWorld, camera: str) -> None:
    said = world.run("ring", camera.upper()).stdout
    assert said.startswith(f"“{camera}” rang.\n")
    got, announced, shown = (line[12:] for line in said.splitlines()[1:])
    assert got == "Alexa got DoorbellPress for customer@example.com"
    assert announced == f"  announces: someone is at {camera}"
    assert shown.startswith(f"  the Echo Show shows {camera}: first frame after ")


def test_alexa_hears_within_a_second_when_somebody_rings(world: RunningWorld, camera: str) -> None:
    rings = [world.run("ring", camera, "--json").json["alexa"] for _ in range(3)]  # other tests run beside them
    taken = min((taken for (taken,) in rings), key=lambda taken: taken["after_ms"])
    assert (taken["name"], taken["status"]) == ("DoorbellPress", 202)
    assert 0 < taken["after_ms"] < 1000
    assert taken["view"]["state"] == "shown"
    assert taken["view"]["frames"] >= 5


def test_routines_start_when_something_is_seen(world: RunningWorld, camera: str) -> None:
    for arguments, routine in (
        (["motion", camera], f"motion at {camera}"),
        (["motion", camera, "--over"], f"no motion any more at {camera}"),
        (["detect", camera], f"person seen at {camera}"),
    ):
        assert f"routines: {routine}" in world.run(*arguments).stdout
    world.run("motion", camera)
    assert "Alexa is not told of it again: it lasts." in world.run("motion", camera).stdout
    world.run("motion", camera, "--over")


def test_press_is_announced_once_when_the_gateway_refuses_it_at_first(world: RunningWorld, camera: str) -> None:
    told = world.run("world", "fault", "503", "--at", "gateway", "--times", "1")
    assert told.stdout.startswith("Alexa's event gateway, the next call: it answers HTTP 503, and nothing is done.\n")
    said = world.run("ring", camera).stdout
    assert "Alexa's gateway answered 503 SERVICE_UNAVAILABLE_EXCEPTION" in said
    assert said.count("announces") == 1


def test_each_refusal_is_told_when_the_gateway_takes_no_token(world: RunningWorld, camera: str) -> None:
    world.run("world", "fault", "401", "--at", "gateway")
    outcome = world.run("ring", camera)
    assert outcome.stdout.count("Alexa's gateway answered 401 INVALID_ACCESS_TOKEN_EXCEPTION") == 2
    assert outcome.sentence.startswith(f"“{camera}”: customer@example.com was not told (UNDELIVERED): ")


def test_app_and_echo_are_among_the_lines_when_events_are_tailed(world: RunningWorld, camera: str) -> None:
    assert world.run("motion", camera).exit_code == 0
    assert world.run("motion", camera, "--over").exit_code == 0
    words = ("--camera", camera, "--since", "5m", "--no-follow")
    told = [line[10:] for line in world.run("events", "tail", *words).stdout.splitlines()]
    assert f"ALEXA        app shows: {camera} is new, customer@example.com" in told
    assert f"ALEXA        routines: motion at {camera}, customer@example.com" in told


def test_missing_grant_and_faults_are_told_when_the_status_is_asked_for(world: RunningWorld, camera: str) -> None:
    assert "Alexa is told of the cameras of customer@example.com." in world.run("world", "status").stdout
    world.run("world", "fault", "503", "--at", "gateway")
    assert "login --as customer@example.com" in world.run("world", "revoke", "customer@example.com").stdout
    told = world.run("world", "status").stdout
    assert "1 fault is set: `camera-skill world fault --list" in told
    assert "Alexa is not told of the cameras of customer@example.com: the grant was taken back." in told
    world.run("world", "fault", "--clear")
    assert "was not told (NOT_GRANTED): " in world.run("ring", camera).sentence
    assert "there is no grant. `camera-skill login" in world.run("ring", camera).sentence
    assert world.run("login").exit_code == 0
    assert world.run("ring", camera).exit_code == 0


@pytest.mark.long
def test_press_is_announced_by_a_redrive_when_alexa_did_not_take_it(world: RunningWorld, camera: str) -> None:
    world.run("world", "fault", "413", "--at", "gateway", "--times", "1")
    assert "`camera-skill events redrive" in world.run("ring", camera).sentence
    (row,) = world.run("events", "undelivered", "--json").json
    assert row["name"] == "DoorbellPress"
    assert "HTTP 413" in row["reason"]
    assert world.run("events", "redrive", "--json").json["sent"] == {"report": 1}
    assert world.run("events", "undelivered", "--json").json == []
    lines = [
        json.loads(line)
        for line in world.run(
            "events", "tail", "--camera", camera, "--since", "2m", "--json", "--no-follow"
        ).stdout.splitlines()
    ]
    outcomes = [line["outcome"] for line in lines if line.get("event_id") == row["event_id"] and "outcome" in line]
    assert outcomes[0] == "UNDELIVERED"


def test_faults_of_alexa_are_listed_and_cleared_with_the_others(world: RunningWorld, camera: str) -> None:
    assert (
        "Login with Amazon, every call, with a chance of 30% each"
        in world.run("world", "fault", "429", "--at", "login", "--chance", "0.3").stdout
    )
    world.run("world", "fault", camera, "never")
    lines = world.run("world", "fault", "--list").stdout.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["Camera", camera, "all cameras"]
    assert "Login with Amazon" in lines[2]
    assert world.run("world", "fault", "--clear").stdout == "2 faults cleared.\n"
    kinds = world.run("world", "fault", "--at", "gateway", "--list-kinds", "--json").json
    assert {"429", "hang", "slow"} <= {row["fault"] for row in kinds}


def test_customer_is_linked_again_by_another_login_when_the_first_did_not_link(
    world: RunningWorld, camera: str
) -> None:
    world.run("world", "fault", "400", "--at", "login")
    outcome = world.run("login")
    assert outcome.exit_code == 0
    assert "Alexa will not be told of this customer's doorbells" in outcome.stderr
    assert "ACCEPT_GRANT_FAILED" in outcome.stderr
    world.run("world", "fault", "--clear")
    assert "Alexa" not in world.run("login").stderr
    assert world.run("ring", camera).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["world", "fault", "CAMERA", "429", "--at", "gateway"], "--at takes no NAME"),
        (["world", "fault", "never", "--chance", "0.5"], "--chance goes with --at"),
        (["world", "fault", "503"], "`camera-skill world fault 503 --at gateway`"),
        (
            ["world", "fault", "CAMERA", "503"],
            "There is no fault “503”. Alexa's side has it: `camera-skill world fault",
        ),
        (["world", "fault", "--at", "login"], "Which fault? As in `camera-skill world fault 503 --at login`"),
        (["events", "credentials", "--client-id", "x"], "has its own, and the functions know them already"),
        (["world", "fault", "429", "--at", "login", "--operation", "X"], "--at takes no --operation"),
        (["world", "fault", "429", "--at", "login", "--all-cameras"], "takes no --all-cameras"),
        (["world", "fault", "404", "--at", "login"], "There is no fault “404” of Login with Amazon."),
        (["detect", "CAMERA", "package"], "does not detect packages"),
        (["ring", "Nowhere"], "There is no camera “Nowhere”."),
    ],
)
def test_way_out_is_told_when_an_event_makes_no_sense(
    world: RunningWorld, camera: str, arguments: list[str], sentence: str
) -> None:
    assert sentence in world.run(*(camera if one == "CAMERA" else one for one in arguments)).sentence


def test_way_out_is_told_when_the_camera_is_not_plugged_in(world: RunningWorld) -> None:
    world.run("cameras", "add", "Back Door", "--doorbell")
    try:
        sentence = world.run("ring", "Back Door").sentence
        assert sentence.startswith("“Back Door” is not plugged in: `camera-skill world plug-in 'Back Door'")
    finally:
        world.run("cameras", "remove", "Back Door", "--yes")
