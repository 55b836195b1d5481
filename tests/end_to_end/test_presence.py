"""A camera that goes and comes back, on a real world: the broker's word, the grace, and what Alexa is told."""

import time
import uuid
from collections.abc import Iterator

import pytest

from cli.local_world.control_client import ControlClient
from cli.local_world.world_file import read_world
from tests.end_to_end.conftest import RunningWorld

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]

GRACE_SECONDS, LATEST_SECONDS = 10.0, 3.0
"""The parameter PresenceGraceSeconds, as the template has it; and so much later at the most Alexa must know."""
MOST_SECONDS = 60.0


@pytest.fixture
def camera(world: RunningWorld) -> Iterator[str]:
    """A camera whose health is AWS IoT's word, plugged in."""
    name = f"Porch {uuid.uuid4().int % 10**9}"
    assert world.run("cameras", "add", name, "--health", "mqtt").exit_code == 0
    assert world.run("world", "plug-in", name).exit_code == 0
    yield name
    world.run("cameras", "remove", name, "--yes")


def test_alexa_knows_within_the_grace_and_three_seconds_when_a_camera_is_unplugged_and_at_once_when_it_is_back(
    world: RunningWorld, camera: str
) -> None:
    since = seconds_until(world, camera, "online", since=0)[1]
    before = time.time()
    assert world.run("world", "unplug", camera).exit_code == 0
    at, since = seconds_until(world, camera, "offline", since)
    assert GRACE_SECONDS - 1 < at - before < GRACE_SECONDS + LATEST_SECONDS
    before = time.time()
    assert world.run("world", "plug-in", camera).exit_code == 0
    at, _ = seconds_until(world, camera, "online", since)
    assert at - before < LATEST_SECONDS + 5  # a camera's process takes its time to start


def seconds_until(world: RunningWorld, camera: str, value: str, since: int) -> tuple[float, int]:
    """When Alexa's app showed the camera so, after that number; and the number of the event."""
    control = ControlClient(read_world(world.folder))
    deadline = time.monotonic() + MOST_SECONDS
    while time.monotonic() < deadline:
        for event in control.alexa_events(since, seconds=1.0):
            since = event["number"]
            if f"app shows: {camera} {value}" in event["echo"]:
                return float(event["at"]), since
    pytest.fail(f"Alexa was never told that {camera} is {value}")
