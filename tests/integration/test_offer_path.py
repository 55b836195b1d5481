"""Offers through the function in this process, with real sockets to everything that it talks to."""

import asyncio
import json
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from camera_skill.adapters.tokens.json_web_tokens import LEEWAY_SECONDS
from camera_skill.camera import Camera, CameraLink
from simulator.signaling import SignalingService
from tests.conftest import AddCamera
from tests.support.account_server import USER_ID, AccountServer
from tests.support.directives import (
    ANSWER,
    ENDPOINT_ID,
    OFFER,
    OFFERS,
    about_session,
    discover,
    initiate,
    read_sdp,
    real_echo_offer,
)
from tests.support.function import Function
from tests.support.master import Master, running_master
from tests.support.registrations import Registrations

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


async def invoke(function: Function, event: object) -> dict[str, Any]:
    reply: dict[str, Any] = (await asyncio.to_thread(function, event))["event"]
    return reply


def calls(signaling: SignalingService) -> list[str]:
    """The data-plane calls that the signaling service got."""
    return [r.operation for r in signaling.requests if r.operation in {"SendAlexaOfferToMaster", "GetIceServerConfig"}]


async def test_the_cameras_answer_returns_when_an_offer_comes(
    function_in_process: Function, account_server: AccountServer, master: Master
) -> None:
    event = initiate(account_server.token(), OFFER)
    reply = await invoke(function_in_process, event)
    header = event["directive"]["header"]
    assert reply["header"] == {
        "namespace": "Alexa.RTCSessionController",
        "name": "AnswerGeneratedForSession",
        "messageId": reply["header"]["messageId"],
        "correlationToken": header["correlationToken"],
        "payloadVersion": "3",
    }
    assert reply["endpoint"] == {"endpointId": ENDPOINT_ID}
    assert reply["payload"] == {"answer": {"format": "SDP", "value": ANSWER}}
    assert len(master.offers) == 1


@pytest.mark.parametrize(
    "read",
    [*(partial(read_sdp, file) for file in OFFERS), real_echo_offer],
    ids=[*(file.stem for file in OFFERS), "real-echo-show"],
)
async def test_the_offer_arrives_byte_for_byte_when_line_ends_are_set_aside(
    function_in_process: Function, account_server: AccountServer, master: Master, read: Callable[[], str]
) -> None:
    offer = read()
    await invoke(function_in_process, initiate(account_server.token(), offer))
    lines = offer.replace("\r\n", "\n").split("\n")
    assert master.offers == [{"type": "offer", "sdp": "".join(f"{line}\r\n" for line in lines if line)}]


async def test_every_offer_has_its_own_client_id_when_alexa_repeats_a_session(
    function_in_process: Function, account_server: AccountServer, master: Master
) -> None:
    event = initiate(account_server.token(), OFFER)
    await invoke(function_in_process, event)
    await invoke(function_in_process, event)
    assert len(set(master.peers)) == 2


