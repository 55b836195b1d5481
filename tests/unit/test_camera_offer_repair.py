import pytest
from aiortc.sdp import SessionDescription

from simulator.camera.offer_repair import OfferRefusedError, repair_answer, repair_offer, split_sections
from tests.support.directives import offer_of

ECHO = offer_of("echo-show")


def video_with(*codecs: str) -> str:
    """An offer of video alone, with these rtpmap and fmtp lines."""
    payload_types = " ".join(line.split(":")[1].split(" ")[0] for line in codecs if "rtpmap" in line)
    return "\r\n".join(["v=0", f"m=video 9 UDP/TLS/RTP/SAVPF {payload_types}", *codecs, ""])


def test_one_codec_stays_in_each_line_when_the_offer_has_several() -> None:
    audio, video = split_sections(repair_offer(ECHO))[1]
    assert audio[0] == "m=audio 1 UDP/TLS/RTP/SAVPF 96"
    assert video[0] == "m=video 1 UDP/TLS/RTP/SAVPF 99"


def test_h264_gets_parameters_when_an_echo_gives_none() -> None:
    video = SessionDescription.parse(repair_offer(ECHO)).media[1]
    assert [codec.parameters.get("packetization-mode") for codec in video.rtp.codecs] == ["1"]


def test_only_udp_candidates_for_one_component_stay_when_an_echo_lists_more() -> None:
    for media in SessionDescription.parse(repair_offer(ECHO)).media:
        assert [(one.component, one.protocol.lower(), one.port) for one in media.ice_candidates] == [(1, "udp", 52144)]
        assert media.ice_candidates_complete


def test_candidates_stay_open_when_the_offer_trickles() -> None:
    offer = ECHO.replace("a=setup:actpass\r\n", "a=ice-options:trickle\r\na=setup:actpass\r\n")
    assert not any(media.ice_candidates_complete for media in SessionDescription.parse(repair_offer(offer)).media)


def test_names_are_not_looked_up_when_candidates_hide_behind_mdns() -> None:
    offer = ECHO.replace("203.0.113.47", "0d5f3c1e-7a52-4a7e-9a55-6e1d2f0c8b11.local")
    assert not any(media.ice_candidates for media in SessionDescription.parse(repair_offer(offer)).media)


def test_pcmu_is_taken_when_opus_is_not_offered() -> None:
    offer = offer_of("echo-show-pcmu-only")
    assert "a=rtpmap:0 PCMU/8000" in split_sections(repair_offer(offer))[1][0]


def test_direction_is_sendrecv_when_none_is_given() -> None:
    repaired = repair_offer(ECHO.replace("a=sendrecv\r\n", ""))
    assert [media.direction for media in SessionDescription.parse(repaired).media] == ["sendrecv", "sendrecv"]


def test_constrained_baseline_is_taken_when_several_profiles_are_offered() -> None:
    offer = offer_of("chromium-h264")
    assert split_sections(repair_offer(offer))[1][1][0].split()[3:] == ["109"]


def test_data_channel_line_stays_as_it_is_when_there_is_one() -> None:
    section = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:2", "a=sctp-port:5000"]
    assert split_sections(repair_offer(ECHO + "\r\n".join(section)))[1][2] == section


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        ("", "no media line"),
        ("hello", "no media line"),
        (video_with("a=rtpmap:96 VP8/90000"), "no H.264"),
        (video_with("a=rtpmap:96 H264/90000", "a=fmtp:96 packetization-mode=0;profile-level-id=42e01f"), "no H.264"),
        (video_with("a=rtpmap:96 H264/90000", "a=fmtp:96 packetization-mode=1;profile-level-id=64001f"), "no H.264"),
        (video_with("a=rtpmap:96 H264/90000", "a=fmtp:96 packetization-mode=1;profile-level-id=zz"), "no H.264"),
        ("m=audio 9 RTP/SAVPF 9\r\na=rtpmap:9 G722/8000\r\n", "none of Opus, PCMU and PCMA"),
    ],
)
def test_offer_is_refused_when_nothing_in_it_can_be_sent(offer: str, reason: str) -> None:
    with pytest.raises(OfferRefusedError, match=reason):
        repair_offer(offer)


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        ("a=group:BUNDLE audio0 video0", "a=group:BUNDLE audio0 video0"),
        ("a=group:BUNDLE video0", "a=group:BUNDLE video0"),
    ],
)
def test_answer_bundles_no_more_than_the_offer_when_aiortc_bundles_all(offered: str, answered: str) -> None:
    offer = ECHO.replace("a=group:BUNDLE audio0 video0", offered)
    assert repair_answer("v=0\r\na=group:BUNDLE audio0 video0\r\n", offer) == f"v=0\r\n{answered}\r\n"


def test_answer_has_no_bundle_when_the_offer_has_none() -> None:
    offer = ECHO.replace("a=group:BUNDLE audio0 video0\r\n", "")
    assert repair_answer("v=0\r\na=group:BUNDLE audio0 video0\r\n", offer) == "v=0\r\n"
