"""The camera_events function in processes of its own, which are killed or meet each other, and a real event gateway."""

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import pytest

from camera_skill.budget import Budget
from simulator.local_aws import LocalAws
from tests.conftest import AddCamera
from tests.support.account_server import USER_ID
from tests.support.alexa_schema import checked
from tests.support.camera_events import invocation, published
from tests.support.function import environment
from tests.support.function_process import EVENTS_MODULE, FunctionProcess, running_function
from tests.support.grant_stack import GrantStack
from tests.support.threaded_server import Request, threaded_server
from tests.support.token_server import CODE, TokenServer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECONDS = 12.0
"""The function's timeout."""
NONE_AGAIN: dict[str, Any] = {"batchItemFailures": []}


class Gateway:
    """Takes what comes. `accepted` is called then, before it says so."""

    def __init__(self) -> None:
        self.url = ""
        self.messages: list[dict[str, Any]] = []
        self.accepted: Callable[[], None] = lambda: None

    def handle(self, request: Request) -> None:
        self.messages.append(checked(json.loads(request.body)))
        self.accepted()
        request.reply(202)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    with threaded_server(gateway.handle) as gateway.url:
        yield gateway


Instance = Callable[[], AbstractAsyncContextManager[FunctionProcess]]


@pytest.fixture
def instance(
    local_aws: LocalAws, grant_stack: GrantStack, token_server: TokenServer, gateway: Gateway, add_camera: AddCamera
) -> Instance:
    """Begins another instance of the function, for a doorbell whose customer granted to be told."""
    add_camera("https://signaling.example", is_doorbell=True)
    grant_stack.grants(token_server.url).accept(USER_ID, CODE, Budget(5.0))
    values = environment(
        REGISTRY_TABLE=grant_stack.tables[0],
        ACTIVITY_TABLE=grant_stack.tables[1],
        AWS_ENDPOINT_URL=local_aws.url,
        GRANT_KEY_ARN=grant_stack.key_arn,
        ALEXA_CLIENT_SECRET_ARN=grant_stack.secret_arn,
        LOGIN_WITH_AMAZON_URL=token_server.url,
        EVENT_GATEWAY_URL=gateway.url,
        REPORT_QUEUE_URL=grant_stack.queues[0],
        UNDELIVERED_QUEUE_URL=grant_stack.queues[1],
    )
    return lambda: running_function(values, module=EVENTS_MODULE)


@pytest.fixture
async def function(instance: Instance) -> AsyncIterator[FunctionProcess]:
    async with instance() as running:
        yield running


def reports(function: FunctionProcess) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in function.output]
    return [line for line in lines if line.get("message") == "report"]


async def test_nothing_comes_again_when_a_batch_is_empty(function: FunctionProcess) -> None:
    assert await function.reply({"Records": []}, SECONDS) == NONE_AGAIN


async def test_the_press_is_announced_again_and_that_is_logged_when_the_function_was_killed_after_the_gateway_took_it(
    instance: Instance, function: FunctionProcess, gateway: Gateway, dynamodb: "DynamoDBClient", grant_stack: GrantStack
) -> None:
    async with instance() as killed:
        gateway.accepted = lambda: os.kill(killed.pid, signal.SIGKILL)
        press = published("doorbell", {})
        with pytest.raises((AssertionError, ConnectionResetError)):
            await killed.reply(invocation(press), SECONDS)
    gateway.accepted = lambda: None
    time_passes(dynamodb, grant_stack.tables[1])
    assert await function.reply(invocation(press), SECONDS) == NONE_AGAIN
    assert await function.reply(invocation(press), SECONDS) == NONE_AGAIN
    first, second = gateway.messages
    assert first["event"]["header"]["messageId"] == second["event"]["header"]["messageId"]
    again, repeated = reports(function)
    assert (again["outcome"], again["level"]) == ("DELIVERED", "WARNING")
    assert "may be a second announcement" in again["reason"]
    assert repeated["outcome"] == "REPEATED"


async def test_the_press_waits_for_the_end_of_the_killed_instance_when_it_comes_again_before_that(
    instance: Instance, function: FunctionProcess, gateway: Gateway, grant_stack: GrantStack
) -> None:
    async with instance() as killed:
        gateway.accepted = lambda: os.kill(killed.pid, signal.SIGKILL)
        press = published("doorbell", {})
        with pytest.raises((AssertionError, ConnectionResetError)):
            await killed.reply(invocation(press), SECONDS)
    assert await function.reply(invocation(press), SECONDS) == NONE_AGAIN
    assert len(gateway.messages) == 1
    (line,) = reports(function)
    assert line["outcome"] == "RETRIED"
    waiting = await asyncio.to_thread(
        grant_stack.sqs.get_queue_attributes,
        QueueUrl=grant_stack.queues[0],
        AttributeNames=["ApproximateNumberOfMessagesDelayed"],
    )
    assert waiting["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"


async def test_the_press_is_announced_once_when_two_instances_get_it_at_once(
    instance: Instance, function: FunctionProcess, gateway: Gateway
) -> None:
    came, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        came.set()
        go_on.wait(SECONDS)

    gateway.accepted = hold
    press = published("doorbell", {})
    async with instance() as other:
        first = asyncio.create_task(function.reply(invocation(press), SECONDS))
        assert await asyncio.to_thread(came.wait, SECONDS)
        assert await other.reply(invocation(press), SECONDS) == NONE_AGAIN
        go_on.set()
        assert await first == NONE_AGAIN
        assert [line["outcome"] for line in reports(other)] == ["RETRIED"]
    assert [line["outcome"] for line in reports(function)] == ["DELIVERED"]
    assert len(gateway.messages) == 1


async def test_only_the_message_that_nobody_can_handle_comes_again_when_a_batch_has_one(
    function: FunctionProcess, gateway: Gateway
) -> None:
    batch = invocation(published("doorbell", {}), "{}", published("doorbell", {}))
    reply = await function.reply(batch, SECONDS)
    assert reply == {"batchItemFailures": [{"itemIdentifier": batch["Records"][1]["messageId"]}]}
    assert len(gateway.messages) == 2
    assert [line for line in map(json.loads, function.output) if line.get("level") == "ERROR"]


def time_passes(dynamodb: "DynamoDBClient", activity_table: str) -> None:
    """Until whoever was at a report when it was killed would have ended by itself."""
    items = dynamodb.scan(TableName=activity_table)["Items"]
    (record,) = [item for item in items if item["pk"]["S"].startswith("EVENT#")]
    assert float(record["in_progress_expiration"]["N"]) / 1000 <= time.time() + SECONDS
    dynamodb.update_item(
        TableName=activity_table,
        Key={"pk": record["pk"], "sk": record["sk"]},
        UpdateExpression="SET in_progress_expiration = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
