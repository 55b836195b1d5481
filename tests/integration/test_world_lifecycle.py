import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from simulator.child_process import end_processes_of_world, processes_of_world
from simulator.local_aws import HOST
from simulator.world.world_file import is_of_running_world
from simulator.world_folder import MARKER, claim
from tests.support.tools import need_local_aws
from tests.support.world_process import WorldProcess, aws_of, small_project, start_world, wait_until

StartWorld = Callable[..., WorldProcess]

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("world lifecycle")]  # one build for all


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_local_aws()
    return small_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for worlds that run one after the other, so that the function is built once."""
    return tmp_path_factory.mktemp("worlds") / "world"


@pytest.fixture
def start(project: Path, folder: Path) -> Iterator[StartWorld]:
    worlds: list[WorldProcess] = []

    def start_one(where: Path = folder, *options: str) -> WorldProcess:
        worlds.append(start_world(where, project, *options))
        return worlds[-1]

    yield start_one
    for world in worlds:
        world.kill()
    left = [process for world in worlds for process in left_after(world)]
    assert not left


def invoke(world: WorldProcess, seconds: float, kind: str = "RequestResponse") -> None:
    session = aws_of(world.folder, world.content).session()
    with closing(session.client("lambda", endpoint_url=world.content["aws_endpoint_url"])) as client:
        client.invoke(
            FunctionName=world.content["outputs"]["SleeperName"],
            InvocationType=kind,  # type: ignore[arg-type]  # "Event" or "RequestResponse"
            Payload=json.dumps({"seconds": seconds}),
        )


def is_gone(world: WorldProcess) -> bool:
    return world.process.poll() is not None and not processes_of_world(world.folder)


def left_after(world: WorldProcess) -> list[psutil.Process]:
    """What is left of a world some seconds after its end; it is killed, so that no other test finds it."""
    deadline = time.monotonic() + 10
    while (left := processes_of_world(world.folder)) and time.monotonic() < deadline:
        time.sleep(0.02)
    end_processes_of_world(world.folder)
    return left


def test_leaves_no_process_and_no_file_of_its_own_when_told_to_end(start: StartWorld) -> None:
    world = start()
    world.wait_until_ready()
    invoke(world, 0)
    invoke(world, 50, "Event")
    assert world.end() == 0
    assert processes_of_world(world.folder) == []
    assert sorted(path.name for path in world.folder.iterdir()) == [MARKER, "build", "lock", "logs"]


def test_leaves_no_process_when_killed(start: StartWorld) -> None:
    world = start()
    world.wait_until_ready()
    invoke(world, 0)
    invoke(world, 50, "Event")
    world.create_channel("channel-front-door")
    assert world.start_camera("front-door", "Front Door")[0] == 201
    running = [" ".join(process.cmdline()) for process in processes_of_world(world.folder)]
    for program in ("guardian.py", "guarded_aws.py", "_worker.py", "simulator.camera"):
        assert any(program in command for command in running), running
    world.kill()
    wait_until(lambda: is_gone(world))


def test_starts_anew_and_clears_away_what_is_left_when_even_the_guardians_were_killed(start: StartWorld) -> None:
    crashed = start()
    crashed.wait_until_ready()
    stale = crashed.content
    assert is_of_running_world(stale)
    invoke(crashed, 0)
    for process in processes_of_world(crashed.folder):
        if "_worker.py" in " ".join(process.cmdline()):
            process.suspend()  # it cannot notice that local AWS is gone
    guardians = [one for one in processes_of_world(crashed.folder) if "guardian.py" in " ".join(one.cmdline())]
    for process in guardians:
        process.kill()
    crashed.kill()
    wait_until(lambda: len(processes_of_world(crashed.folder)) == 1)
    assert not is_of_running_world(stale)
    assert not is_of_running_world(stale | {"pid": os.getpid()})  # the number was given to another process
    world = start()
    world.wait_until_ready()
    assert "Ended 1 process that an earlier world had left behind" in world.output
    assert is_of_running_world(world.content)
    assert world.ask("GET", "/status")[1]["local_aws"]["answering"]


@pytest.mark.parametrize(("step", "number"), [("Building", signal.SIGINT), ("Deploying", signal.SIGHUP)])
def test_leaves_no_process_when_interrupted_while_it_starts(
    start: StartWorld, tmp_path: Path, step: str, number: int
) -> None:
    world = start(tmp_path / "world")
    wait_until(lambda: step in world.output, 60)
    world.process.send_signal(number)
    assert world.process.wait(20) == 0
    assert processes_of_world(world.folder) == []
    assert not (world.folder / "world.json").exists()


@pytest.mark.parametrize(
    ("option", "use"),
    [
        ("--aws-port", "local AWS"),
        ("--signaling-port", "the signaling service"),
        ("--control-port", "the world's control"),
    ],
)
def test_says_which_port_when_a_wanted_one_is_taken(start: StartWorld, folder: Path, option: str, use: str) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        world = start(folder, f"{option}={port}")
        assert world.process.wait(60) == 1
    assert f"error: Port {port}, wanted for {use}, is taken." in world.output
    assert "Traceback" not in world.output
    assert "Building" not in world.output
    assert processes_of_world(folder) == []


@pytest.mark.parametrize("kept", ["build/mine", "tmp/mine", "logs/mine", "mine"])
def test_refuses_a_folder_and_leaves_it_as_it_is_when_it_holds_something_else(
    start: StartWorld, tmp_path: Path, kept: str
) -> None:
    file = tmp_path / "project" / kept
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    world = start(tmp_path / "project")
    assert world.process.wait(60) == 1
    sentence = f"{world.folder} is not a local world's folder: choose an empty or a new one with --folder."
    assert world.output == f"error: {sentence}\n"
    assert [path for path in world.folder.rglob("*") if path.is_file()] == [file]


def test_says_why_when_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    world = start_world(tmp_path / "file" / "world", tmp_path, log=tmp_path / "output")
    assert world.process.wait(60) == 1
    assert world.output == f"error: {world.folder}: Not a directory\n"


def test_two_run_side_by_side_when_their_folders_differ(start: StartWorld, tmp_path: Path) -> None:
    first = start()
    first.wait_until_ready()
    claim(tmp_path / "other")
    shutil.copytree(first.folder / "build", tmp_path / "other" / "build")
    second = start(tmp_path / "other")
    second.wait_until_ready()
    assert first.content["aws_endpoint_url"] != second.content["aws_endpoint_url"]
    assert first.content["outputs"]["JwksUrl"] == first.content["aws_endpoint_url"]
    assert first.end() == 0
    invoke(second, 0)
    assert second.ask("GET", "/status")[1]["local_aws"]["answering"]
