"""`camera-skill users remove`: what is kept of a person is gone, also when the run was cut off; nobody else's is."""

import base64
import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from camera_skill.adapters.state_items import wanted_name
from cli.private_files import write_private
from simulator.local_aws import LocalAws
from simulator.signaling import Call, Proceed
from simulator.signaling.errors import INVALID_ARGUMENT, ServiceError
from tests.support.deployed_stack import DeployedStack, deployed_stack


@pytest.fixture
def person(stack: DeployedStack) -> dict[str, str]:
    """A user with two cameras, one of them shared, a grant and three session records."""
    suffix = uuid.uuid4().hex
    person = {"email": f"anna-{suffix}@example.com", "friend": f"bob-{suffix}@example.com"}
    user_id, friend_id = (stack.add_user(person[who]) for who in ("email", "friend"))
    rows = [stack.json("cameras", "add", name, "--user", user_id) for name in ("Own Door", "Our Door")]
    own, shared = (row["endpoint_id"] for row in rows)
    stack.said("cameras", "share", shared, "--with", friend_id, "--as", "Shared")
    put(stack, "RegistryTableName", f"USER#{user_id}", "GRANT", secret="s")
    for number in range(2):
        put(stack, "ActivityTableName", f"CAMERA#{shared}", f"SESSION#{user_id}{number}", user_id=user_id)
    put(stack, "ActivityTableName", f"CAMERA#{own}", f"SESSION#{user_id}", user_id=user_id)
    of_person, of_friend = wanted_name(user_id), wanted_name(friend_id)
    state = {"user_id": user_id, "kept": "yes", of_person: "person", of_friend: "person"}
    put(stack, "ActivityTableName", f"CAMERA#{shared}", "STATE", **state)
    put(stack, "ActivityTableName", f"CAMERA#{shared}", f"SESSION#friend{suffix}", user_id="friend")
    return {
        **person,
        "user_id": user_id,
        "friend_id": friend_id,
        "own": own,
        "shared": shared,
        "channel": rows[0]["channel_arn"],
    }


def put(stack: DeployedStack, table: str, pk: str, sk: str, **texts: str) -> None:
    item = {name: {"S": text} for name, text in {"pk": pk, "sk": sk, **texts}.items()}
    stack.dynamodb.put_item(TableName=stack.outputs[table], Item=item)


def mentions(stack: DeployedStack, user_id: str) -> list[tuple[str, str]]:
    """The keys of items of both tables in which the user's id is anywhere."""
    both = {**stack.items(), **stack.items("ActivityTableName")}
    return [key for key, item in both.items() if user_id in str(item)]


def emails(stack: DeployedStack) -> set[str]:
    users = stack.cognito.list_users(UserPoolId=stack.outputs["UserPoolId"])["Users"]
    return {attribute["Value"] for user in users for attribute in user["Attributes"] if attribute["Name"] == "email"}


def check_is_gone(stack: DeployedStack, person: dict[str, str]) -> None:
    """Of the person nothing is left; the friend, and the shared camera, are as they were."""
    assert mentions(stack, person["user_id"]) == []
    assert person["email"] not in emails(stack)
    assert [row["endpoint_id"] for row in stack.json("cameras", "list", "--user", person["friend"])] == [
        person["shared"]
    ]
    activity = stack.items("ActivityTableName")
    state = activity[f"CAMERA#{person['shared']}", "STATE"]
    assert state["kept"] == {"S": "yes"}
    assert wanted_name(person["friend_id"]) in state
    assert wanted_name(person["user_id"]) not in state
    assert any(sk.startswith("SESSION#friend") for pk, sk in activity if pk == f"CAMERA#{person['shared']}")


