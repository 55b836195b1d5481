"""Amazon's JavaScript clients, as npm has them: the SDK's SignalingClient, and the clients of both planes."""

import base64
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from simulator.signaling import SignalingService, SignalingSettings, TurnServer
from tests.support.node import running_script
from tests.support.signaling_client import OFFER_SDP, Account, Peer, StartService, signed_url, wrap

pytestmark = pytest.mark.usefixtures("javascript")
ABSENT_ARN = "arn:aws:kinesisvideo:us-east-1:000000000000:channel/absent/1700000000000"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca(authority: trustme.CA) -> Iterator[Path]:
    with authority.cert_pem.tempfile() as path:
        yield Path(path)


@pytest.fixture
async def service(start_service: StartService, authority: trustme.CA) -> SignalingService:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    turn = TurnServer(("turn:127.0.0.1:3478?transport=udp",), "secret")
    return await start_service(SignalingSettings(tls=context, turn_servers=(turn,)))


@pytest.fixture
def account(service: SignalingService, ca: Path) -> Account:
    return Account(service, ca=ca)


async def test_sdks_master_answers_when_an_alexa_offer_comes(
    service: SignalingService, account: Account, ca: Path
) -> None:
    arn = await account.create_channel()
    settings = {"endpoint": service.control_plane_url, "channelName": "front-door", "answer": "v=0\r\ns=a\r\n"}
    async with running_script("master.js", settings, ca) as script:
        opened = await script.event("open")
        assert opened["channelARN"] == arn
        assert opened["iceServers"][0]["Uris"] == ["turn:127.0.0.1:3478?transport=udp"]
        for sender in ("echo-1", "echo-2"):
            sending = account.offer(arn, sender)
            offered = await script.event("offer")
            assert (offered["senderClientId"], offered["sdp"]) == (sender, OFFER_SDP)
            answer = await sending
            assert answer["Answer"] == wrap_as_javascript("answer", "v=0\r\ns=a\r\n")
        assert await script.stop() == 0


async def test_sdks_master_hears_of_its_error_when_its_correlation_id_is_given(
    service: SignalingService, account: Account, ca: Path
) -> None:
    arn = await account.create_channel()
    settings = {"endpoint": service.control_plane_url, "channelName": "front-door", "correlationId": "c-1"}
    async with running_script("master.js", settings | {"answer": "v=0\r\n" + "x" * 7500}, ca) as script:
        await script.event("open")
        sending = account.offer(arn)
        status = await script.event("statusResponse")
        assert status["correlationId"] == "c-1"
        assert (status["errorType"], status["statusCode"]) == ("InvalidArgumentException", "400")
        sending.cancel()


async def test_sdks_viewer_gets_the_answer_when_a_python_master_answers(
    service: SignalingService, account: Account, authority: trustme.CA, ca: Path
) -> None:
    arn = await account.create_channel()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    settings = {
        "endpoint": service.control_plane_url,
        "channelName": "front-door",
        "clientId": "viewer-1",
        "offer": OFFER_SDP,
    }
    async with (
        Peer(signed_url(service.master_url, arn), tls=trusting) as camera,
        running_script("viewer.js", settings, ca) as script,
    ):
        offer = await camera.receive(20)
        assert offer["senderClientId"] == "viewer-1"
        assert offer["messagePayload"] == wrap_as_javascript("offer", OFFER_SDP)
        assert (await camera.receive())["messageType"] == "ICE_CANDIDATE"
        await camera.answer("viewer-1")
        answered = await script.event("answer")
        assert answered["sdp"] == OFFER_SDP
        assert (await script.event("close")) == {"event": "close"}
        assert await script.stop() == 0


async def test_sdks_master_and_viewer_understand_each_other_when_both_run_in_node(
    service: SignalingService, account: Account, ca: Path
) -> None:
    await account.create_channel()
    settings = {"endpoint": service.control_plane_url, "channelName": "front-door"}
    offer = OFFER_SDP + "m=video 9 UDP/TLS/RTP/SAVPF 99\r\na=mid:0\r\na=recvonly\r\na=rtpmap:99 H264/90000\r\n"
    async with running_script("master.js", settings, ca) as script:
        await script.event("open")
        viewer_settings = settings | {"clientId": "viewer-1", "offer": offer}
        async with running_script("viewer.js", viewer_settings, ca) as viewer:
            answer = (await viewer.event("answer"))["sdp"]
    assert "m=video 9 UDP/TLS/RTP/SAVPF 99\r\n" in answer
    assert "a=sendonly\r\n" in answer


