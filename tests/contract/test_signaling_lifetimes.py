"""How connections of masters and viewers end."""

import asyncio
import time

import pytest
from aiohttp import WSMsgType

from simulator.signaling import SignalingService, SignalingSettings
from tests.support.signaling_client import Account, Peer, StartService, handshake, master, signed_url, until, viewer


async def test_connection_is_closed_with_1001_when_it_is_idle(start_service: StartService) -> None:
    service = await start_service(SignalingSettings(idle_seconds=0.3))
    arn = await Account(service).create_channel()
    async with master(service, arn) as camera:
        started = time.monotonic()
        assert (await camera.socket.receive(timeout=5)).type is WSMsgType.CLOSE
        assert camera.socket.close_code == 1001
        assert 0.25 <= time.monotonic() - started < 2


async def test_connection_stays_open_when_pings_keep_it_from_idling(start_service: StartService) -> None:
    service = await start_service(SignalingSettings(idle_seconds=0.4))
    arn = await Account(service).create_channel()
    async with Peer(signed_url(service.master_url, arn), autoping=False) as camera:
        for _ in range(8):
            await camera.socket.ping(b"alive")
            frame = await camera.socket.receive(timeout=5)
            assert (frame.type, frame.data) == (WSMsgType.PONG, b"alive")
            with pytest.raises(TimeoutError):
                await camera.socket.receive(timeout=0.1)


async def test_go_away_comes_and_then_the_end_when_a_connection_is_as_old_as_it_may_be(
    start_service: StartService,
) -> None:
    service = await start_service(SignalingSettings(connection_seconds=0.3, going_away_seconds=0.5))
    account = Account(service)
    arn = await account.create_channel()
    async with master(service, arn) as camera:
        assert await camera.receive() == {"messageType": "GO_AWAY"}
        gone = time.monotonic()
        # What is under way may still be finished.
        sending = account.offer(arn)
        await camera.receive()
        await camera.answer("echo-1")
        assert "Answer" in await sending
        assert (await camera.socket.receive(timeout=5)).type is WSMsgType.CLOSE
        assert camera.socket.close_code == 1001
        assert time.monotonic() - gone >= 0.4


async def test_place_is_free_again_when_a_connection_dies_without_goodbye(start_service: StartService) -> None:
    service = await start_service(SignalingSettings(idle_seconds=0.3, viewers_per_channel=1))
    arn = await Account(service).create_channel()
    async with Peer(signed_url(service.viewer_url, arn, "viewer-1"), autoping=False):
        # Nobody reads on this side, so that the service's goodbye stays unanswered.
        second = signed_url(service.viewer_url, arn, "viewer-2")
        assert (await handshake(second))[0] == 400

        async with asyncio.timeout(10):
            while (await handshake(second))[0] != 101:  # noqa: ASYNC110  # each look is a handshake
                await asyncio.sleep(0.5)


async def test_connections_and_calls_end_when_their_channel_is_deleted(service: SignalingService, arn: str) -> None:
    account = Account(service)
    async with viewer(service, arn) as peer:
        sending = account.offer(arn)
        await until(lambda: service.requests[-1].operation == "SendAlexaOfferToMaster")
        await account.call("delete_signaling_channel", ChannelARN=arn)
        assert "Answer" not in await sending
        assert (await peer.socket.receive(timeout=5)).type is WSMsgType.CLOSE
    assert await handshake(signed_url(service.master_url, arn)) == (404, "ResourceNotFoundException")
