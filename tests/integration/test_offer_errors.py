"""What Alexa, the log and the metrics are told when an offer fails, and what none of them is told."""

import asyncio
import json
import socket
from typing import Any

import boto3
import pytest
from aiohttp import web

from camera_skill.adapters.signaling import KvsSignaling
from camera_skill.adapters.tables import Registry
from camera_skill.budget import Budget
from camera_skill.camera import Camera
from camera_skill.errors import ClientIdRefusedError, SignalingSessionExpiredError, SignalingUnreachableError
from simulator.credentials import PROCESS_CREDENTIALS
from simulator.signaling import Call, Interceptor, Proceed, SignalingService, SignalingSettings, TurnServer, errors
from simulator.signaling.errors import ErrorType, ServiceError
from tests.conftest import ARN, AddCamera
from tests.support.account_server import AccountServer
from tests.support.directives import ANSWER, ENDPOINT_ID, OFFER, about_session, discover, initiate
from tests.support.function_process import FunctionProcess, running_function
from tests.support.master import answer_with, create_channel, running_master
from tests.support.servers import slow_server


@pytest.fixture
def function_environment(function_environment: dict[str, str], signaling: SignalingService) -> dict[str, str]:
    return {**function_environment, "AWS_ENDPOINT_URL_KINESIS_VIDEO": signaling.control_plane_url}


def raising(error_type: ErrorType) -> Interceptor:
    """Lets the signaling service answer every call with this error."""

    async def refuse(call: Call, proceed: Proceed) -> web.StreamResponse:  # noqa: ARG001 - the service's signature
        raise ServiceError(error_type, "as the test wants it")

    return refuse


def told(function: FunctionProcess) -> tuple[dict[str, Any], dict[str, Any]]:
    """The log line and the metrics line of the one directive that came."""
    log, metrics = (json.loads(line) for line in function.output)
    return log, metrics


async def test_the_bridge_is_unreachable_when_a_success_holds_no_object(
    function: FunctionProcess, account_server: AccountServer, signaling: SignalingService, add_camera: AddCamera
) -> None:
    bodies = [b"[]", b'"x"', b"\xff", b'{"Answer": "ab']
    left = list(bodies)

    async def answer(call: Call, proceed: Proceed) -> web.StreamResponse:  # noqa: ARG001 - the service's signature
        return web.Response(body=left.pop(), content_type="application/json")

    await asyncio.to_thread(add_camera, signaling.data_plane_url)
    signaling.intercept(answer)
    for _ in bodies:
        reply = await function.invoke(initiate(account_server.token(), OFFER))
        assert reply["payload"]["type"] == "BRIDGE_UNREACHABLE"
    assert left == []


async def test_the_bridge_is_unreachable_when_nobody_listens_at_any_endpoint(
    function_environment: dict[str, str], account_server: AccountServer, add_camera: AddCamera
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        await asyncio.to_thread(add_camera, url)
        async with running_function({**function_environment, "AWS_ENDPOINT_URL_KINESIS_VIDEO": url}) as function:
            reply = await function.invoke(initiate(account_server.token(), OFFER))
    assert reply["payload"]["type"] == "BRIDGE_UNREACHABLE"


@pytest.mark.parametrize("repeated", ["MessagePayload", "SENTINEL-session-token"])
async def test_no_secret_is_logged_when_the_service_repeats_what_it_was_sent(
    function: FunctionProcess,
    account_server: AccountServer,
    signaling: SignalingService,
    add_camera: AddCamera,
    repeated: str,
) -> None:
    payloads = []

    async def repeat(call: Call, proceed: Proceed) -> web.StreamResponse:  # noqa: ARG001 - the service's signature
        payloads.append((call.parameters or {})["MessagePayload"])
        said = payloads[-1] if repeated == "MessagePayload" else repeated
        raise ServiceError(ErrorType("ValidationException", 400), f"Value '{said}' is not valid")

    await asyncio.to_thread(add_camera, signaling.data_plane_url)
    signaling.intercept(repeat)
    await function.invoke(initiate(account_server.token(), OFFER))
    output = "".join(function.output)
    assert "ValidationException" in output
    assert payloads[0] not in output
    assert repeated not in output


async def test_no_secret_is_logged_when_directives_succeed_and_fail(
    function: FunctionProcess, account_server: AccountServer, signaling: SignalingService, add_camera: AddCamera
) -> None:
    arn = await asyncio.to_thread(create_channel, signaling)
    await asyncio.to_thread(add_camera, signaling.data_plane_url, channel_arn=arn)
    tokens = [account_server.token(), account_server.token(exp=1_700_000_000), "SENTINEL-token"]
    offers = [OFFER, "SENTINEL-offer", f"{OFFER}a={'SENTINEL' * 1000}\r\n"]
    for said in (answer_with(ANSWER), lambda _: "SENTINEL-answer", answer_with("v=0\r\ns=SENTINEL\r\n")):
        async with running_master(signaling.master_url, arn, said):
            for token in tokens:
                for offer in offers:
                    await function.invoke(initiate(token, offer))
                await function.invoke(discover(token))
                await function.invoke(about_session("session_connected", token))
    output = "".join(function.output)
    assert output.count("InitiateSessionWithOffer") >= 27
    passwords = [line for line in (OFFER + ANSWER).splitlines() if line.startswith(("a=ice-", "a=fingerprint"))]
    for secret in ("SENTINEL", *tokens, *(line.partition(":")[2] for line in passwords)):
        assert secret not in output


async def test_turn_servers_come_with_their_credentials_when_the_channel_has_some(registry: Registry) -> None:
    turn = TurnServer(("turn:127.0.0.1:3478?transport=udp",), "secret")
    async with SignalingService(SignalingSettings(turn_servers=(turn,))) as service:
        arn = await asyncio.to_thread(create_channel, service)
        camera = Camera(ENDPOINT_ID, arn, "us-east-1", service.data_plane_url)
        (server,) = await asyncio.to_thread(adapter(registry).ice_servers, camera, Budget(5.0))
    assert (server.uris, server.ttl) == (turn.uris, 300)
    assert server.username.split(":")[0].isdigit()
    assert server.password not in repr(server)
    assert server.username not in repr(server)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [(errors.INVALID_CLIENT, ClientIdRefusedError), (errors.SESSION_EXPIRED, SignalingSessionExpiredError)],
    ids=["InvalidClientException", "SessionExpiredException"],
)
async def test_turn_servers_are_refused_by_name_when_the_service_raises(
    signaling: SignalingService, registry: Registry, raised: ErrorType, expected: type[Exception]
) -> None:
    signaling.intercept(raising(raised))
    camera = Camera(ENDPOINT_ID, ARN, "us-east-1", signaling.data_plane_url)
    with pytest.raises(expected, match=ENDPOINT_ID):
        await asyncio.to_thread(adapter(registry).ice_servers, camera, Budget(5.0))


async def test_the_service_is_to_blame_when_turn_servers_do_not_come_in_time(registry: Registry) -> None:
    async with slow_server() as url:
        camera = Camera(ENDPOINT_ID, ARN, "us-east-1", url)
        with pytest.raises(SignalingUnreachableError, match=ENDPOINT_ID):
            await asyncio.to_thread(adapter(registry).ice_servers, camera, Budget(0.3))


def adapter(registry: Registry) -> KvsSignaling:
    session = boto3.Session(*PROCESS_CREDENTIALS[:2], region_name="us-east-1")
    return KvsSignaling(session, registry.store_signaling_endpoint, {"127.0.0.1"})
