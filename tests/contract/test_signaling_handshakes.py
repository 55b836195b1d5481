"""Who gets onto a WebSocket, and what the others are told."""

import asyncio
import contextlib
import ssl
from pathlib import Path

import aiohttp
import pytest
import trustme

from simulator.signaling import SignalingService, SignalingSettings
from tests.support.signaling_client import Account, Peer, StartService, handshake, signed_url, viewer, wrap

ABSENT_ARN = "arn:aws:kinesisvideo:us-east-1:000000000000:channel/absent/1700000000000"


@pytest.mark.parametrize("client_id", [None, "AWS_camera", "aws_camera", "front door", "v" * 257])
async def test_viewer_is_refused_with_400_when_its_client_id_is_none(
    service: SignalingService, arn: str, client_id: str | None
) -> None:
    assert await handshake(signed_url(service.viewer_url, arn, client_id)) == (400, "InvalidArgumentException")


async def test_handshake_is_refused_with_400_when_channel_arn_is_missing_or_none(service: SignalingService) -> None:
    assert await handshake(signed_url(service.master_url, None)) == (400, "InvalidArgumentException")
    assert await handshake(signed_url(service.master_url, "front-door")) == (400, "InvalidArgumentException")


async def test_handshake_is_refused_with_404_when_there_is_no_such_channel(service: SignalingService, arn: str) -> None:
    older = arn.rpartition("/")[0] + "/1600000000000"
    for absent in (ABSENT_ARN, older):
        assert await handshake(signed_url(service.master_url, absent)) == (404, "ResourceNotFoundException")
        assert await handshake(signed_url(service.viewer_url, absent, "v")) == (404, "ResourceNotFoundException")


async def test_handshake_is_refused_with_403_when_the_role_does_not_allow_it(start_service: StartService) -> None:
    async def authorize(_: str, action: str, __: str, ___: object) -> bool:
        return action != "kinesisvideo:ConnectAsMaster"

    service = await start_service(SignalingSettings(authorize=authorize))
    arn = await Account(service).create_channel()
    assert await handshake(signed_url(service.master_url, arn)) == (403, "AccessDeniedException")
    async with viewer(service, arn):
        pass


async def test_request_is_refused_with_400_when_it_is_no_websocket_handshake(
    service: SignalingService, arn: str
) -> None:
    async with aiohttp.ClientSession() as http, http.get(signed_url(service.master_url, arn)) as response:
        assert response.status == 400


async def test_master_connects_when_it_brings_a_client_id(service: SignalingService, arn: str) -> None:
    async with Peer(signed_url(service.master_url, arn, "MASTER")) as camera, viewer(service, arn) as peer:
        await peer.send("SDP_OFFER", wrap("offer"))
        assert (await camera.receive())["senderClientId"] == "viewer-1"


async def test_handshakes_are_throttled_when_there_are_more_than_three_a_second(
    service: SignalingService, arn: str
) -> None:
    urls = [signed_url(service.viewer_url, arn, f"viewer-{number}") for number in range(6)]
    async with contextlib.AsyncExitStack() as peers:
        results = await asyncio.gather(*(peers.enter_async_context(Peer(url)) for url in urls), return_exceptions=True)
        refused = [each for each in results if isinstance(each, aiohttp.WSServerHandshakeError)]
        assert 2 <= len(refused) <= 3
        assert {each.status for each in refused} == {400}


async def test_eleventh_viewer_is_refused_when_ten_are_connected(start_service: StartService) -> None:
    service = await start_service(SignalingSettings(rates=False))
    arn = await Account(service).create_channel()
    async with contextlib.AsyncExitStack() as peers:
        viewers = [await peers.enter_async_context(viewer(service, arn, f"viewer-{number}")) for number in range(10)]
        eleventh = signed_url(service.viewer_url, arn, "viewer-11")
        assert await handshake(eleventh) == (400, "ClientLimitExceededException")
        await peers.enter_async_context(viewer(service, arn, "viewer-3"))
        await viewers[0].socket.close()
        async with Peer(eleventh):
            pass


async def test_everything_is_served_over_tls_when_a_context_is_given(start_service: StartService) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    service = await start_service(SignalingSettings(tls=context))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with authority.cert_pem.tempfile() as ca:
        account = Account(service, ca=Path(ca))
        arn = await account.create_channel()
        endpoints = await account.call("get_signaling_channel_endpoint", ChannelARN=arn)
        assert {each["ResourceEndpoint"].split("://")[0] for each in endpoints["ResourceEndpointList"]} == {
            "https",
            "wss",
        }
        async with Peer(signed_url(service.master_url, arn), tls=trusting) as camera:
            sending = account.offer(arn)
            await camera.receive()
            await camera.answer("echo-1")
            assert "Answer" in await sending
