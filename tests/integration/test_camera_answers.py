from collections.abc import AsyncIterator

import pytest
from aiortc.sdp import MediaDescription, SessionDescription

from simulator.camera import Camera, CameraSettings
from simulator.media_addresses import LOOPBACK
from tests.support.directives import OFFERS, offer_of, read_sdp, real_echo_offer
from tests.support.media import Events

ECHO = offer_of("echo-show")
OFFER_TEXTS = {path.stem: read_sdp(path) for path in OFFERS}
WITHOUT = {
    "rtcp-mux": "a=rtcp-mux\r\n",
    "ICE user": "a=ice-ufrag:Zk4w\r\n",
    "DTLS role": "a=setup:actpass\r\n",
    "H264": "a=rtpmap:99 H264/90000\r\n",
}
BAD_OFFERS = {
    "nothing": "",
    "not SDP": '{"type": "offer"}',
    "a third of an offer": ECHO[: len(ECHO) // 3],
    "no ports": ECHO.replace("m=audio 1 ", "m=audio one "),
    "broken extension": ECHO.replace("a=extmap:3 ", "a=extmap:three "),
    "broken ssrc": ECHO.replace("a=ssrc:", "a=ssrc:x"),
    "one mid twice": ECHO.replace("a=mid:video0", "a=mid:audio0"),
    "fmtp without a codec": ECHO.replace("a=mid:audio0", "a=mid:audio0\r\na=fmtp:* x=1"),
} | {f"no {what}": ECHO.replace(line, "") for what, line in WITHOUT.items()}


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
async def camera(events: Events) -> AsyncIterator[Camera]:
    async with Camera(CameraSettings("Front Door", 320, 180), events.report) as camera:
        yield camera


def payload_types(description: SessionDescription) -> list[list[int]]:
    return [media.fmt for media in description.media]


def check_section(answered: MediaDescription, offered: MediaDescription) -> None:
    assert answered.rtp.muxId == offered.rtp.muxId
    assert set(answered.fmt) <= set(offered.fmt)
    assert answered.dtls is not None
    assert answered.dtls.role == "client"
    assert answered.direction == ("sendonly" if answered.kind == "video" else "sendrecv")
    assert [candidate.ip for candidate in answered.ice_candidates] == [LOOPBACK]


@pytest.mark.parametrize("offer", OFFER_TEXTS.values(), ids=OFFER_TEXTS.keys())
async def test_answer_fits_the_offer_when_it_comes_from_any_kind_of_device(camera: Camera, offer: str) -> None:
    answer = await camera.answer("echo-1", offer)
    assert answer is not None
    answered, offered = SessionDescription.parse(answer), SessionDescription.parse(offer)
    for section, offered_section in zip(answered.media, offered.media, strict=True):
        check_section(section, offered_section)
    assert [group.items for group in answered.group] == [group.items for group in offered.group]
    assert "ice-options" not in answer


async def test_answer_names_opus_and_h264_only_when_a_real_echo_offers(camera: Camera) -> None:
    answer = await camera.answer("echo-1", real_echo_offer())
    assert answer is not None
    assert payload_types(SessionDescription.parse(answer)) == [[96], [99]]


async def test_answer_takes_pcmu_when_nothing_else_is_offered(camera: Camera) -> None:
    answer = await camera.answer("echo-1", offer_of("echo-show-pcmu-only"))
    assert answer is not None
    assert payload_types(SessionDescription.parse(answer)) == [[0], [99]]


@pytest.mark.parametrize("offer", BAD_OFFERS.values(), ids=BAD_OFFERS.keys())
async def test_bad_offer_is_refused_with_a_reason_and_takes_no_place_when_it_cannot_be_answered(
    camera: Camera, events: Events, offer: str
) -> None:
    assert await camera.answer("echo-1", offer) is None
    refused = events.named("offer_refused")
    assert [event["sender_client_id"] for event in refused] == ["echo-1"]
    assert len(str(refused[0]["reason"])) > 10
    assert camera.viewers == []
    assert await camera.answer("echo-1", ECHO) is not None


async def test_offer_is_refused_when_its_client_id_has_a_session(camera: Camera, events: Events) -> None:
    assert await camera.answer("echo-1", ECHO) is not None
    assert await camera.answer("echo-1", ECHO) is None
    assert events.named("offer_refused")[0]["reason"] == "this client id has a session already"
    assert camera.viewers == ["echo-1"]
