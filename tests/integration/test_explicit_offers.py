"""An aiortc peer as it comes, without a word about Echos: what it does with their offers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.exceptions import OperationError
from aiortc.mediastreams import AudioStreamTrack
from aiortc.sdp import SessionDescription

from camera_skill.sdp import FindingCode, answer_findings, explicit
from simulator.echo_show import EchoPeer
from simulator.media_addresses import peer_configuration, use_loopback_only
from tests.support.directives import OFFERS, offer_of, real_echo_offer

REAL = "a real Echo"
ECHOS = [REAL, *(path.stem for path in OFFERS if path.stem.startswith("echo-show"))]


@pytest.fixture
def offer(request: pytest.FixtureRequest) -> str:
    """The offer of the device that the test names."""
    return real_echo_offer() if request.param == REAL else offer_of(request.param)


@pytest.fixture
async def camera() -> AsyncIterator[RTCPeerConnection]:
    use_loopback_only()
    peer = RTCPeerConnection(peer_configuration())
    peer.addTrack(VideoStreamTrack())
    peer.addTrack(AudioStreamTrack())
    yield peer
    await peer.close()


async def answer_to(camera: RTCPeerConnection, offer: str) -> str:
    await camera.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await camera.setLocalDescription()
    answer: str = camera.localDescription.sdp
    return answer


@pytest.mark.parametrize("offer", ECHOS, indirect=True)
async def test_an_unmodified_peer_refuses_an_echos_offer_when_it_is_verbatim(
    camera: RTCPeerConnection, offer: str
) -> None:
    with pytest.raises(OperationError, match=r"Failed to set remote (audio|video) description"):
        await camera.setRemoteDescription(RTCSessionDescription(offer, "offer"))


@pytest.mark.parametrize("offer", ECHOS, indirect=True)
async def test_an_unmodified_peer_answers_an_echos_offer_when_it_is_explicit(
    camera: RTCPeerConnection, offer: str
) -> None:
    answer = await answer_to(camera, explicit(offer))
    answered, offered = SessionDescription.parse(answer), SessionDescription.parse(offer)
    assert [(media.rtp.muxId, media.fmt) for media in answered.media] == [
        (media.rtp.muxId, media.fmt) for media in offered.media
    ]
    assert [media.direction for media in answered.media] == ["sendrecv", "sendrecv"]
    findings = answer_findings(answer, offer)
    assert {finding.code for finding in findings} <= {
        FindingCode.ANSWER_ONLY_PRIVATE_CANDIDATES,  # this test's own loopback
        FindingCode.ANSWER_BUNDLE_NOT_OFFERED,  # aiortc bundles all lines, whatever the offer says
    }
    assert not any(finding.is_fatal for finding in findings)


async def test_pictures_and_sound_flow_when_an_unmodified_peer_gets_an_explicit_offer(
    camera: RTCPeerConnection,
) -> None:
    async with EchoPeer() as echo, asyncio.timeout(30):
        offer = await echo.offer()
        await echo.accept(await answer_to(camera, explicit(offer)))
        await echo.until_connected()
        shown = 0
        async with aclosing(echo.frames()) as frames:
            async for frame in frames:
                shown += frame.width == 640
                if shown >= 3 and echo.audio_frames:
                    break
