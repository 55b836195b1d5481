"""What the activity table says of a session, whatever Alexa leaves out, repeats or sends late."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from boto3.dynamodb.types import TypeDeserializer

from camera_skill.adapters.sessions import KEPT_SECONDS
from camera_skill.camera import Camera
from simulator.signaling import SignalingService
from tests.conftest import AddCamera
from tests.support.account_server import USER_ID, AccountServer
from tests.support.directives import ANSWER, ENDPOINT_ID, OFFER, about_session, initiate
from tests.support.function_process import FunctionProcess, running_function
from tests.support.master import Answer, answer_with, running_master
from tests.support.servers import dynamodb_reply
from tests.support.wire import Wire, running_wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Records = Callable[[], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def records(dynamodb: "DynamoDBClient", table_names: tuple[str, str]) -> Records:
    """Reads the records of the camera's sessions."""

    async def read() -> list[dict[str, Any]]:
        answer = await asyncio.to_thread(
            dynamodb.query,
            TableName=table_names[1],
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues={":pk": {"S": f"CAMERA#{ENDPOINT_ID}"}, ":sk": {"S": "SESSION#"}},
            ConsistentRead=True,
        )
        read = TypeDeserializer().deserialize
        return [{name: read(value) for name, value in item.items()} for item in answer["Items"]]

    return read


async def test_the_record_says_how_it_went_when_an_offer_was_answered(
    function: FunctionProcess,
    account_server: AccountServer,
    signaling: SignalingService,
    camera: Camera,
    records: Records,
) -> None:
    before = time.time()
    event = initiate(account_server.token(), OFFER)
    async with running_master(signaling.master_url, camera.channel_arn, answer_with(ANSWER)):
        await function.invoke(event)
    (record,) = await records()
    assert record["session_id"] == event["directive"]["payload"]["sessionId"]
    assert record["user_id"] == USER_ID
    assert before - 1 <= record["started_at"] <= time.time()
    assert before + KEPT_SECONDS - 1 <= record["expires_at"] <= time.time() + KEPT_SECONDS
    assert (record["outcome"], record["error"], record["retries"], record["findings"]) == ("ANSWERED", "", [], [])
    assert record["timings"].keys() == {"token", "registry", "kvs"}
    assert all(milliseconds >= 0 for milliseconds in record["timings"].values())
    assert "connected_at" not in record


@pytest.mark.parametrize(
    ("answer", "outcome", "error", "finding"),
    [
        (lambda _: "no SDP at all", "ENDPOINT_UNREACHABLE", "AnswerInvalidError", None),
        (lambda _: '{"type":"error","reason":"BUSY"}', "ENDPOINT_BUSY", "CameraRefusedError", None),
        (
            answer_with(ANSWER.replace("m=video 50000", "m=video 0")),
            "ENDPOINT_UNREACHABLE",
            "AnswerInvalidError",
            "video",
        ),
        (answer_with(ANSWER.replace("a=rtcp-mux\r\n", "")), "ANSWERED", "", "rtcp-mux"),
    ],
    ids=["garbage", "busy", "no video", "suspicious"],
)
async def test_the_record_says_what_was_wrong_when_the_answer_was(
    function: FunctionProcess,
    account_server: AccountServer,
    signaling: SignalingService,
    camera: Camera,
    records: Records,
    answer: Answer,
    outcome: str,
    error: str,
    finding: str | None,
) -> None:
    async with running_master(signaling.master_url, camera.channel_arn, answer):
        await function.invoke(initiate(account_server.token(), OFFER))
    (record,) = await records()
    assert (record["outcome"], record["error"]) == (outcome, error)
    assert [code for code in record["findings"] if finding and finding in code] or finding is None
    assert bool(record["findings"]) == (finding is not None)


@pytest.mark.parametrize("order", list(itertools.permutations(["offer", "session_connected", "session_disconnected"])))
async def test_the_record_is_the_same_when_directives_come_in_another_order_and_twice(
    function: FunctionProcess,
    account_server: AccountServer,
    signaling: SignalingService,
    camera: Camera,
    records: Records,
    order: tuple[str, ...],
) -> None:
    token = account_server.token()
    async with running_master(signaling.master_url, camera.channel_arn, answer_with(ANSWER)):
        for name in (*order, *order):
            event = initiate(token, OFFER) if name == "offer" else about_session(name, token)
            reply = await function.invoke(event)
            assert reply["header"]["name"] != "ErrorResponse"
            if name != "offer":
                assert reply["payload"] == {"sessionId": event["directive"]["payload"]["sessionId"]}
    (record,) = await records()
    assert record["outcome"] == "ANSWERED"
    assert {"started_at", "connected_at", "disconnected_at", "expires_at"} <= record.keys()


async def test_a_word_is_younger_than_its_offer_when_alexa_repeats_the_session_id(
    function: FunctionProcess,
    account_server: AccountServer,
    signaling: SignalingService,
    camera: Camera,
    records: Records,
) -> None:
    token = account_server.token()
    async with running_master(signaling.master_url, camera.channel_arn, answer_with(ANSWER)):
        for _ in range(2):
            await function.invoke(initiate(token, OFFER))
            for name in ("session_connected", "session_disconnected"):
                await function.invoke(about_session(name, token))
    (record,) = await records()
    assert record["started_at"] < record["connected_at"] < record["disconnected_at"]


