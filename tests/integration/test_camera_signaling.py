import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from simulator.camera import Camera, CameraSettings, Channel, MasterConnection
from simulator.credentials import PROCESS_CREDENTIALS
from simulator.echo_show import AlexaError, EchoShow
from simulator.media_addresses import peer_configuration
from simulator.signaling import Assumptions, SignalingService, SignalingSettings
from tests.support.directives import ENDPOINT_ID
from tests.support.media import Events, StandInSkill, by_signaling, camera_process
from tests.support.signaling_client import Account, viewer, wrap

StartCamera = Callable[[SignalingService], Awaitable[None]]


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
async def start_camera(events: Events, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StartCamera]:
    """Starts a camera in this process, which keeps itself connected to its channel."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", PROCESS_CREDENTIALS.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", PROCESS_CREDENTIALS.secret_access_key)
    running = []
    async with AsyncExitStack() as stack:

        async def start(service: SignalingService) -> None:
            camera = await stack.enter_async_context(Camera(CameraSettings("Front Door", 320, 180), events.report))
            channel = Channel(ENDPOINT_ID, "us-east-1", service.control_plane_url)
            running.append(asyncio.create_task(MasterConnection(camera, channel, events.report).run()))

        yield start
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def show(account: Account, channel_arn: str, frames: int = 5) -> list[int]:
    skill = StandInSkill(by_signaling(account, channel_arn))
    return (await EchoShow(skill.invoke, "example-token").show(ENDPOINT_ID, frames)).frames


async def test_camera_process_shows_its_picture_and_ends_in_order_when_it_gets_sigterm(
    signaling: SignalingService,
) -> None:
    account = Account(signaling)
    channel_arn = await account.create_channel(ENDPOINT_ID)
    async with camera_process(signaling.control_plane_url) as camera:
        assert (await camera.events.until("connected", seconds=30))["channel_arn"] == channel_arn
        assert len(await show(account, channel_arn)) == 6
        assert await camera.terminate() == 0
    assert [event["event"] for event in camera.events.all] == [
        *("connected", "offer", "answer", "session_started", "session_ended")
    ]


async def test_camera_process_says_why_when_it_has_no_channel(signaling: SignalingService) -> None:
    async with camera_process(signaling.control_plane_url) as camera:
        assert "ResourceNotFound" in str((await camera.events.until("disconnected", seconds=30))["reason"])
        assert await camera.terminate() == 0


async def test_camera_connects_when_its_channel_comes_later(
    signaling: SignalingService, start_camera: StartCamera, events: Events
) -> None:
    await start_camera(signaling)
    await events.until("disconnected")
    channel_arn = await Account(signaling).create_channel(ENDPOINT_ID)
    assert (await events.until("connected"))["channel_arn"] == channel_arn


async def test_camera_comes_back_when_the_service_says_go_away(start_camera: StartCamera, events: Events) -> None:
    async with SignalingService(SignalingSettings(connection_seconds=0.5)) as service:
        account = Account(service)
        channel_arn = await account.create_channel(ENDPOINT_ID)
        await start_camera(service)
        assert (await events.until("disconnected"))["reason"] == "GO_AWAY"
        await events.until("connected", 2)
        assert len(await show(account, channel_arn)) == 6


async def test_camera_comes_back_when_the_service_was_down(start_camera: StartCamera, events: Events) -> None:
    async with SignalingService() as first:
        await Account(first).create_channel(ENDPOINT_ID)
        await start_camera(first)
        await events.until("connected")
        settings = settings_of(first)
    await events.until("disconnected", 2)
    async with SignalingService(settings) as second:
        account = Account(second)
        channel_arn = await account.create_channel(ENDPOINT_ID)
        assert (await events.until("connected", 2))["channel_arn"] == channel_arn
        assert len(await show(account, channel_arn)) == 6


async def test_session_goes_on_when_the_signaling_connection_is_lost(start_camera: StartCamera, events: Events) -> None:
    async with SignalingService(SignalingSettings(connection_seconds=1.0, going_away_seconds=0.1)) as service:
        account = Account(service)
        channel_arn = await account.create_channel(ENDPOINT_ID)
        await start_camera(service)
        await events.until("connected")
        showing = asyncio.create_task(show(account, channel_arn, frames=30))
        await events.until("session_started")
        await events.until("connected", 2)
        assert len(await showing) == 31


async def test_camera_survives_and_says_why_when_messages_make_no_sense(
    signaling: SignalingService, start_camera: StartCamera, events: Events
) -> None:
    account = Account(signaling)
    channel_arn = await account.create_channel(ENDPOINT_ID)
    await start_camera(signaling)
    await events.until("connected")
    async with viewer(signaling, channel_arn, "strange") as strange:
        for payload in ("bm8ganNvbg==", "WzFd", wrap("offer", "v=0"), base64.b64encode(b'{"sdp": 1}').decode()):
            await strange.send("SDP_OFFER", payload)
        await strange.send("ICE_CANDIDATE", base64.b64encode(b'{"candidate": "x", "sdpMid": "0"}').decode())
        await events.until("message_unreadable", 2)
        await events.until("offer_refused", 2)
    assert len(await show(account, channel_arn)) == 6


async def test_skill_gets_no_answer_when_the_offer_is_bad(start_camera: StartCamera, events: Events) -> None:
    settings = SignalingSettings(assumptions=Assumptions(block_seconds=1.0))
    async with SignalingService(settings) as service:
        account = Account(service)
        channel_arn = await account.create_channel(ENDPOINT_ID)
        await start_camera(service)
        await events.until("connected")
        answer = by_signaling(account, channel_arn)

        async def spoiled(sender: str, offer: str) -> str | None:
            return await answer(sender, offer.replace("a=rtcp-mux\r\n", ""))

        with pytest.raises(AlexaError, match="ENDPOINT_UNREACHABLE"):
            await EchoShow(StandInSkill(spoiled).invoke, "example-token").show(ENDPOINT_ID)
        assert "RTCP mux" in str((await events.until("offer_refused"))["reason"])


async def test_offer_is_answered_and_candidates_are_taken_when_a_viewer_trickles(
    signaling: SignalingService, start_camera: StartCamera, events: Events
) -> None:
    channel_arn = await Account(signaling).create_channel(ENDPOINT_ID)
    await start_camera(signaling)
    await events.until("connected")
    peer = RTCPeerConnection(peer_configuration())
    try:
        peer.addTransceiver("video", direction="recvonly")
        await peer.setLocalDescription()
        lines = peer.localDescription.sdp.splitlines()
        trickled = [line for line in lines if line.startswith("a=candidate:")]
        kept = [line for line in lines if line not in trickled and line != "a=end-of-candidates"]
        offer = "\r\n".join([*kept, "a=ice-options:trickle", ""])
        async with viewer(signaling, channel_arn, "browser") as browser:
            await browser.send("SDP_OFFER", wrap("offer", offer))
            answer = json.loads(base64.b64decode((await browser.receive())["messagePayload"]))
            await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
            for line in trickled:
                candidate = {"candidate": line.removeprefix("a="), "sdpMid": "0", "sdpMLineIndex": 0}
                await browser.send("ICE_CANDIDATE", base64.b64encode(json.dumps(candidate).encode()).decode())
            await events.until("session_started")
    finally:
        await peer.close()


def settings_of(service: SignalingService) -> SignalingSettings:
    """Settings for another service on the same ports."""
    return SignalingSettings(
        control_plane_port=port_of(service.control_plane_url),
        data_plane_port=port_of(service.data_plane_url),
        master_port=port_of(service.master_url),
        viewer_port=port_of(service.viewer_url),
    )


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])
