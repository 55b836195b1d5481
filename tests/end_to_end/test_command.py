"""The command on a real world: the deployed template, the signaling service, a camera and an Echo Show."""

import json
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from cli.users.customers import password_of
from tests.end_to_end.conftest import RunningWorld
from tests.support import alexa_schema

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]


@pytest.fixture
def camera(world: RunningWorld) -> Iterator[str]:
    """A camera that was added for this test, not plugged in."""
    name = f"Camera {uuid.uuid4().int % 10**9}"
    added = world.run("cameras", "add", name, "--json")
    assert added.exit_code == 0, added
    yield name
    world.run("cameras", "remove", name, "--yes")


@pytest.fixture
def plugged_in(world: RunningWorld, camera: str) -> str:
    """A camera that is connected."""
    assert world.run("world", "plug-in", camera).exit_code == 0
    return camera


def test_picture_is_on_the_screen_when_the_camera_is_plugged_in(
    world: RunningWorld, plugged_in: str, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    outcome = world.run("show", plugged_in.upper(), "--json", "--snapshot", picture)
    assert outcome.exit_code == 0, outcome
    shown = outcome.json
    assert shown["friendly_name"] == plugged_in
    times = [shown["timeline_ms"][name] for name in ("answer", "ice_connected", "first_frame")]
    assert times == sorted(times)
    assert 0 < times[0] < 5500
    assert shown["frames"]["last"] - shown["frames"]["first"] == shown["frames"]["count"] - 1 >= 30
    assert shown["audio_frames"] > 0
    with Image.open(picture) as image:
        assert (image.format, image.size) == ("PNG", (640, 360))


def test_picture_is_on_the_screen_when_the_camera_has_another_name_by_now(world: RunningWorld, plugged_in: str) -> None:
    new_name = f"{plugged_in} Renamed"
    assert world.run("cameras", "rename", plugged_in, new_name).exit_code == 0
    outcome = world.run("show", new_name, "--json")
    assert world.run("cameras", "rename", new_name, plugged_in).exit_code == 0
    assert outcome.exit_code == 0, outcome
    assert outcome.json["friendly_name"] == new_name


def test_timeline_is_printed_when_a_person_asks(world: RunningWorld, plugged_in: str) -> None:
    outcome = world.run("show", plugged_in, "--frames", "3")
    lines = outcome.stdout.splitlines()
    assert lines[0].startswith(f"“{plugged_in}” is on the screen")
    assert [line.rsplit(maxsplit=2)[0] for line in lines[1:]] == [
        "directive sent",
        "answer",
        "ICE connected",
        "first frame",
    ]


def test_camera_is_named_when_it_is_offline(world: RunningWorld, camera: str) -> None:
    sentence = world.run("show", camera).sentence
    assert sentence.startswith(f"“{camera}”: no usable answer came")
    assert f"camera-skill world plug-in '{camera}' --folder {world.folder}" in sentence


def test_close_names_are_proposed_when_the_camera_is_unknown(world: RunningWorld, camera: str) -> None:
    for arguments in (("show",), ("world", "plug-in"), ("world", "unplug"), ("cameras", "remove")):
        sentence = world.run(*arguments, camera.replace("Camera", "Camra")).sentence
        assert "There is no camera “Camra" in sentence
        assert f"“{camera}”" in sentence


def test_way_out_is_told_when_the_signaling_channel_is_missing(world: RunningWorld, camera: str) -> None:
    channel = _row(world, camera)
    client = world.session().client("kinesisvideo", endpoint_url=world.content["signaling_endpoint_url"])
    client.delete_signaling_channel(ChannelARN=channel["channel_arn"])
    for arguments in (("show",), ("world", "plug-in")):
        sentence = world.run(*arguments, camera).sentence
        assert channel["channel_arn"].split("/")[1] in sentence
        assert "remove the camera" in sentence.lower()


def test_plugs_are_checked_when_used_twice(world: RunningWorld, plugged_in: str) -> None:
    assert f"“{plugged_in}” is plugged in already" in world.run("world", "plug-in", plugged_in).sentence
    assert plugged_in in world.run("world", "status").stdout
    assert world.run("world", "unplug", plugged_in).exit_code == 0
    assert f"“{plugged_in}” is not plugged in" in world.run("world", "unplug", plugged_in).sentence


def test_name_is_refused_when_the_customer_has_it_already(world: RunningWorld, camera: str) -> None:
    sentence = world.run("cameras", "add", camera.upper()).sentence
    assert f"already has a camera “{camera}”, and Alexa could not tell the two apart" in sentence


def test_listing_and_world_file_agree_when_a_camera_comes_and_goes(world: RunningWorld) -> None:
    assert world.run("cameras", "add", "Back Yard").exit_code == 0
    row = _row(world, "Back Yard")
    listed = {key: row[key] for key in ("endpoint_id", "friendly_name", "channel_arn")}
    assert listed in world.content["cameras"]
    assert row["endpoint_id"] in world.run("cameras", "list").stdout
    assert world.run("world", "plug-in", "back yard").exit_code == 0
    removed = world.run("cameras", "remove", "Back Yard", stdin="y\n")
    assert removed.exit_code == 0
    channel = f"camera-skill-{row['endpoint_id']}"
    assert f"Its signaling channel {channel} is deleted, and the camera behind it cut off." in removed.stdout
    assert "AWS credentials that the camera got with its certificate end within an hour." in removed.stdout
    assert "Back Yard" not in world.run("cameras", "list").stdout
    assert listed not in world.content["cameras"]
    assert "Back Yard" not in world.run("world", "status").stdout
    again = world.run("cameras", "add", "Back Yard", "--json").json
    assert again["endpoint_id"] != row["endpoint_id"]
    assert again["channel_arn"] != row["channel_arn"]
    world.run("cameras", "remove", "Back Yard", "--yes")


def test_nothing_is_removed_when_the_question_is_answered_with_no(world: RunningWorld, camera: str) -> None:
    assert world.run("cameras", "remove", camera, stdin="n\n").exit_code == 1
    assert _row(world, camera)


def test_nothing_is_removed_when_nobody_answers(world: RunningWorld, camera: str) -> None:
    assert "--yes answers" in world.run("cameras", "remove", camera).sentence
    assert _row(world, camera)


def test_camera_is_shared_only_when_that_is_asked_for(world: RunningWorld, camera: str) -> None:
    row = _row(world, camera)
    world.run("users", "add", "neighbour@example.com")
    as_neighbour = ("--user", "neighbour@example.com")
    own = world.run("cameras", "add", camera, *as_neighbour, "--json").json  # one with the same name, and no other
    assert own["endpoint_id"] != row["endpoint_id"]
    assert world.run("cameras", "remove", camera, *as_neighbour, "--yes").exit_code == 0
    assert world.run("cameras", "share", camera, "--with", "neighbour@example.com").exit_code == 0
    assert _row(world, camera, *as_neighbour) == row
    unshare = ("cameras", "unshare", camera, "--from", "neighbour@example.com")
    taken = world.run(*unshare, stdin="y\n").stdout
    assert f"“{camera}” will be taken from neighbour@example.com." in taken
    assert "1 other user will still have it." in taken
    assert _row(world, camera) == row


def test_world_file_follows_when_a_camera_is_renamed(world: RunningWorld, camera: str) -> None:
    row = _row(world, camera)
    new_name = f"{camera} West"
    assert world.run("cameras", "rename", camera, new_name).exit_code == 0
    names = {one["endpoint_id"]: one["friendly_name"] for one in world.content["cameras"]}
    assert names[row["endpoint_id"]] == new_name
    assert world.run("cameras", "rename", new_name, camera).exit_code == 0


def test_nothing_of_a_person_is_left_when_the_user_is_removed(world: RunningWorld) -> None:
    gone = "gone@example.com"
    user_id = world.run("users", "add", gone, "--json").json["user_id"]
    assert world.run("login", "--as", gone).exit_code == 0
    try:
        assert world.run("cameras", "add", "Old Barn").exit_code == 0
        assert world.run("world", "plug-in", "Old Barn").exit_code == 0
        assert world.run("show", "Old Barn", "--frames", "1").exit_code == 0
        report = world.run("users", "remove", gone, "--yes", "--json").json
        assert world.content["account"] is None
    finally:
        assert world.run("login").exit_code == 0
    assert [camera["friendly_name"] for camera in report["cameras_removed"]] == ["Old Barn"]
    expected = {"session_records": 1, "login": True, "password": True, "account": True}
    assert {name: report[name] for name in expected} == expected
    status = world.run("world", "status").stdout
    assert not [one for one in ("Old Barn", gone, user_id) if one in status]
    assert password_of(world.folder, gone) is None
    assert "There is no user" in world.run("cameras", "list", "--user", gone).sentence
    assert world.run("users", "remove", user_id).stdout == f"Nothing is kept of {user_id}.\n"


def test_user_can_log_in_when_added_with_a_password_from_stdin(world: RunningWorld) -> None:
    added = world.run("users", "add", "dora@example.com", "--password-stdin", "--json", stdin="Correct-horse-9\n")
    assert "password" not in added.json
    assert "Correct-horse-9" not in added.stdout + added.stderr
    listed = {row["email"]: row for row in world.run("users", "list", "--json").json}
    assert listed["dora@example.com"]["user_id"] == added.json["user_id"]
    assert listed["dora@example.com"]["status"] == "CONFIRMED"
    try:
        login = world.run("login", "--as", "dora@example.com", "--password-stdin", stdin="Correct-horse-9\n")
        assert "as dora@example.com" in login.stdout
        assert world.content["account"]["user_id"] == added.json["user_id"]
        assert world.content["cameras"] == []
    finally:
        assert world.run("login").exit_code == 0


def test_user_is_refused_when_it_exists_or_the_password_is_weak(world: RunningWorld) -> None:
    assert "exists already" in world.run("users", "add", "customer@example.com").sentence
    weak = world.run("users", "add", "eve@example.com", "--password-stdin", stdin="weak\n").sentence
    assert "eve@example.com was not added" in weak
    assert "eve@example.com" not in world.run("users", "list").stdout
    assert "No password came" in world.run("users", "add", "eve@example.com", "--password-stdin").sentence


def test_login_is_refused_when_the_password_is_wrong_or_unknown(world: RunningWorld) -> None:
    before = world.content["account"]
    wrong = world.run("login", "--password-stdin", stdin="Wrong-password-1\n").sentence
    assert "customer@example.com could not log in" in wrong
    assert "Wrong-password-1" not in wrong
    unknown = world.run("login", "--as", "nobody@example.com").sentence
    assert "The password of nobody@example.com is not known" in unknown
    assert world.content["account"] == before


def test_function_answers_when_a_console_event_is_pasted(world: RunningWorld, plugged_in: str, tmp_path: Path) -> None:
    written = world.run("console-events", "--camera", plugged_in, "--output", tmp_path, "--json")
    files = [Path(file) for file in written.json]
    told = world.run("console-events", "--camera", plugged_in, "--output", tmp_path).stdout
    assert f'eval "$(camera-skill world env --folder {world.folder})"' in told
    assert "aws lambda invoke --function-name" in told
    shell = world.run("world", "env").stdout
    assert f"export AWS_ENDPOINT_URL={world.content['aws_endpoint_url']}\n" in shell
    assert f"export AWS_SECRET_ACCESS_KEY={world.content['secret_access_key']}\n" in shell
    replies = {}
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        event = world.invoke(json.loads(file.read_text()))
        replies[file.stem] = alexa_schema.checked(event)["event"]
    assert {name: reply["header"]["name"] for name, reply in replies.items()} == {
        "Discover": "Discover.Response",
        "ReportState": "StateReport",
        "InitiateSessionWithOffer": "AnswerGeneratedForSession",
        "SessionConnected": "SessionConnected",
        "SessionDisconnected": "SessionDisconnected",
    }
    assert set(replies["InitiateSessionWithOffer"]["payload"]) == {"answer"}


def test_demo_uses_the_world_that_runs_when_there_is_one(world: RunningWorld, tmp_path: Path) -> None:
    picture = tmp_path / "front-door.png"
    for _ in range(2):
        outcome = world.run("demo", "--snapshot", picture)
        assert outcome.exit_code == 0, outcome
        assert "“Front Door” is on the screen" in outcome.stdout
        assert "first frame" in outcome.stdout
        with Image.open(picture) as image:
            assert image.format == "PNG"
        picture.unlink()
    assert world.content["pid"]
    world.run("cameras", "remove", "Front Door", "--yes")


def test_snapshot_is_refused_with_its_name_when_it_cannot_be_written(
    world: RunningWorld, plugged_in: str, tmp_path: Path
) -> None:
    picture = tmp_path / "missing" / "picture.png"
    sentence = world.run("show", plugged_in, "--frames", "1", "--snapshot", picture).sentence
    assert str(picture) in sentence


def _row(world: RunningWorld, name: str, *options: str) -> dict[str, str]:
    rows: list[dict[str, str]] = world.run("cameras", "list", "--json", *options).json
    return next(row for row in rows if row["friendly_name"] == name)