async def test_sdks_master_says_why_when_its_secret_is_wrong(
    service: SignalingService, account: Account, ca: Path
) -> None:
    await account.create_channel()
    settings = {"endpoint": service.control_plane_url, "channelName": "front-door", "secretAccessKey": "wrong"}
    async with running_script("master.js", settings, ca) as script:
        error = await script.next_event()
        assert (error["event"], error["name"]) == ("error", "InvalidSignatureException")


async def test_amazons_client_gets_what_it_asks_for_when_it_calls_the_control_plane(
    service: SignalingService, account: Account, ca: Path
) -> None:
    arn = await account.create_channel("front-yard")
    by_arn = {"ChannelARN": arn}
    by_resource = {"ResourceARN": arn}
    endpoint = {"Protocols": ["WSS", "HTTPS"], "Role": "MASTER"}
    tag = {"Key": "room", "Value": "hall"}
    calls: list[tuple[str, Any]] = [
        ("CreateSignalingChannel", {"ChannelName": "front-door", "Tags": [tag]}),
        ("CreateSignalingChannel", {"ChannelName": "front-door"}),
        ("DescribeSignalingChannel", by_arn),
        ("ListSignalingChannels", {"MaxResults": 1}),
        ("GetSignalingChannelEndpoint", by_arn | {"SingleMasterChannelEndpointConfiguration": endpoint}),
        ("DescribeMediaStorageConfiguration", by_arn),
        ("TagResource", by_resource | {"Tags": [tag]}),
        ("ListTagsForResource", by_resource),
        ("UntagResource", by_resource | {"TagKeyList": ["room"]}),
        (
            "UpdateSignalingChannel",
            by_arn | {"CurrentVersion": "1", "SingleMasterConfiguration": {"MessageTtlSeconds": 5}},
        ),
        ("DeleteSignalingChannel", by_arn),
        ("DescribeSignalingChannel", by_arn),
    ]
    events = await called(service.control_plane_url, "control", calls, ca)
    outcomes = [event.get("name") or "result" for event in events]
    assert outcomes == [
        "result",
        "ResourceInUseException",
        *["result"] * 7,
        "VersionMismatchException",
        "result",
        "ResourceNotFoundException",
    ]
    assert all(event.get("isModelled", True) for event in events)
    assert [event["status"] for event in events if "status" in event] == [400, 400, 404]
    described, listed, endpoints = (event["output"] for event in events[2:5])
    assert described["ChannelInfo"]["ChannelARN"] == arn
    assert described["ChannelInfo"]["CreationTime"].endswith("Z")
    assert (len(listed["ChannelInfoList"]), bool(listed["NextToken"])) == (1, True)
    assert endpoints["ResourceEndpointList"][0] == {"Protocol": "WSS", "ResourceEndpoint": service.master_url}
    assert events[7]["output"] == {"Tags": {"room": "hall"}}


async def test_amazons_client_gets_what_it_asks_for_when_it_calls_the_data_plane(
    service: SignalingService, account: Account, ca: Path
) -> None:
    arn = await account.create_channel()
    offer = {"SenderClientId": "echo-1", "MessagePayload": wrap("offer")}
    calls: list[tuple[str, Any]] = [
        ("GetIceServerConfig", {"ChannelARN": arn, "Service": "TURN"}),
        ("SendAlexaOfferToMaster", {"ChannelARN": ABSENT_ARN, **offer}),
        ("SendAlexaOfferToMaster", {"ChannelARN": arn, **offer, "MessagePayload": "not base64!"}),
    ]
    config, absent, invalid = await called(service.data_plane_url, "data", calls, ca)
    assert config["output"]["IceServerList"][0]["Ttl"] == 300
    assert config["requestId"]
    assert (absent["name"], absent["status"], absent["isModelled"]) == ("ResourceNotFoundException", 404, True)
    assert (invalid["name"], invalid["status"], invalid["isModelled"]) == ("InvalidArgumentException", 400, True)


async def called(url: str, plane: str, calls: list[tuple[str, Any]], ca: Path) -> list[dict[str, Any]]:
    """What Amazon's own client makes of these calls."""
    listed = [{"operation": operation, "input": parameters} for operation, parameters in calls]
    async with running_script("call.js", {"endpoint": url, "plane": plane, "calls": listed}, ca) as script:
        return [await script.next_event() for _ in calls]


def wrap_as_javascript(kind: str, sdp: str) -> str:
    """The base64 that `btoa(JSON.stringify(…))` makes: JSON without spaces."""
    return base64.b64encode(json.dumps({"type": kind, "sdp": sdp}, separators=(",", ":")).encode()).decode()
