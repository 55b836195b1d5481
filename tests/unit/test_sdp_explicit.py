from pathlib import Path

import pytest

from camera_skill.sdp import FindingCode, explicit, offer_findings, with_crlf
from tests.support.directives import OFFER, OFFERS, offer_of, read_sdp, real_echo_offer
from tests.support.sdp_texts import without

PARAMETERS = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"


def lines(offer: str, start: str = "") -> list[str]:
    """The lines of the explicit offer that begin so."""
    return [line for line in explicit(offer).split("\r\n") if line.startswith(start)]


def test_what_an_echo_implies_is_written_out_and_what_nobody_uses_left_out() -> None:
    rest = without(OFFER, "a=candidate:2", "a=candidate:3", "a=candidate:1 2").split("\r\n")
    added = ["a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", f"a=fmtp:99 {PARAMETERS}"]
    assert sorted(lines(OFFER)) == sorted([*rest, *added])


def test_lines_stay_in_their_section_and_bandwidth_comes_before_attributes() -> None:
    audio, video = explicit(OFFER).split("m=")[1:]
    assert audio.count("a=rtpmap:") == 3
    assert video.startswith("video 1 UDP/TLS/RTP/SAVPF 99\r\nb=AS:2500\r\na=candidate:1 1 UDP")
    assert f"a=fmtp:99 {PARAMETERS}\r\n" in video


@pytest.mark.parametrize("path", OFFERS, ids=lambda path: path.stem)
def test_nothing_changes_any_more_when_an_offer_is_explicit(path: Path) -> None:
    written = explicit(read_sdp(path))
    assert explicit(written) == written == with_crlf(written)
    assert {finding.code for finding in offer_findings(written)} <= {FindingCode.OFFER_TRICKLE}


def test_a_real_echos_offer_stays_without_findings_when_it_is_explicit() -> None:
    assert offer_findings(explicit(real_echo_offer())) == ()


def test_a_codec_is_described_once_when_the_offer_names_it_twice() -> None:
    assert lines(OFFER.replace("96 0 8", "96 0 8 0 8"), "a=rtpmap:0") == ["a=rtpmap:0 PCMU/8000"]


def test_a_codec_keeps_its_description_when_it_has_one() -> None:
    offer = offer_of("chromium-h264")
    assert lines(offer, "a=fmtp:") == [line for line in offer.split("\r\n") if line.startswith("a=fmtp:")]
    assert lines(offer, "a=rtpmap:") == [line for line in offer.split("\r\n") if line.startswith("a=rtpmap:")]


@pytest.mark.parametrize(("session", "direction"), [("", "sendrecv"), ("a=recvonly\r\n", "recvonly")])
def test_the_direction_is_that_of_the_session_when_a_line_has_none(session: str, direction: str) -> None:
    offer = without(OFFER, "a=sendrecv").replace("t=0 0\r\n", f"t=0 0\r\n{session}")
    audio, video = explicit(offer).split("m=")[1:]
    assert audio.endswith(f"a={direction}\r\n")
    assert video.endswith(f"a={direction}\r\n")


def test_candidates_of_component_2_stay_when_rtcp_has_a_port_of_its_own() -> None:
    assert len(lines(without(OFFER, "a=rtcp-mux"), "a=candidate:1 2 UDP")) == 2


def test_tcp_candidates_stay_when_there_are_no_others() -> None:
    offer = without(OFFER, "a=candidate:1")
    assert lines(offer, "a=candidate") == [line for line in offer.split("\r\n") if line.startswith("a=candidate")]


@pytest.mark.parametrize("text", ["", "hello\nworld", "{}", "\r\n", "m=video 1 x 99\na=rtpmap:99 H264/90000"])
def test_a_text_stays_as_it_is_but_for_its_line_ends_when_it_is_no_sdp(text: str) -> None:
    assert explicit(text) == with_crlf(text)


def test_lines_that_cannot_be_read_stay_where_they_are() -> None:
    offer = OFFER.replace("a=setup:actpass", "  folded\r\na=candidate:9 1\r\na=setup:actpass")
    assert len(lines(offer, "  folded")) == len(lines(offer, "a=candidate:9 1")) == 2
