"""Offers while the tables are throttled: the customer waits for a picture, not for our bookkeeping."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from camera_skill.adapters.items import camera_to_item, link_to_item
from camera_skill.camera import Camera, CameraLink
from simulator.local_aws import LocalAws
from tests.support.account_server import USER_ID, AccountServer
from tests.support.directives import ENDPOINT_ID, OFFER, initiate
from tests.support.function_process import FunctionProcess
from tests.support.offers import ANSWERED, outcome_of
from tests.support.servers import dynamodb_error, dynamodb_reply
from tests.support.wire import Wire, running_wire

THROTTLED = dynamodb_error(400, "ProvisionedThroughputExceededException")
FAILED = dynamodb_error(500, "InternalServerError")


@pytest.fixture
async def to_dynamodb(local_aws: LocalAws) -> AsyncIterator[Wire]:
    async with running_wire(local_aws.url) as wire:
        yield wire


@pytest.fixture
def function_environment(function_environment: dict[str, str], to_dynamodb: Wire) -> dict[str, str]:
    return {**function_environment, "AWS_ENDPOINT_URL_DYNAMODB": to_dynamodb.url}


async def name_of_reply(function: FunctionProcess, account_server: AccountServer) -> str:
    reply = await function.invoke(initiate(account_server.token(), OFFER))
    return outcome_of(reply)


def unprocessed(tables: tuple[str, str], *items: dict[str, Any]) -> bytes:
    """A reply to BatchGetItem with these items of the registry, and the rest left out."""
    pk, state = {"S": f"CAMERA#{ENDPOINT_ID}"}, {"S": "STATE"}
    link = {"pk": {"S": f"USER#{USER_ID}"}, "sk": pk}
    left_out = {tables[1]: {"Keys": [{"pk": pk, "sk": state}], "ConsistentRead": True}}
    if not items:
        left_out[tables[0]] = {"Keys": [link, {"pk": pk, "sk": {"S": "CAMERA"}}], "ConsistentRead": True}
    return dynamodb_reply(200, {"Responses": {tables[0]: list(items)}, "UnprocessedKeys": left_out})


@pytest.mark.usefixtures("master")
async def test_the_camera_answers_when_the_tables_leave_keys_out_for_a_moment(
    function: FunctionProcess,
    account_server: AccountServer,
    to_dynamodb: Wire,
    table_names: tuple[str, str],
) -> None:
    to_dynamodb.replies["BatchGetItem"] = [unprocessed(table_names)] * 3
    assert await name_of_reply(function, account_server) == ANSWERED
    assert to_dynamodb.calls.count("BatchGetItem") == 4


@pytest.mark.usefixtures("master")
async def test_the_camera_answers_when_only_its_state_cannot_be_read(
    function: FunctionProcess,
    account_server: AccountServer,
    camera: Camera,
    to_dynamodb: Wire,
    table_names: tuple[str, str],
) -> None:
    link = link_to_item(CameraLink(USER_ID, ENDPOINT_ID, "Front Door"))
    to_dynamodb.replies["BatchGetItem"] = [unprocessed(table_names, link, camera_to_item(camera))]
    assert await name_of_reply(function, account_server) == ANSWERED
    assert to_dynamodb.calls.count("BatchGetItem") == 1


@pytest.mark.usefixtures("master")
async def test_the_registry_is_asked_again_when_many_records_could_not_be_written(
    function: FunctionProcess, account_server: AccountServer, to_dynamodb: Wire
) -> None:
    to_dynamodb.replies["UpdateItem"] = [THROTTLED] * 1000
    for _ in range(24):
        to_dynamodb.replies["BatchGetItem"] = [FAILED]
        assert await name_of_reply(function, account_server) == ANSWERED