async def test_the_offer_that_began_last_counts_when_an_older_one_ends_later(
    function: FunctionProcess,
    function_environment: dict[str, str],
    account_server: AccountServer,
    signaling: SignalingService,
    camera: Camera,
    records: Records,
) -> None:
    event = initiate(account_server.token(), OFFER)
    asked = asyncio.Event()

    def answer(message: dict[str, str]) -> str | None:
        is_first = not asked.is_set()
        asked.set()
        return None if is_first else answer_with(ANSWER)(message)

    async with (
        running_master(signaling.master_url, camera.channel_arn, answer),
        running_function({**function_environment, "RESPONSE_BUDGET_SECONDS": "2.5"}) as older,
    ):
        await older.invoke({})
        given_up = asyncio.create_task(older.invoke(event))
        await asked.wait()
        assert (await function.invoke(event))["header"]["name"] == "AnswerGeneratedForSession"
        assert (await given_up)["payload"]["type"] == "ENDPOINT_UNREACHABLE"
    (record,) = await records()
    assert record["outcome"] == "ANSWERED"


async def test_each_owner_has_a_record_when_two_sessions_have_the_same_id(
    function: FunctionProcess,
    account_server: AccountServer,
    signaling: SignalingService,
    add_camera: AddCamera,
    camera: Camera,
    records: Records,
) -> None:
    url = signaling.data_plane_url
    await asyncio.to_thread(add_camera, url, channel_arn=camera.channel_arn, user_id="another-user")
    async with running_master(signaling.master_url, camera.channel_arn, answer_with(ANSWER)):
        for user_id in (USER_ID, "another-user"):
            await function.invoke(initiate(account_server.token(sub=user_id), OFFER))
    assert {record["user_id"] for record in await records()} == {USER_ID, "another-user"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "[]"),
        (200, "null"),
        (200, '{"Attributes":[]}'),
        (200, '{"Attributes":' + "[" * 5_000 + "]" * 5_000 + "}"),
        (503, "[]"),
        (503, "null"),
        (400, "[]"),
        (400, '{"__type":["a"]}'),
        (400, '{"__type":"\\ud800"}'),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_the_cameras_answer_returns_when_the_table_answers_nonsense(
    function_environment: dict[str, str],
    account_server: AccountServer,
    signaling: SignalingService,
    camera: Camera,
    to_dynamodb: Wire,
    status: int,
    body: str,
) -> None:
    to_dynamodb.muted.clear()
    to_dynamodb.replies["UpdateItem"] = [dynamodb_reply(status, body)] * 20
    async with (
        running_function({**function_environment, "AWS_ENDPOINT_URL_DYNAMODB": to_dynamodb.url}) as function,
        running_master(signaling.master_url, camera.channel_arn, answer_with(ANSWER)),
    ):
        for event in (
            initiate(account_server.token(), OFFER),
            about_session("session_connected", account_server.token()),
        ):
            reply = await function.invoke(event)
            assert reply["header"]["name"] != "ErrorResponse"
        assert psutil.Process(function.pid).num_threads() <= 3


@pytest.mark.parametrize(
    ("names", "never_connected"),
    [
        (("offer", "session_disconnected"), 1),
        (("offer", "session_disconnected", "session_disconnected"), 1),
        (("offer", "session_connected", "session_disconnected"), 0),
        (("session_disconnected",), 0),
        (("offer", "session_connected", "session_disconnected", "offer", "session_disconnected"), 1),
    ],
    ids=["offer-end", "offer-end-end", "offer-connected-end", "end", "again"],
)
async def test_a_session_that_never_connected_is_counted_once_when_it_ends(
    function: FunctionProcess,
    account_server: AccountServer,
    signaling: SignalingService,
    camera: Camera,
    names: tuple[str, ...],
    never_connected: int,
) -> None:
    token = account_server.token()
    async with running_master(signaling.master_url, camera.channel_arn, answer_with(ANSWER)):
        for name in names:
            await function.invoke(initiate(token, OFFER) if name == "offer" else about_session(name, token))
    assert "".join(function.output).count('"NeverConnected":[1.0]') == never_connected


@pytest.fixture
async def to_dynamodb(function_environment: dict[str, str]) -> AsyncIterator[Wire]:
    """A wire on which nothing can be written."""
    async with running_wire(function_environment["AWS_ENDPOINT_URL"]) as wire:
        wire.muted.add("UpdateItem")
        yield wire


async def test_the_answer_returns_and_the_log_line_is_the_record_when_nothing_can_be_written(
    function_environment: dict[str, str],
    account_server: AccountServer,
    signaling: SignalingService,
    camera: Camera,
    records: Records,
    to_dynamodb: Wire,
) -> None:
    async with (
        running_function({**function_environment, "AWS_ENDPOINT_URL_DYNAMODB": to_dynamodb.url}) as function,
        running_master(signaling.master_url, camera.channel_arn, answer_with(ANSWER)),
    ):
        await function.invoke({})
        function.output.clear()
        started = time.monotonic()
        reply = await function.invoke(initiate(account_server.token(), OFFER))
        assert reply["header"]["name"] == "AnswerGeneratedForSession"
        assert time.monotonic() - started < 2.0
    assert json.loads(function.output[0])["session_unrecorded"] == "DeadlineExceededError"
    assert json.loads(function.output[1])["SessionsUnrecorded"] == [1.0]
    assert await records() == []


@pytest.mark.parametrize("name", ["session_connected", "session_disconnected"])
async def test_word_of_a_session_is_answered_when_nothing_can_be_written(
    function_environment: dict[str, str],
    account_server: AccountServer,
    camera: Camera,
    to_dynamodb: Wire,
    name: str,
) -> None:
    assert camera.channel_arn
    async with running_function({**function_environment, "AWS_ENDPOINT_URL_DYNAMODB": to_dynamodb.url}) as function:
        event = about_session(name, account_server.token())
        reply = await function.invoke(event)
        assert reply["payload"] == event["directive"]["payload"], function.output
