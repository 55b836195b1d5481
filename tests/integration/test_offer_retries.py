"""When an offer is sent a second time, when it is not, and that no camera gets it twice."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from camera_skill.adapters.tables import Registry
from camera_skill.budget import Budget
from camera_skill.camera import Camera
from simulator.signaling import Call, Fault, Interceptor, Proceed, SignalingService, SignalingSettings
from tests.conftest import AddCamera
from tests.support.account_server import AccountServer
from tests.support.directives import ENDPOINT_ID
from tests.support.function_process import FunctionProcess, running_function
from tests.support.master import Master
from tests.support.offers import LOOK_UP, SEND, Offers, stored
from tests.support.wire import running_wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def function_environment(function_environment: dict[str, str], signaling: SignalingService) -> dict[str, str]:
    return {**function_environment, "AWS_ENDPOINT_URL_KINESIS_VIDEO": signaling.control_plane_url}


@pytest.fixture
async def camera(camera: Camera, master: Master) -> Camera:
    """A registered camera, connected, that answers."""
    assert not master.offers
    return camera


@pytest.fixture
def dead_url() -> Iterator[str]:
    """A URL of a port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def offers(account_server: AccountServer, signaling: SignalingService) -> Offers:
    return Offers(account_server, signaling)


REPEATED = {
    "client-limit-exceeded": ("SignalingThrottledError", "RATE_LIMIT_EXCEEDED", 0),
    "resource-not-found": ("ChannelNotFoundError", "NO_SUCH_ENDPOINT", 1),
    "session-expired": ("SignalingSessionExpiredError", "ENDPOINT_UNREACHABLE", 0),
}
"""Faults after which an offer is sent once more: the error, what Alexa is told in the end, look-ups."""


@pytest.mark.usefixtures("camera")
@pytest.mark.parametrize("fault", REPEATED)
async def test_the_answer_comes_and_the_camera_gets_one_offer_when_the_first_call_fails(
    function: FunctionProcess, offers: Offers, signaling: SignalingService, fault: str
) -> None:
    error, _, look_ups = REPEATED[fault]
    signaling.faults.set(Fault(fault), times=1)
    told = await offers.send(function)
    assert told.outcome == "AnswerGeneratedForSession"
    assert told.calls == {SEND: 2, LOOK_UP: look_ups}
    assert offers.deliveries() == 1
    assert (told.log["retries"], told.metrics["Retries"]) == ([error], [1.0])
    first, second = (request for request in signaling.requests if request.operation == SEND)
    assert first.client_id != second.client_id
    if fault == "client-limit-exceeded":
        assert 0.1 <= second.time - first.time < 1.5


@pytest.mark.usefixtures("camera")
@pytest.mark.parametrize("fault", REPEATED)
async def test_alexa_is_told_after_two_calls_when_the_second_fails_as_the_first(
    function: FunctionProcess, offers: Offers, signaling: SignalingService, fault: str
) -> None:
    error, outcome, look_ups = REPEATED[fault]
    signaling.faults.set(Fault(fault))
    told = await offers.send(function)
    assert (told.outcome, told.log["retries"]) == (outcome, [error])
    assert told.calls == {SEND: 2, LOOK_UP: look_ups}
    assert offers.deliveries() == 0


@pytest.mark.usefixtures("camera")
async def test_there_is_no_third_call_when_the_second_fails_in_another_way(
    function: FunctionProcess, offers: Offers, signaling: SignalingService
) -> None:
    faults = [Fault(name) for name in REPEATED]
    for first in faults:
        for second in faults:
            left = [first, second]

            async def fail(call: Call, proceed: Proceed, left: list[Fault] = left) -> web.StreamResponse:
                if call.operation != SEND or not left:
                    return await proceed()
                effect = left.pop(0).kind.effect
                assert effect is not None
                return await effect(call, proceed, 0.0)

            signaling.intercept(fail)
            told = await offers.send(function)
            assert told.outcome == REPEATED[second.name][1]
            assert (told.calls[SEND], told.metrics["Retries"]) == (2, [1.0])
    assert offers.deliveries() == 0


