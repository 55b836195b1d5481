"""What the command says where nothing works: no world, a crashed one, no AWS, no stack, nobody logged in."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.users.customers import password_of, remember_password
from simulator.credentials import PROCESS_CREDENTIALS
from simulator.local_aws import LocalAws
from simulator.world_folder import MARKER
from tests.support.command import run, run_program

OF_A_WORLD = [
    ("world", "status"),
    ("world", "stop"),
    ("world", "plug-in", "Front Door"),
    ("world", "unplug", "Front Door"),
    ("world", "fault", "Front Door", "never"),
    ("world", "fault", "--all-cameras", "never"),
    ("world", "fault", "--list"),
    ("world", "fault", "--clear"),
    ("users", "add", "bob@example.com"),
    ("users", "list"),
    ("login",),
    ("cameras", "add", "Front Door"),
    ("cameras", "list"),
    ("cameras", "list", "--all"),
    ("cameras", "show", "Front Door"),
    ("cameras", "set", "Front Door", "--offer-style", "explicit"),
    ("cameras", "rename", "Front Door", "Gate"),
    ("cameras", "share", "Front Door", "--with", "bob@example.com"),
    ("cameras", "unshare", "Front Door", "--from", "bob@example.com"),
    ("cameras", "remove", "Front Door"),
    ("users", "remove", "bob@example.com"),
    ("show", "Front Door"),
    ("console-events",),
]
STACK = {
    "Outputs": {
        "UserPoolId": {"Value": "us-east-1_pool"},
        "HostedLoginUrl": {"Value": "https://login.example"},
        "RegistryTableName": {"Value": "registry"},
        "ActivityTableName": {"Value": "activity"},
    },
    "Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
}


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port on which nothing listens, and nothing else can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def world_without_parts(tmp_path: Path, closed_port: int) -> Path:
    """A folder whose world's process runs, but nothing that it should run does."""
    gone = f"http://127.0.0.1:{closed_port}"
    content = {
        "aws_endpoint_url": gone,
        "access_key_id": "AKIAEXAMPLE",
        "secret_access_key": "example",
        "signaling_endpoint_url": gone,
        "control_url": gone,
        "region": "us-east-1",
        "stack_name": "camera-skill",
        "outputs": dict.fromkeys(("UserPoolId", "RegistryFunctionName"), "x"),
        "account": {"user_id": "user-1", "access_token": "e30.e30.e30"},
        "cameras": [],
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
    }
    (tmp_path / "world.json").write_text(json.dumps(content))
    return tmp_path


