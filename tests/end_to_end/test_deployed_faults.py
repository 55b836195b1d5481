"""Every fault of the signaling service, through the deployed function: a true reply in time, one offer at the most."""

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.signaling.fault_kinds import FAULT_KINDS
from tests.end_to_end.conftest import RunningWorld, channel_of
from tests.support.alexa_schema import checked
from tests.support.directives import OFFER, initiate
from tests.support.offers import ANSWERED, REPLY_SECONDS, outcome_of

pytestmark = [pytest.mark.long, pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]

TOLD = {
    "client-limit-exceeded": "RATE_LIMIT_EXCEEDED",
    "resource-not-found": "NO_SUCH_ENDPOINT",
    "invalid-argument": "INVALID_VALUE",
    "not-authorized": "INSUFFICIENT_PERMISSIONS",
    "access-denied": "INSUFFICIENT_PERMISSIONS",
    "invalid-client": "INTERNAL_ERROR",
    "session-expired": "ENDPOINT_UNREACHABLE",
    "resource-in-use": "BRIDGE_UNREACHABLE",
    "clock-skew": "INTERNAL_ERROR",
    "http-401": "INSUFFICIENT_PERMISSIONS",
    "http-403": "INTERNAL_ERROR",
    "http-404": "INTERNAL_ERROR",
    "http-429": "RATE_LIMIT_EXCEEDED",
    "http-500": "BRIDGE_UNREACHABLE",
    "http-503": "BRIDGE_UNREACHABLE",
    "wrong-host": "INTERNAL_ERROR",
    "null-answer": "ENDPOINT_UNREACHABLE",
    "empty-answer": "ENDPOINT_UNREACHABLE",
    "empty-object": "ENDPOINT_UNREACHABLE",
    "garbage-answer": "ENDPOINT_UNREACHABLE",
    "bare-sdp": ANSWERED,
    "bare-lf": ANSWERED,
    "foreign-mids": ANSWERED,
    "foreign-payload-types": ANSWERED,
    "camera-busy": "ENDPOINT_BUSY",
    "camera-privacy": "NOT_SUPPORTED_IN_CURRENT_MODE",
    "camera-asleep": "NOT_SUPPORTED_IN_CURRENT_MODE",
    "camera-low-power": "ENDPOINT_LOW_POWER",
    "slow": ANSWERED,
    "late": ANSWERED,
    "never": "ENDPOINT_UNREACHABLE",
    "cut-off": "BRIDGE_UNREACHABLE",
    "dribble": "ENDPOINT_UNREACHABLE",
    "reset": "BRIDGE_UNREACHABLE",
    "reset-after": "BRIDGE_UNREACHABLE",
    "refused": "BRIDGE_UNREACHABLE",
}
MENDED_BY_A_SECOND_CALL = ("client-limit-exceeded", "http-429", "resource-not-found", "session-expired")


@pytest.fixture(scope="module")
def endpoint_id(world: RunningWorld) -> Iterator[str]:
    """A camera that is plugged in."""
    added = world.run("cameras", "add", "Faulty Corner", "--json")
    assert added.exit_code == 0, added
    assert world.run("world", "plug-in", "Faulty Corner").exit_code == 0
    # Warm from here on: how long the local AWS takes to start a function is its own affair.
    assert invoke(world, added.json["endpoint_id"])[0] == ANSWERED
    yield added.json["endpoint_id"]
    world.run("cameras", "remove", "Faulty Corner", "--yes")


@pytest.fixture(autouse=True)
def _without_faults(world: RunningWorld) -> Iterator[None]:
    yield
    control(world, "DELETE", "/signaling/faults", {})


def control(world: RunningWorld, method: str, path: str, body: object) -> dict[str, Any]:
    """The world's control API."""
    request = urllib.request.Request(  # noqa: S310 - the world's own URL
        world.content["control_url"] + path,
        data=None if method == "GET" else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - the same
        answer: dict[str, Any] = json.load(response)
    return answer


def offers_to(world: RunningWorld, endpoint_id: str) -> int:
    """How many offers the camera got so far."""
    deliveries = control(world, "GET", "/signaling/requests", None)["deliveries"]
    mine = [
        one
        for one in deliveries
        if (one["message_type"], one["channel_name"]) == ("SDP_OFFER", channel_of(endpoint_id))
    ]
    return len(mine)


def invoke(world: RunningWorld, endpoint_id: str) -> tuple[str, float]:
    """What Alexa is told of an offer, and after how many seconds."""
    event = initiate(world.content["account"]["access_token"], OFFER, endpoint_id)
    started = time.monotonic()
    reply = world.invoke(event)
    seconds = time.monotonic() - started
    return outcome_of(checked(reply)["event"]), seconds


def test_every_fault_is_among_those_that_are_tested() -> None:
    assert TOLD.keys() == FAULT_KINDS.keys()


@pytest.mark.parametrize(("name", "told"), TOLD.items(), ids=TOLD)
def test_alexa_is_told_the_truth_in_time_when_the_signaling_service_fails(
    world: RunningWorld, endpoint_id: str, name: str, told: str
) -> None:
    before = offers_to(world, endpoint_id)
    channel = None if name == "refused" else channel_of(endpoint_id)
    control(world, "POST", "/signaling/faults", {"fault": name, "channel_name": channel})
    said, seconds = invoke(world, endpoint_id)
    assert said == told
    assert seconds < REPLY_SECONDS
    assert offers_to(world, endpoint_id) - before <= 1


@pytest.mark.parametrize("name", MENDED_BY_A_SECOND_CALL)
def test_the_cameras_answer_returns_when_the_signaling_service_fails_once(
    world: RunningWorld, endpoint_id: str, name: str
) -> None:
    before = offers_to(world, endpoint_id)
    control(world, "POST", "/signaling/faults", {"fault": name, "channel_name": channel_of(endpoint_id), "times": 1})
    said, seconds = invoke(world, endpoint_id)
    assert said == ANSWERED
    assert seconds < REPLY_SECONDS
    assert offers_to(world, endpoint_id) - before == 1