@pytest.mark.usefixtures("camera")
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("invalid-argument", "INVALID_VALUE"),
        ("not-authorized", "INSUFFICIENT_PERMISSIONS"),
        ("invalid-client", "INTERNAL_ERROR"),
        ("clock-skew", "INTERNAL_ERROR"),
        ("http-403", "INTERNAL_ERROR"),
        ("http-404", "INTERNAL_ERROR"),
        ("http-500", "BRIDGE_UNREACHABLE"),
        ("http-503", "BRIDGE_UNREACHABLE"),
        ("wrong-host", "INTERNAL_ERROR"),
        ("reset", "BRIDGE_UNREACHABLE"),
        ("reset-after", "BRIDGE_UNREACHABLE"),
        ("cut-off", "BRIDGE_UNREACHABLE"),
        ("null-answer", "ENDPOINT_UNREACHABLE"),
    ],
)
async def test_there_is_no_second_call_when_a_second_could_not_help_or_reach_the_camera_twice(
    function: FunctionProcess, offers: Offers, signaling: SignalingService, fault: str, outcome: str
) -> None:
    signaling.faults.set(Fault(fault))
    for _ in range(2):  # on a new connection, and on one that may have been kept
        told = await offers.send(function)
        assert told.outcome == outcome
        assert told.calls == {SEND: 1, LOOK_UP: 0}
        assert told.log["retries"] == []
    assert offers.deliveries() <= 2


async def test_a_stale_endpoint_is_replaced_and_the_next_process_makes_one_call(
    function_environment: dict[str, str],
    function: FunctionProcess,
    offers: Offers,
    signaling: SignalingService,
    camera: Camera,
    add_camera: AddCamera,
    registry: Registry,
    dead_url: str,
) -> None:
    await asyncio.to_thread(add_camera, dead_url, channel_arn=camera.channel_arn)
    told = await offers.send(function)
    assert told.outcome == "AnswerGeneratedForSession"
    assert told.calls == {SEND: 1, LOOK_UP: 1}
    assert (told.log["retries"], offers.deliveries()) == (["SignalingConnectError"], 1)
    assert await stored(registry) == signaling.data_plane_url
    async with running_function(function_environment) as fresh:
        await fresh.invoke({})
        told = await offers.send(fresh)
    assert told.calls == {SEND: 1, LOOK_UP: 0}
    assert (told.log["retries"], offers.deliveries()) == ([], 2)


async def test_a_stale_endpoint_is_replaced_when_another_host_answers_there(
    function: FunctionProcess,
    offers: Offers,
    signaling: SignalingService,
    camera: Camera,
    add_camera: AddCamera,
    registry: Registry,
) -> None:
    async with SignalingService(SignalingSettings()) as other:
        await asyncio.to_thread(add_camera, other.data_plane_url, channel_arn=camera.channel_arn)
        told = await offers.send(function)
    assert (told.outcome, told.log["retries"]) == ("AnswerGeneratedForSession", ["ChannelNotFoundError"])
    assert (told.calls, offers.deliveries()) == ({SEND: 1, LOOK_UP: 1}, 1)
    assert await stored(registry) == signaling.data_plane_url


async def test_there_is_no_third_attempt_when_the_fresh_endpoint_fails(
    function: FunctionProcess,
    offers: Offers,
    signaling: SignalingService,
    camera: Camera,
    add_camera: AddCamera,
    dead_url: str,
) -> None:
    for fault in REPEATED:
        await asyncio.to_thread(add_camera, dead_url, channel_arn=camera.channel_arn)
        signaling.faults.set(Fault(fault))
        told = await offers.send(function)
        assert told.outcome == REPEATED[fault][1]
        assert told.calls == {SEND: 1, LOOK_UP: 1}
    assert offers.deliveries() == 0


FAILED_LOOK_UPS = {
    "resource-not-found": ("ChannelNotFoundError", "NO_SUCH_ENDPOINT"),
    "access-denied": ("ChannelForbiddenError", "INSUFFICIENT_PERMISSIONS"),
    "resource-in-use": ("SignalingUnreachableError", "BRIDGE_UNREACHABLE"),
    "http-500": ("SignalingUnreachableError", "BRIDGE_UNREACHABLE"),
    "reset": ("SignalingUnreachableError", "BRIDGE_UNREACHABLE"),
    "cut-off": ("SignalingUnreachableError", "BRIDGE_UNREACHABLE"),
    "never": ("SignalingUnreachableError", "BRIDGE_UNREACHABLE"),
    "dribble": ("SignalingUnreachableError", "BRIDGE_UNREACHABLE"),
    "client-limit-exceeded": ("SignalingThrottledError", "RATE_LIMIT_EXCEEDED"),
    "invalid-argument": ("ArgumentRefusedError", "NO_SUCH_ENDPOINT"),
    "clock-skew": ("SignalingError", "NO_SUCH_ENDPOINT"),
    "wrong-host": ("SignalingError", "NO_SUCH_ENDPOINT"),
    "empty-object": ("SignalingError", "NO_SUCH_ENDPOINT"),
}
"""Faults of the look-up: its error, and what Alexa is told if the stored endpoint knew no such channel."""


