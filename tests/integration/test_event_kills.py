"""The camera_events function, killed at each of its calls: no press is lost, or announced twice, in silence."""

import asyncio
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from camera_skill.budget import Budget
from simulator.local_aws import LocalAws
from tests.conftest import SOAK, AddCamera
from tests.support.account_server import USER_ID
from tests.support.alexa_schema import checked
from tests.support.camera_events import invocation, published
from tests.support.function import environment
from tests.support.function_process import EVENTS_MODULE, FunctionProcess, running_function
from tests.support.grant_stack import GrantStack
from tests.support.threaded_server import Request, threaded_server
from tests.support.token_server import CODE, Form, Reply, TokenServer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECONDS = 12.0
SAMPLE_OF_EACH = 12
"""Without SOAK, every so manieth point."""
WHERE_A_ROTATED_TOKEN_IS_LOST = {"token", "Encrypt"}
"""The refresh token that counts is known to nobody but the process until it is stored (docs/architecture.md)."""

Point = tuple[str, int, str]
"""A call by its name, the how manieth it is of that name, and whether it is before or after it."""

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600 if SOAK else 120)]


class World:
    """Everything that the function talks to, on real sockets. `reach` is told of each point; `status` is Alexa's."""

    def __init__(self, aws_url: str, token_server: TokenServer) -> None:
        self.aws_url = self.gateway_url = ""
        self.status = 202
        self.taken: list[str] = []
        self.reach: Callable[[Point], None] = lambda _: None
        self._target = aws_url
        self._http = urllib3.PoolManager(maxsize=20, retries=False)
        self._token_answer = token_server.good
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        with threaded_server(self._aws) as self.aws_url, threaded_server(self._gateway) as self.gateway_url:
            yield
        self._http.clear()

    @contextmanager
    def told(self, reach: Callable[[Point], None], status: int) -> Iterator[None]:
        """Whoever is told of each point, of an invocation that begins now."""
        self._counts.clear()
        self.reach, self.status = reach, status
        yield
        self.reach, self.status = lambda _: None, 202

    def token(self, form: Form) -> Reply | None:
        with self._call("token"):
            return self._token_answer(form)

    def _gateway(self, request: Request) -> None:
        with self._call("gateway"):
            message = checked(json.loads(request.body))
            if self.status == 202:
                self.taken.append(message["event"]["header"]["messageId"])
            status = self.status
        request.reply(status)

    def _aws(self, request: Request) -> None:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        item = next((kind for kind in ("EVENT", "LEASE", "STATE", "GRANT") if f'"{kind}'.encode() in request.body), "")
        headers = {name: value for name, value in request.headers.items() if name.lower() != "connection"}
        with self._call(f"{operation} {item}".strip()):
            url = f"{self._target}{request.path}"
            reply = self._http.request(request.command, url, body=request.body, headers=headers, decode_content=False)
        request.reply(reply.status, reply.data, {"Content-Type": reply.headers["Content-Type"]})

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        with self._lock:
            self._counts[name] += 1
            number = self._counts[name]
        self.reach((name, number, "before"))
        yield
        self.reach((name, number, "after"))