def test_everything_kept_of_a_person_goes_when_the_user_is_removed(
    stack: DeployedStack, person: dict[str, str]
) -> None:
    before = stack.items(), stack.items("ActivityTableName")
    plan = stack.json("users", "remove", person["email"], "--dry-run")
    assert (stack.items(), stack.items("ActivityTableName")) == before
    assert person["email"] in emails(stack)
    report = stack.json("users", "remove", person["email"], "--yes")
    assert (report, plan["dry_run"]) == ({**plan, "dry_run": False}, True)
    assert [camera["endpoint_id"] for camera in report["cameras_removed"]] == [person["own"]]
    assert report["cameras_removed"][0]["channel"] == "DELETED"
    assert [camera["endpoint_id"] for camera in report["cameras_kept_by_others"]] == [person["shared"]]
    numbers = ("grants", "session_records", "account")
    assert [report[name] for name in numbers] == [1, 3, True]
    check_is_gone(stack, person)
    with pytest.raises(stack.kinesis_video.exceptions.ResourceNotFoundException):
        stack.kinesis_video.describe_signaling_channel(ChannelARN=person["channel"])
    assert "There is no user" in stack.run("users", "remove", person["email"], "--yes").sentence
    assert stack.said("users", "remove", person["user_id"], "--yes") == f"Nothing is kept of {person['user_id']}.\n"


def activity_of(stack: DeployedStack, endpoint_id: str) -> list[str]:
    """The sort keys of what is kept of the camera."""
    return sorted(sk for pk, sk in stack.items("ActivityTableName") if pk == f"CAMERA#{endpoint_id}")


def test_state_and_sessions_go_when_a_camera_is_removed(stack: DeployedStack, person: dict[str, str]) -> None:
    own, shared = person["own"], person["shared"]
    put(stack, "ActivityTableName", f"CAMERA#{own}", "STATE")
    for number in range(60):
        put(stack, "ActivityTableName", f"CAMERA#{own}", f"SESSION#{number}", user_id="whoever had it before")
    before = activity_of(stack, shared)
    said = stack.said("cameras", "remove", own, "--yes")
    assert "it is removed, with its state and all session records." in said
    assert activity_of(stack, own) == []
    assert activity_of(stack, shared) == before