def naming(*endpoints: object) -> Interceptor:
    """A look-up that succeeds with this list."""

    async def name_them(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation != LOOK_UP:
            return await proceed()
        return web.json_response({"ResourceEndpointList": list(endpoints)})

    return name_them


MALFORMED: dict[str, list[object]] = {
    "text": ["x"],
    "null": [None],
    "number for an endpoint": [{"Protocol": "HTTPS", "ResourceEndpoint": 5}],
    "null for an endpoint": [{"Protocol": "HTTPS", "ResourceEndpoint": None}],
    "object for an endpoint": [{"Protocol": "HTTPS", "ResourceEndpoint": {}}],
    "no endpoint": [{"Protocol": "HTTPS"}],
    "of another protocol": [{"Protocol": "WSS", "ResourceEndpoint": "wss://127.0.0.1"}],
    "foreign": [{"Protocol": "HTTPS", "ResourceEndpoint": "https://signaling.example"}],
    "metadata service": [{"Protocol": "HTTPS", "ResourceEndpoint": "http://169.254.169.254"}],
    "empty": [{"Protocol": "HTTPS", "ResourceEndpoint": ""}],
    "no URL": [{"Protocol": "HTTPS", "ResourceEndpoint": "127.0.0.1"}],
}


@pytest.mark.parametrize("fault", FAILED_LOOK_UPS)
async def test_the_promised_second_attempt_is_made_when_the_look_up_after_a_refused_connection_fails(
    function: FunctionProcess,
    offers: Offers,
    signaling: SignalingService,
    camera: Camera,
    add_camera: AddCamera,
    registry: Registry,
    dead_url: str,
    fault: str,
) -> None:
    await asyncio.to_thread(add_camera, dead_url, channel_arn=camera.channel_arn)
    signaling.faults.set(Fault(fault), operation=LOOK_UP)
    told = await offers.send(function)
    assert (told.outcome, told.log["error"]) == ("BRIDGE_UNREACHABLE", "SignalingConnectError")
    assert ENDPOINT_ID in told.reply["payload"]["message"]
    assert told.calls == {SEND: 0, LOOK_UP: 1}
    assert told.log["retries"] == [f"SignalingConnectError; look-up failed: {FAILED_LOOK_UPS[fault][0]}"]
    assert told.seconds < 4.0
    assert await stored(registry) == dead_url


async def test_the_answer_comes_from_the_stored_endpoint_when_only_the_look_up_keeps_failing(
    function: FunctionProcess, offers: Offers, signaling: SignalingService, camera: Camera, registry: Registry
) -> None:
    refuse = Fault("resource-in-use").kind.effect
    assert refuse is not None

    async def serve_again_but_fail(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation != LOOK_UP:
            return await proceed()
        signaling.faults.clear()
        return await refuse(call, proceed, 0.0)

    signaling.faults.set(Fault("refused"))
    signaling.intercept(serve_again_but_fail)
    told = await offers.send(function)
    assert told.outcome == "AnswerGeneratedForSession"
    assert told.log["retries"] == ["SignalingConnectError; look-up failed: SignalingUnreachableError"]
    assert (told.calls, offers.deliveries()) == ({SEND: 1, LOOK_UP: 1}, 1)
    assert await stored(registry) == camera.signaling_endpoint


@pytest.mark.parametrize("fault", FAILED_LOOK_UPS)
async def test_alexa_is_told_the_cause_when_the_look_up_of_a_channel_that_was_not_found_fails(
    function: FunctionProcess,
    offers: Offers,
    signaling: SignalingService,
    camera: Camera,
    registry: Registry,
    fault: str,
) -> None:
    signaling.faults.set(Fault("resource-not-found"))
    signaling.faults.set(Fault(fault), operation=LOOK_UP)
    told = await offers.send(function)
    failure, outcome = FAILED_LOOK_UPS[fault]
    expected = "ChannelNotFoundError" if outcome == "NO_SUCH_ENDPOINT" else failure
    assert (told.outcome, told.log["error"]) == (outcome, expected)
    assert ENDPOINT_ID in told.reply["payload"]["message"]
    assert (told.calls, told.log["retries"]) == ({SEND: 1, LOOK_UP: 1}, [])
    if "exception" in told.log:
        assert f"{failure}: " in told.log["exception"]
    assert await stored(registry) == camera.signaling_endpoint


@pytest.mark.parametrize("reply", MALFORMED)
async def test_no_offer_goes_to_what_is_no_endpoint_of_awss_when_the_look_up_names_one(
    function: FunctionProcess,
    offers: Offers,
    signaling: SignalingService,
    camera: Camera,
    add_camera: AddCamera,
    registry: Registry,
    dead_url: str,
    reply: str,
) -> None:
    signaling.intercept(naming(*MALFORMED[reply]))
    signaling.faults.set(Fault("resource-not-found"))
    told = await offers.send(function)
    assert (told.outcome, told.calls) == ("NO_SUCH_ENDPOINT", {SEND: 1, LOOK_UP: 1})
    assert await stored(registry) == camera.signaling_endpoint
    await asyncio.to_thread(add_camera, dead_url, channel_arn=camera.channel_arn)
    told = await offers.send(function)
    assert (told.outcome, told.calls) == ("BRIDGE_UNREACHABLE", {SEND: 0, LOOK_UP: 1})
    assert told.log["retries"] == ["SignalingConnectError; look-up failed: SignalingError"]
    assert await stored(registry) == dead_url


@pytest.mark.usefixtures("camera")
@pytest.mark.parametrize(
    ("fault", "delay", "seconds"),
    [("client-limit-exceeded", 0.0, 2.4), ("session-expired", 1.6, 3.0), ("resource-not-found", 1.6, 3.0)],
)
async def test_there_is_no_second_call_when_too_little_time_is_left(
    function: FunctionProcess, offers: Offers, signaling: SignalingService, fault: str, delay: float, seconds: float
) -> None:
    effect = Fault(fault).kind.effect

    async def fail_late(call: Call, proceed: Proceed) -> web.StreamResponse:
        await asyncio.sleep(delay)
        assert effect is not None
        return await effect(call, proceed, 0.0)

    signaling.intercept(fail_late)
    told = await offers.send(function, seconds)
    assert told.outcome == REPEATED[fault][1]
    assert told.calls == {SEND: 1, LOOK_UP: 0}
    assert told.log["retries"] == []
    assert told.seconds < seconds


async def test_the_answer_comes_without_delay_and_the_log_says_it_when_the_endpoint_cannot_be_stored(
    function_environment: dict[str, str],
    offers: Offers,
    camera: Camera,
    add_camera: AddCamera,
    registry: Registry,
    dead_url: str,
) -> None:
    await asyncio.to_thread(add_camera, dead_url, channel_arn=camera.channel_arn)
    async with running_wire(function_environment["AWS_ENDPOINT_URL"]) as to_dynamodb:
        to_dynamodb.muted.add("UpdateItem")
        async with running_function({**function_environment, "AWS_ENDPOINT_URL": to_dynamodb.url}) as function:
            await function.invoke({})
            told = await offers.send(function)
    assert told.outcome == "AnswerGeneratedForSession"
    (reason,) = told.log["retries"]
    assert reason.startswith("SignalingConnectError; the registry did not answer in time")
    assert told.seconds < 2.5
    assert await stored(registry) == dead_url


async def test_nothing_is_stored_when_the_camera_was_changed_or_removed_meanwhile(
    registry: Registry, camera: Camera, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    read_before = replace(camera, signaling_endpoint="https://r-0.kinesisvideo.us-east-1.amazonaws.com")
    removed = replace(camera, endpoint_id="camera-skill-removed")
    for stale in (read_before, removed):
        await asyncio.to_thread(registry.store_signaling_endpoint, stale, "https://r-1.example", Budget(5.0))
    assert await stored(registry) == camera.signaling_endpoint
    key = {"pk": {"S": "CAMERA#camera-skill-removed"}, "sk": {"S": "CAMERA"}}
    assert "Item" not in await asyncio.to_thread(dynamodb.get_item, TableName=table_names[0], Key=key)