async def test_the_offer_stays_here_when_it_has_7501_bytes(
    function_in_process: Function, account_server: AccountServer, master: Master, signaling: SignalingService
) -> None:
    def offer_of(size: int) -> str:
        wrapped = len(json.dumps({"type": "offer", "sdp": OFFER}, separators=(",", ":")))
        return f"{OFFER}a={'x' * (size - wrapped - len('a=') - len(json.dumps('  ')))}\r\n"

    reply = await invoke(function_in_process, initiate(account_server.token(), offer_of(7_501)))
    assert reply["payload"]["type"] == "INVALID_VALUE"
    assert "7501 bytes" in reply["payload"]["message"]
    assert calls(signaling) == []
    reply = await invoke(function_in_process, initiate(account_server.token(), offer_of(7_500)))
    assert reply["header"]["name"] == "AnswerGeneratedForSession"
    assert len(master.offers) == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (lambda _: json.dumps({"type": "error", "reason": "BUSY"}), {"type": "ENDPOINT_BUSY"}),
        (
            lambda _: json.dumps({"type": "error", "reason": "PRIVACY"}),
            {"type": "NOT_SUPPORTED_IN_CURRENT_MODE", "currentDeviceMode": "OTHER"},
        ),
        (
            lambda _: json.dumps({"type": "error", "reason": "ASLEEP"}),
            {"type": "NOT_SUPPORTED_IN_CURRENT_MODE", "currentDeviceMode": "ASLEEP"},
        ),
        (
            lambda _: json.dumps({"type": "error", "reason": "LOW_POWER", "percentage": 3}),
            {"type": "ENDPOINT_LOW_POWER", "percentageState": 3.0},
        ),
        (lambda _: json.dumps({"type": "error", "reason": "DINNER"}), {"type": "ENDPOINT_UNREACHABLE"}),
        (lambda _: "neither JSON nor SDP", {"type": "ENDPOINT_UNREACHABLE"}),
        (lambda _: json.dumps({"type": "answer", "sdp": "v=0\r\n"}), {"type": "ENDPOINT_UNREACHABLE"}),
    ],
    ids=["busy", "privacy", "asleep", "low-power", "unknown-reason", "garbage", "no-video"],
)
async def test_alexa_hears_why_when_the_camera_gives_no_answer_that_works(
    function_in_process: Function,
    account_server: AccountServer,
    signaling: SignalingService,
    camera: Camera,
    said: Callable[[dict[str, str]], str],
    error: dict[str, object],
) -> None:
    async with running_master(signaling.master_url, camera.channel_arn, said):
        reply = await invoke(function_in_process, initiate(account_server.token(), OFFER))
    assert reply["header"]["namespace"] == "Alexa"
    assert reply["header"]["name"] == "ErrorResponse"
    message = reply["payload"].pop("message")
    assert reply["payload"] == error
    assert ENDPOINT_ID in message


async def test_a_bare_sdp_is_taken_when_the_camera_forgets_the_json(
    function_in_process: Function, account_server: AccountServer, signaling: SignalingService, camera: Camera
) -> None:
    async with running_master(signaling.master_url, camera.channel_arn, lambda _: ANSWER):
        reply = await invoke(function_in_process, initiate(account_server.token(), OFFER))
    assert reply["payload"] == {"answer": {"format": "SDP", "value": ANSWER}}


@pytest.mark.parametrize("name", ["session_connected", "session_disconnected"])
async def test_the_event_of_the_same_name_returns_when_alexa_tells_of_a_session(
    function_in_process: Function, account_server: AccountServer, camera: Camera, name: str
) -> None:
    event = about_session(name, account_server.token(), camera.endpoint_id)
    reply = await invoke(function_in_process, event)
    assert reply["header"]["name"] == event["directive"]["header"]["name"]
    assert reply["payload"] == event["directive"]["payload"]


async def test_a_user_sees_own_cameras_only_when_discovering(
    function_in_process: Function, account_server: AccountServer, add_camera: AddCamera
) -> None:
    add_camera("https://r-1.kinesisvideo.us-east-1.amazonaws.com", endpoint_id="a", friendly_name="Garden")
    add_camera("https://r-1.kinesisvideo.us-east-1.amazonaws.com", endpoint_id="b", friendly_name="Attic")
    add_camera("https://r-1.kinesisvideo.us-east-1.amazonaws.com", endpoint_id="c", user_id="another-user")
    reply = await invoke(function_in_process, discover(account_server.token()))
    endpoints = reply["payload"]["endpoints"]
    assert [(endpoint["endpointId"], endpoint["friendlyName"]) for endpoint in endpoints] == [
        ("b", "Attic"),
        ("a", "Garden"),
    ]


@pytest.mark.parametrize(
    "spoiled",
    [{"channel_arn": {"N": "1"}}, {"channel_arn": None}, {"model": {"L": []}}, {"is_doorbell": {"S": "yes"}}],
    ids=str,
)
async def test_the_other_cameras_are_found_when_one_cannot_be_read(
    function_in_process: Function,
    account_server: AccountServer,
    add_camera: AddCamera,
    dynamodb: "DynamoDBClient",
    table_names: tuple[str, str],
    spoiled: dict[str, Any],
) -> None:
    for endpoint_id in ("good", "bad"):
        add_camera("https://r-1.kinesisvideo.us-east-1.amazonaws.com", endpoint_id=endpoint_id)
    key = {"pk": {"S": "CAMERA#bad"}, "sk": {"S": "CAMERA"}}
    item = {**dynamodb.get_item(TableName=table_names[0], Key=key)["Item"], **spoiled}
    dynamodb.put_item(TableName=table_names[0], Item={name: value for name, value in item.items() if value})
    reply = await invoke(function_in_process, discover(account_server.token()))
    assert [endpoint["endpointId"] for endpoint in reply["payload"]["endpoints"]] == ["good"]


