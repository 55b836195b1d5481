"""What is left of a world when the command that starts it is ended in the midst of it: nothing."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.child_process import end_processes_of_world, processes_of_world
from tests.support.command import PROGRAM
from tests.support.tools import need_local_aws

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def _local_aws() -> None:
    need_local_aws()


@pytest.mark.parametrize(
    ("command", "number"),
    [
        *(("demo", one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)),
        *(("world start", one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)),
    ],
)
def test_nothing_is_left_when_the_command_is_ended_early(tmp_path: Path, command: str, number: signal.Signals) -> None:
    folder, log = tmp_path / "world", tmp_path / "command.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [PROGRAM, *command.split(), "--folder", folder],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=tmp_path,
            start_new_session=True,
        )
    try:
        wait_until(lambda: "Starting local AWS" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        assert processes_of_world(folder)
        os.kill(process.pid, number)
        assert process.wait(30) != 0
    finally:
        process.kill()
        process.wait()
        try:
            wait_until(lambda: not processes_of_world(folder))
        finally:
            end_processes_of_world(folder)
    assert not (folder / "world.json").exists()
    assert "Traceback" not in log.read_text()


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
        time.sleep(0.05)
