"""Cameras of whose registration something cannot be read: written by hand, or by a version to come."""

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from camera_skill.adapters.items import camera_to_item
from camera_skill.camera import Camera
from tests.support.account_server import AccountServer
from tests.support.directives import ENDPOINT_ID, OFFER, about_session, discover, initiate
from tests.support.function_process import FunctionProcess
from tests.support.offers import ANSWERED, outcome_of
from tests.support.registry_items import put

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Damage = Callable[[dict[str, Any]], None]
NOT_NEEDED: list[dict[str, Any]] = [
    {"power": {"S": "solar"}},
    {"two_way_audio": {"S": "auto"}, "health": {"S": "ping"}},
    {"firmware_version": {"NULL": True}, "serial_number": {"N": "17"}, "model": {"M": {}}},
    {"has_privacy_switch": {"N": "1"}, "detects_motion": {"S": "true"}, "is_doorbell": {"L": []}},
    {"added_at": {"S": "2026"}, "offer_style": {"S": "curly"}},
]
NEEDED: list[dict[str, Any]] = [{name: {"N": "7"}} for name in ("channel_arn", "region", "signaling_endpoint")]


@pytest.fixture
def damage(dynamodb: "DynamoDBClient", table_names: tuple[str, str], camera: Camera) -> Damage:
    """Replaces attributes of the camera's item."""
    return lambda attributes: put(dynamodb, table_names[0], [{**camera_to_item(camera), **attributes}])


def lines_of(function: FunctionProcess) -> list[dict[str, Any]]:
    """The JSON lines that the function wrote since the last call."""
    lines = [json.loads(line) for line in function.output if line.startswith("{")]
    function.output.clear()
    return lines


@pytest.mark.usefixtures("master")
async def test_the_camera_goes_on_with_defaults_and_the_operator_learns_of_it_when_what_is_damaged_is_not_needed(
    function: FunctionProcess, account_server: AccountServer, damage: Damage
) -> None:
    token = account_server.token()
    for attributes in NOT_NEEDED:
        await asyncio.to_thread(damage, attributes)
        assert outcome_of(await function.invoke(initiate(token, OFFER))) == ANSWERED
        reply = await function.invoke(about_session("report_state", token))
        assert reply["header"]["name"] == "StateReport"
        # What it can do is not known for certain, so that nothing is claimed to Alexa.
        assert (await function.invoke(discover(token)))["payload"]["endpoints"] == []
        lines = lines_of(function)
        reasons = [line["reason"] for line in lines if line.get("level") == "ERROR"]
        assert len(reasons) == 3
        for name in attributes:
            assert all(f"a {name} " in reason and ENDPOINT_ID in reason for reason in reasons), reasons
        metrics = [line for line in lines if "_aws" in line]
        assert [line["Alarms"] for line in metrics] == [[1.0]] * 3
        assert [line["CamerasDamaged"] for line in metrics if "CamerasDamaged" in line] == [[1.0]] * 2


async def test_the_camera_is_refused_when_what_an_offer_needs_is_damaged(
    function: FunctionProcess, account_server: AccountServer, damage: Damage
) -> None:
    token = account_server.token()
    for attributes in NEEDED:
        await asyncio.to_thread(damage, attributes)
        reply = await function.invoke(initiate(token, OFFER))
        (name,) = attributes
        said = f"the item of camera {ENDPOINT_ID} is incomplete and has a {name} of the wrong type"
        assert reply["payload"] == {"type": "INTERNAL_ERROR", "message": said}
        assert (await function.invoke(discover(token)))["payload"]["endpoints"] == []