class Story:
    """Presses on a doorbell, whose customer's token has expired."""

    def __init__(self, world: World, stack: GrantStack, token_server: TokenServer, dynamodb: "DynamoDBClient") -> None:
        self.world = world
        self._stack = stack
        self._token_server = token_server
        self._dynamodb = dynamodb

    @asynccontextmanager
    async def function(self) -> AsyncIterator[FunctionProcess]:
        values = environment(
            REGISTRY_TABLE=self._stack.tables[0],
            ACTIVITY_TABLE=self._stack.tables[1],
            AWS_ENDPOINT_URL=self.world.aws_url,
            GRANT_KEY_ARN=self._stack.key_arn,
            ALEXA_CLIENT_SECRET_ARN=self._stack.secret_arn,
            LOGIN_WITH_AMAZON_URL=self._token_server.url,
            EVENT_GATEWAY_URL=self.world.gateway_url,
            REPORT_QUEUE_URL=self._stack.queues[0],
            UNDELIVERED_QUEUE_URL=self._stack.queues[1],
        )
        async with running_function(values, module=EVENTS_MODULE) as function:
            yield function

    def grant(self) -> None:
        """A grant, whose token has expired."""
        if self._stack.item(USER_ID) is None:
            self._token_server.codes.add(CODE)
            self._stack.grants(self._token_server.url).accept(USER_ID, CODE, Budget(5.0))
        self._stack.expire(USER_ID, -1, time.time())

    def time_passes(self) -> None:
        """Until whoever was killed would have ended by itself."""
        self._stack.end_lease(USER_ID)
        for item in self._dynamodb.scan(TableName=self._stack.tables[1])["Items"]:
            if "in_progress_expiration" in item:
                self._dynamodb.update_item(
                    TableName=self._stack.tables[1],
                    Key={"pk": item["pk"], "sk": item["sk"]},
                    UpdateExpression="SET in_progress_expiration = :past",
                    ExpressionAttributeValues={":past": {"N": "1"}},
                )

    async def points(self, status: int) -> list[Point]:
        """All that a press passes, where Alexa answers so."""
        found: list[Point] = []
        self.grant()
        async with self.function() as function:
            with self.world.told(found.append, status):
                await handled(function, published("doorbell", {"id": f"walk-{status}"}))
            self.time_passes()
            await self._drain(function)
        return found

    async def press(self, name: str, point: Point, status: int) -> list[dict[str, Any]]:
        """Kills the function at that point, and gives the press to another one. The lines that this one writes."""
        self.grant()
        self.world.taken.clear()
        press = published("doorbell", {"id": name})
        async with self.function() as killed:

            def kill(reached: Point) -> None:
                if reached == point:
                    os.kill(killed.pid, signal.SIGKILL)

            with self.world.told(kill, status), pytest.raises((AssertionError, ConnectionResetError)):
                await killed.reply(invocation(press), SECONDS)
        self.time_passes()
        async with self.function() as function:
            await handled(function, press)
            await self._drain(function)
            return [json.loads(line) for line in function.output if '"level"' in line]

    async def _drain(self, function: FunctionProcess) -> None:
        """Handles what waits in the report queue, until nothing does."""
        url, sqs = self._stack.queues[0], self._stack.sqs
        while any(int(count) for name, count in self._attributes(url).items() if name.startswith("Approximate")):
            reply = await asyncio.to_thread(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=1)
            for message in reply.get("Messages", []):
                await handled(function, message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _attributes(self, url: str) -> dict[str, str]:
        attributes = self._stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return {str(name): value for name, value in attributes.items()}


async def handled(function: FunctionProcess, body: str) -> None:
    assert await function.reply(invocation(body), SECONDS) == {"batchItemFailures": []}


@pytest.fixture
def story(
    local_aws: LocalAws,
    grant_stack: GrantStack,
    token_server: TokenServer,
    add_camera: AddCamera,
    dynamodb: "DynamoDBClient",
) -> Iterator[Story]:
    add_camera("https://signaling.example", is_doorbell=True)
    world = World(local_aws.url, token_server)
    token_server.spoil = world.token
    with world.running():
        yield Story(world, grant_stack, token_server, dynamodb)


async def test_a_press_is_announced_when_the_function_was_killed_at_any_of_its_calls(story: Story) -> None:
    taken = await story.points(202)
    refused = [point for point in await story.points(503) if point not in taken]
    assert {"gateway", "token", "PutItem LEASE", "UpdateItem EVENT"} <= {name for name, _, _ in taken}
    assert {name for name, _, _ in refused} == {"SendMessage"}
    every = 1 if SOAK else SAMPLE_OF_EACH
    cases = [(point, 202) for point in taken[::every]] + [(point, 503) for point in refused[::every]]
    for number, (point, status) in enumerate(cases):
        lines = await story.press(f"press-{number}", point, status)
        announced = story.world.taken
        if point[0] in WHERE_A_ROTATED_TOKEN_IS_LOST:
            assert announced == [], point
            assert [line for line in lines if line["message"] == "the customer's grant is gone"], point
        else:
            assert 1 <= len(announced) <= 2, point
            assert len(set(announced)) == 1, point
        if len(announced) == 2:
            assert [line for line in lines if "second announcement" in line.get("reason", "")], point