def test_a_removal_goes_on_when_it_failed_half_way(stack: DeployedStack, person: dict[str, str]) -> None:
    own = person["own"]

    async def refuse(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation == "DeleteSignalingChannel":
            raise ServiceError(INVALID_ARGUMENT, "as the test wants it")
        return await proceed()

    stack.signaling.intercept(refuse)
    try:
        sentence = stack.run("cameras", "remove", own, "--yes").sentence
    finally:
        stack.signaling.intercept(None)
    assert "AWS refused the deletion of the signaling channel" in sentence
    listed = {row["endpoint_id"]: row for row in stack.json("cameras", "list", "--all")}
    assert "its removal has begun, and was cut off" in listed[own]["error"]
    assert own not in {row["endpoint_id"] for row in stack.json("cameras", "list", "--user", person["user_id"])}
    assert (
        "There is no camera" in stack.run("cameras", "share", own, "--with", person["friend_id"], "--as", "X").sentence
    )
    stack.said("cameras", "remove", own, "--yes")
    assert not [key for key in stack.items() if own in "".join(key)]


@pytest.mark.parametrize("verb", [("unshare", "--from"), ("remove", "--user")])
def test_records_of_their_sessions_go_when_a_camera_is_taken_from_one_of_its_owners(
    stack: DeployedStack, person: dict[str, str], verb: tuple[str, str]
) -> None:
    shared, (command, option) = person["shared"], verb
    others = [sk for sk in activity_of(stack, shared) if person["user_id"] not in sk]
    stack.said("cameras", command, shared, option, person["email"], "--yes")
    assert activity_of(stack, shared) == others
    assert "STATE" in others


def test_person_is_asked_about_with_what_will_go(stack: DeployedStack, person: dict[str, str]) -> None:
    assert "--yes answers" in stack.run("users", "remove", person["email"]).sentence
    assert "--json leaves no room" in stack.run("users", "remove", person["email"], "--json").sentence
    assert person["email"] in emails(stack)
    said = stack.said("users", "remove", person["email"], "--keep-channels", stdin="y\n")
    will_go, gone = said.split("This is gone")
    for part in (
        "which no other user has; its signaling channel is kept",
        "1 grant",
        "3 session records",
        "the account",
    ):
        assert part in will_go
        assert part in gone
    check_is_gone(stack, person)
    assert stack.kinesis_video.describe_signaling_channel(ChannelARN=person["channel"])


def test_rest_goes_when_a_removal_was_killed_and_is_repeated(stack: DeployedStack, person: dict[str, str]) -> None:
    reached: list[str] = []

    async def kill(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation == "DeleteSignalingChannel" and not reached:
            reached.append(call.operation)
            stack.instances.kill()
        return await proceed()

    stack.signaling.intercept(kill)
    try:
        sentence = stack.run("users", "remove", person["email"], "--yes").sentence
    finally:
        stack.signaling.intercept(None)
    assert (reached, "The registry function failed" in sentence) == (["DeleteSignalingChannel"], True)
    assert person["email"] in emails(stack)
    assert mentions(stack, person["user_id"])
    assert stack.json("users", "remove", person["email"], "--yes")["account"]
    check_is_gone(stack, person)
    assert not [key for key in stack.items() if person["own"] in "".join(key)]


def test_traces_go_when_links_and_owners_do_not_agree(stack: DeployedStack, person: dict[str, str]) -> None:
    user_id = person["user_id"]
    put(stack, "RegistryTableName", "CAMERA#camera-skill-lost", f"OWNER#{user_id}")
    put(stack, "RegistryTableName", f"USER#{user_id}", "CAMERA#camera-skill-missing", friendly_name="Missing")
    report = stack.json("users", "remove", user_id, "--yes")
    assert report["other_registry_items"] >= 1
    assert "Missing" in {camera["friendly_name"] for camera in report["cameras_removed"]}
    check_is_gone(stack, person)


@pytest.fixture
def stack_without_pool(
    local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DeployedStack]:
    """A stack whose customers have their accounts on a server of one's own."""
    with deployed_stack(local_aws, tmp_path_factory.mktemp("state"), has_pool=False) as stack:
        for name, value in stack.environment.items():
            monkeypatch.setenv(name, value)
        yield stack


def test_users_are_named_by_id_when_their_accounts_are_elsewhere(stack_without_pool: DeployedStack) -> None:
    stack, user_id = stack_without_pool, "amzn1.account.AEXAMPLE"
    refusal = stack.run("users", "add", "anna@example.com").sentence
    assert "accounts on a server that is not the stack's (https://accounts.example)" in refusal
    assert stack.run("users", "list").stdout == "Nobody yet.\n"
    endpoint_id = stack.json("cameras", "add", "Front Door", "--user", user_id)["endpoint_id"]
    listed = stack.run("users", "list", "--json")
    assert listed.json == [{"user_id": user_id, "cameras": 1}]
    assert "Accounts are at https://accounts.example" in listed.stderr
    stack.said("cameras", "share", endpoint_id, "--with", "auth0|1", "--as", "Front Door")
    assert stack.said("cameras", "unshare", endpoint_id, "--from", "auth0|1", "--yes").endswith("until it ends.\n")
    report = stack.json("users", "remove", user_id, "--yes")
    assert not report["account"]
    assert stack.items() == {}


def test_login_goes_with_the_user_when_it_is_this_machines(stack: DeployedStack, person: dict[str, str]) -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": person["user_id"], "client_id": "c"}).encode()).decode()
    tokens = {"access_token": f"e30.{claims.rstrip('=')}.c2ln", "refresh_token": "refresh"}
    file = Path(stack.environment["XDG_STATE_HOME"]) / "camera-skill" / f"{stack.outputs['UserPoolId']}.json"
    write_private(file, tokens)
    assert {row["endpoint_id"] for row in stack.json("cameras", "list")} == {person["own"], person["shared"]}
    assert stack.json("users", "remove", person["email"], "--yes")["login"]
    assert not file.exists()
    check_is_gone(stack, person)
