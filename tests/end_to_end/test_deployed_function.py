"""The deployed function, invoked by its alias, between a simulated Echo Show and a simulated camera."""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.echo_show import AlexaError, EchoShow, Showing
from tests.end_to_end.conftest import RunningWorld, channel_of
from tests.support.alexa_schema import checked
from tests.support.directives import OFFERS, discover, initiate, read_sdp

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def endpoint_id(world: RunningWorld) -> Iterator[str]:
    """A camera that is plugged in."""
    added = world.run("cameras", "add", "Back Yard", "--json")
    assert added.exit_code == 0, added
    assert world.run("world", "plug-in", "Back Yard").exit_code == 0
    yield added.json["endpoint_id"]
    world.run("cameras", "remove", "Back Yard", "--yes")


def echo_show(world: RunningWorld) -> EchoShow:
    """An Echo Show of the world's customer; each reply to it is checked against Amazon's schema."""

    async def invoke(directive: dict[str, Any]) -> dict[str, Any]:
        return checked(await asyncio.to_thread(world.invoke, directive))

    return EchoShow(invoke, access_token(world))


def access_token(world: RunningWorld) -> str:
    token: str = world.content["account"]["access_token"]
    return token


async def test_two_echos_show_video_when_they_look_at_one_camera_at_once(world: RunningWorld, endpoint_id: str) -> None:
    async def look() -> Showing:
        echo = echo_show(world)
        await echo.discover()
        return await echo.show(endpoint_id)

    showings = await asyncio.gather(look(), look())
    for showing in showings:
        assert len(showing.frames) >= 30
        assert showing.name == "Back Yard"
        assert showing.audio_frames > 0


async def test_the_camera_is_found_when_the_customer_says_discover_my_devices(
    world: RunningWorld, endpoint_id: str
) -> None:
    endpoints = await echo_show(world).discover()
    assert "Back Yard" in {one["friendlyName"] for one in endpoints if one["endpointId"] == endpoint_id}


async def test_one_kvs_call_is_made_when_an_offer_comes(world: RunningWorld, endpoint_id: str) -> None:
    before = calls(world, endpoint_id)
    checked(await asyncio.to_thread(world.invoke, initiate(access_token(world), read_sdp(OFFERS[0]), endpoint_id)))
    made = calls(world, endpoint_id)[len(before) :]
    assert [call for call in made if call not in {"SendSdpAnswer", "SendIceCandidate"}] == ["SendAlexaOfferToMaster"]


def calls(world: RunningWorld, endpoint_id: str) -> list[str]:
    """The operations that the signaling service was called for on this channel."""
    url = world.content["control_url"] + "/signaling/requests"
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - the world's own URL
        requests = json.load(response)["requests"]
    return [one["operation"] for one in requests if one["channel_name"] == channel_of(endpoint_id)]


@pytest.mark.parametrize("token", ["", "forged"])
async def test_no_camera_is_shown_when_the_token_is_not_ours(world: RunningWorld, endpoint_id: str, token: str) -> None:
    before = calls(world, endpoint_id)
    forged = access_token(world)[:-8] + "AAAAAAAA"
    event = checked(world.invoke(initiate(forged if token else "", read_sdp(OFFERS[0]), endpoint_id)))["event"]
    assert event["payload"]["type"] == "INVALID_AUTHORIZATION_CREDENTIAL"
    assert calls(world, endpoint_id) == before


async def test_alexa_hears_that_the_camera_is_unreachable_when_it_is_unplugged(
    world: RunningWorld,
) -> None:
    added = world.run("cameras", "add", "Dark Corner", "--json")
    with pytest.raises(AlexaError, match="ENDPOINT_UNREACHABLE"):
        await echo_show(world).show(added.json["endpoint_id"], frames=1)
    assert world.run("cameras", "remove", "Dark Corner", "--yes").exit_code == 0


def test_the_function_needs_nothing_but_what_is_shipped(world: RunningWorld) -> None:
    built = next(Path(world.folder).glob("build/**/SmartHomeFunction*"))
    program = (
        "import importlib.util, sys; "
        f"sys.path = [path for path in sys.path if 'packages' not in path] + [{str(built)!r}]; "
        "import boto3, botocore, jwt, urllib3, aws_lambda_powertools, camera_skill.adapters.signaling, "
        "camera_skill.telemetry.directives, camera_skill.adapters.tokens.oidc_tokens; "
        "print([module.__file__ for module in (boto3, jwt, urllib3, aws_lambda_powertools)])"
    )
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    outcome = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.count(str(built)) == 4


def test_the_log_is_there_to_be_searched_for_secrets_when_the_function_was_invoked(world: RunningWorld) -> None:
    started = time.time()
    world.invoke(discover("example-token"))
    assert sum('"directive":"Discover"' in line for line in world.log(started)) == 2  # log and metrics
