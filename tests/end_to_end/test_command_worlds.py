"""Worlds that the command starts itself: detached, and for a demo alone."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from simulator.child_process import end_processes_of_world, processes_of_world
from simulator.world_folder import claim
from tests.end_to_end.conftest import RunningWorld
from tests.support.command import run, run_program

pytestmark = [pytest.mark.long, pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]


@pytest.fixture
def folder(world: RunningWorld, tmp_path: Path) -> Iterator[Path]:
    """A folder for another world, which need not build what the first one has built."""
    claim(tmp_path / "world")
    shutil.copytree(world.folder / "build", tmp_path / "world" / "build")
    yield tmp_path / "world"
    left = end_processes_of_world(tmp_path / "world")
    assert left == 0


def test_world_outlives_the_command_and_tells_of_its_parts_when_it_is_detached(folder: Path) -> None:
    started = run_program("world", "start", "--folder", folder)
    try:
        assert started.exit_code == 0, started
        assert "Deploying the template to local AWS" in started.stderr
        assert "customer@example.com is logged in" in started.stdout
        listed = run("users", "list", "--folder", folder, "--json")
        assert [row["email"] for row in listed.json] == ["customer@example.com"]
        assert "already runs" in run("world", "start", "--folder", folder).sentence
        aws_gone = _kill_local_aws(folder)
        for arguments in (("users", "list"), ("cameras", "add", "Porch"), ("show", "Porch"), ("demo",)):
            assert aws_gone in run(*arguments, "--folder", folder).sentence
        assert "The local AWS is gone" in run("world", "status", "--folder", folder).sentence
        as_json = run("world", "status", "--json", "--folder", folder)
        assert "The local AWS is gone" in as_json.sentence
        assert not as_json.json["local_aws"]["answering"]
    finally:
        stopped = run_program("world", "stop", "--folder", folder)
    assert stopped.exit_code == 0, stopped
    assert processes_of_world(folder) == []
    assert "No local world is running" in run("world", "stop", "--folder", folder).sentence


def test_demo_leaves_a_picture_and_nothing_else_when_no_world_ran(folder: Path, tmp_path: Path) -> None:
    picture = tmp_path / "front-door.png"
    outcome = run_program("demo", "--folder", folder, "--snapshot", picture)
    assert outcome.exit_code == 0, outcome
    assert "“Front Door” is on the screen" in outcome.stdout
    with Image.open(picture) as image:
        assert (image.format, image.size) == ("PNG", (640, 360))
    assert processes_of_world(folder) == []
    assert not (folder / "world.json").exists()


def _kill_local_aws(folder: Path) -> str:
    """What the command then says."""
    world = json.loads((folder / "world.json").read_text())
    for process in psutil.Process(world["pid"]).children(recursive=True):
        if any(word.endswith("guarded_aws.py") for word in process.cmdline()[1:3]):
            process.kill()
            process.wait(10)
            return f"othing answers at {world['aws_endpoint_url']}, so a part of the local world is gone"
    raise AssertionError("no local AWS runs")