@pytest.fixture
def account_with_stack(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """An AWS account, as one's shell is set up for it, with a stack that has outputs."""
    environment = {
        "AWS_ENDPOINT_URL": local_aws.url,
        "AWS_ACCESS_KEY_ID": PROCESS_CREDENTIALS.access_key_id,
        "AWS_SECRET_ACCESS_KEY": PROCESS_CREDENTIALS.secret_access_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "XDG_STATE_HOME": str(tmp_path),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = local_aws.session().client("cloudformation", endpoint_url=local_aws.url)
    name = f"stack-{tmp_path.name.replace('_', '-')}"
    client.create_stack(StackName=name, TemplateBody=json.dumps(STACK))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    yield name
    client.delete_stack(StackName=name)


@pytest.mark.parametrize("arguments", OF_A_WORLD, ids=" ".join)
def test_world_is_asked_for_when_none_runs(arguments: tuple[str, ...], tmp_path: Path) -> None:
    sentence = run(*arguments, "--folder", tmp_path).sentence
    assert sentence == (
        f"No local world is running in {tmp_path}: start one with `camera-skill world start --folder {tmp_path}`."
    )


def test_program_exits_with_one_line_and_no_traceback_when_no_world_runs(tmp_path: Path) -> None:
    outcome = run_program("show", "Front Door", CAMERA_SKILL_FOLDER=str(tmp_path))
    assert outcome.sentence.startswith(f"No local world is running in {tmp_path}")
    assert outcome.stdout == ""
    assert len(outcome.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [one for one in OF_A_WORLD if one != ("world", "stop")], ids=" ".join)
def test_crash_is_told_when_the_world_file_is_stale(arguments: tuple[str, ...], world_without_parts: Path) -> None:
    _make_stale(world_without_parts)
    sentence = run(*arguments, "--folder", world_without_parts).sentence
    assert "has crashed" in sentence
    assert f"camera-skill world start --folder {world_without_parts}" in sentence


def test_stale_file_is_cleared_away_when_a_crashed_world_is_stopped(world_without_parts: Path) -> None:
    _make_stale(world_without_parts)
    claim_with_password(world_without_parts)
    outcome = run("world", "stop", "--folder", world_without_parts)
    assert outcome.exit_code == 0
    assert "had crashed" in outcome.stdout
    assert not (world_without_parts / "world.json").exists()
    assert password_of(world_without_parts, "customer@example.com") is None


@pytest.mark.parametrize("command", [("demo",), ("world", "start"), ("world", "start", "--foreground")], ids=" ".join)
def test_passwords_of_the_last_world_are_forgotten_when_the_next_one_does_not_get_far(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    claim_with_password(tmp_path)
    (tmp_path / "lock").mkdir()  # no world can start here
    assert run_program(*command, "--folder", tmp_path).exit_code == 1
    assert password_of(tmp_path, "customer@example.com") is None


def test_file_of_that_name_stays_when_the_folder_is_not_a_worlds(tmp_path: Path) -> None:
    remember_password(tmp_path, "customer@example.com", "of something else")
    assert "not a local world's folder" in run_program("world", "start", "--folder", tmp_path).sentence
    assert password_of(tmp_path, "customer@example.com") == "of something else"


@pytest.mark.parametrize(
    "arguments",
    [("users", "list"), ("cameras", "list"), ("cameras", "add", "Front Door"), ("world", "plug-in", "Front Door")],
    ids=" ".join,
)
def test_missing_part_is_named_when_the_local_aws_is_gone(
    arguments: tuple[str, ...], world_without_parts: Path, closed_port: int
) -> None:
    sentence = run(*arguments, "--folder", world_without_parts).sentence
    assert f"nothing answers at http://127.0.0.1:{closed_port}" in sentence.lower()
    assert f"`camera-skill world stop --folder {world_without_parts}`" in sentence
    if "add" in arguments:
        assert sentence.startswith("Front Door: ")


def test_way_out_is_told_when_the_supervisor_does_not_answer(world_without_parts: Path) -> None:
    sentence = run("world", "status", "--folder", world_without_parts).sentence
    assert f"The local world in {world_without_parts} does not answer" in sentence
    assert f"`camera-skill world stop --folder {world_without_parts}`" in sentence


def test_running_world_is_named_when_a_second_is_started(world_without_parts: Path) -> None:
    sentence = run("world", "start", "--folder", world_without_parts).sentence
    assert f"already runs in {world_without_parts}, as process {os.getpid()}" in sentence


@pytest.mark.parametrize("command", [("world", "stop"), ("world", "start"), ("demo",)], ids=" ".join)
def test_file_stays_when_it_is_not_a_worlds(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text("[]")
    assert "world.json is not a world's file" in run(*command, "--folder", tmp_path).sentence
    assert (tmp_path / "world.json").read_text() == "[]"


@pytest.mark.parametrize("command", [("world", "stop"), ("users", "list")], ids=" ".join)
def test_folder_is_refused_when_its_name_is_empty(command: tuple[str, ...]) -> None:
    outcome = run(*command, "--folder", "")
    assert outcome.exit_code == 2
    assert "Invalid value for '--folder'" in outcome.stderr


@pytest.mark.parametrize("option", ["--aws-port", "--signaling-port"])
@pytest.mark.parametrize("port", ["-1", "65536"])
def test_port_is_refused_when_there_is_none_of_that_number(option: str, port: str, tmp_path: Path) -> None:
    outcome = run("world", "start", "--folder", tmp_path, option, port)
    assert outcome.exit_code == 2
    assert f"Invalid value for '{option}'" in outcome.stderr


@pytest.mark.parametrize("option", ["--aws-port", "--signaling-port"])
def test_port_is_named_when_it_is_taken(option: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcome = run_program("world", "start", "--folder", tmp_path, option, str(port))
    assert f"Port {port}, wanted for" in outcome.sentence
    assert "is taken" in outcome.sentence
    assert not (tmp_path / "world.json").exists()


def test_profile_is_asked_for_when_there_are_no_aws_credentials() -> None:
    sentence = run("cameras", "list", "--stack-name", "mine", "--region", "us-east-1").sentence
    assert sentence.startswith("No AWS credentials were found")
    assert "--profile" in sentence


def test_region_is_asked_for_when_none_is_set() -> None:
    assert "--region" in run("users", "list", "--stack-name", "mine").sentence


def test_profile_is_named_when_there_is_none_of_that_name() -> None:
    assert "(work)" in run("users", "list", "--stack-name", "mine", "--profile", "work").sentence


@pytest.mark.usefixtures("account_with_stack")
def test_stack_and_region_are_named_when_there_is_no_such_stack() -> None:
    sentence = run("users", "list", "--stack-name", "no-such-stack").sentence
    assert sentence.startswith("There is no stack no-such-stack in us-east-1")


@pytest.mark.parametrize("arguments", [("show", "Front Door"), ("cameras", "list"), ("console-events",)], ids=" ".join)
def test_login_is_asked_for_when_nobody_is_logged_in_on_a_stack(
    arguments: tuple[str, ...], account_with_stack: str
) -> None:
    sentence = run(*arguments, "--stack-name", account_with_stack).sentence
    whose = " Or say with --user whose cameras you mean." if "cameras" in arguments else ""
    assert sentence == (
        f"Nobody is logged in on the stack {account_with_stack}: log in with "
        f"`camera-skill login --stack-name {account_with_stack}`.{whose}"
    )


def test_operator_client_is_asked_for_when_the_stack_lets_no_operator_log_in(account_with_stack: str) -> None:
    sentence = run("login", "--stack-name", account_with_stack, "--no-browser").sentence
    assert "OperatorClient=on" in sentence


def test_local_options_are_refused_when_the_stack_is_deployed(account_with_stack: str) -> None:
    sentence = run("login", "--stack-name", account_with_stack, "--as", "bob@example.com").sentence
    assert "for the local world" in sentence


def test_usage_is_shown_when_an_argument_is_missing() -> None:
    outcome = run("cameras", "add")
    assert outcome.exit_code == 2
    assert "Missing argument 'NAME'" in outcome.stderr


def claim_with_password(folder: Path) -> None:
    (folder / MARKER).touch()
    remember_password(folder, "customer@example.com", "of the last world")


def _make_stale(folder: Path) -> None:
    with subprocess.Popen(["true"]) as process:
        started = psutil.Process(process.pid).create_time()
    path = folder / "world.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "pid": process.pid, "started": started}))