async def test_discovery_is_empty_and_no_error_when_the_token_is_wrong(function_in_process: Function) -> None:
    reply = await invoke(function_in_process, discover("not-a-token"))
    assert reply["header"]["name"] == "Discover.Response"
    assert reply["payload"] == {"endpoints": []}


def wrong_tokens(server: AccountServer) -> dict[str, tuple[str, str]]:
    """Tokens that must not open anything, and the Alexa error for each."""
    invalid, expired = "INVALID_AUTHORIZATION_CREDENTIAL", "EXPIRED_AUTHORIZATION_CREDENTIAL"
    good = server.token()
    server.add_key("forger")
    forged = server.token(key_id="forger", headers={"kid": "key-1"})
    del server.keys["forger"]
    return {
        "none": ("", invalid),
        "no JWT": ("Atza|example", invalid),
        "forged with another key": (forged, invalid),
        "tampered": (good[:-6] + ("AAAAAA" if not good.endswith("AAAAAA") else "BBBBBB"), invalid),
        "expired": (server.token(exp=1_700_000_000), expired),
        "other issuer": (server.token(iss="https://issuer.example"), invalid),
        "other client": (server.token(client_id="another-client"), invalid),
        "id token": (server.token(token_use="id"), invalid),  # a kind of token
        "no subject": (server.token(sub=None), invalid),
    }


async def test_a_token_that_was_taken_is_refused_when_its_time_is_over(
    function_in_process: Function, account_server: AccountServer, master: Master
) -> None:
    token = account_server.token(exp=int(time.time()) - LEEWAY_SECONDS + 2)
    assert (await invoke(function_in_process, initiate(token, OFFER)))["header"]["name"] == "AnswerGeneratedForSession"
    await asyncio.sleep(2.1)  # the time that passes is what is tested
    reply = await invoke(function_in_process, initiate(token, OFFER))
    assert reply["payload"]["type"] == "EXPIRED_AUTHORIZATION_CREDENTIAL"
    assert len(master.offers) == 1


async def test_nothing_reaches_the_signaling_service_when_the_token_is_wrong(
    function_in_process: Function, account_server: AccountServer, signaling: SignalingService, master: Master
) -> None:
    before = len(signaling.requests)
    answers = {
        name: (await invoke(function_in_process, initiate(token, OFFER)))["payload"]["type"]
        for name, (token, _) in wrong_tokens(account_server).items()
    }
    assert answers == {name: error for name, (_, error) in wrong_tokens(account_server).items()}
    assert len(signaling.requests) == before
    assert master.offers == []


async def test_nothing_reaches_the_signaling_service_when_the_camera_is_another_users(
    function_in_process: Function,
    account_server: AccountServer,
    signaling: SignalingService,
    master: Master,
    camera: Camera,
) -> None:
    before = len(signaling.requests)
    stranger = account_server.token(sub="5f0f6b2e-0000-4000-8000-000000000002")
    for endpoint_id in (camera.endpoint_id, "camera-skill-guessed", "not/a/camera", ""):
        reply = await invoke(function_in_process, initiate(stranger, OFFER, endpoint_id))
        assert reply["payload"]["type"] == "NO_SUCH_ENDPOINT"
    assert len(signaling.requests) == before
    assert master.offers == []


async def test_a_camera_is_gone_for_its_user_when_the_link_is_removed(
    function_in_process: Function,
    account_server: AccountServer,
    camera: Camera,
    master: Master,
    registrations: Registrations,
) -> None:
    await asyncio.to_thread(registrations.unlink, CameraLink(USER_ID, camera.endpoint_id, ""))
    reply = await invoke(function_in_process, initiate(account_server.token(), OFFER))
    assert reply["payload"]["type"] == "NO_SUCH_ENDPOINT"
    assert master.offers == []
