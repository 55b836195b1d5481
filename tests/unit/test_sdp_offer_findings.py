from pathlib import Path

import pytest

from camera_skill.sdp import MOST_OFFER_LENGTH, FindingCode, offer_findings
from tests.support.directives import OFFER, OFFERS, read_sdp, real_echo_offer
from tests.support.sdp_texts import MDNS, Case, summary, without

C = FindingCode
ECHOS = [path for path in OFFERS if path.stem.startswith("echo-show")]
VIDEO_LINE = "m=video 1 UDP/TLS/RTP/SAVPF 99\r\n"


def at(address: str) -> str:
    """The offer of an Echo at another address."""
    return OFFER.replace("203.0.113.47", address)


CASES = [
    Case("too long to be read", C.OFFER_TOO_LARGE, OFFER + "a" * MOST_OFFER_LENGTH, None, is_fatal=True),
    Case("nothing", C.OFFER_NOT_SDP, "", None, is_fatal=True),
    Case("empty lines", C.OFFER_NOT_SDP, "\r\n\r\n", None, is_fatal=True),
    Case("JSON", C.OFFER_NOT_SDP, '{"type": "offer", "sdp": "v=0"}', None, is_fatal=True),
    Case("indented", C.OFFER_NOT_SDP, f" {OFFER}", None, is_fatal=True),
    Case("escaped line ends", C.OFFER_NOT_SDP, OFFER.replace("\r\n", "\\r\\n"), None, is_fatal=True),
    Case("session alone", C.OFFER_NO_MEDIA, OFFER.split("m=")[0], None, is_fatal=True),
    Case("audio alone", C.OFFER_NO_VIDEO, OFFER.split("m=video")[0]),
    Case("video of port 0", C.OFFER_NO_VIDEO, OFFER.replace("m=video 1", "m=video 0")),
    Case("port in words", C.OFFER_BROKEN_LINE, OFFER.replace("m=video 1", "m=video one"), 25),
    Case("port of 5,000 digits", C.OFFER_BROKEN_LINE, OFFER.replace("m=video 1", f"m=video {'1' * 5000}"), 25),
    Case("cut off in a line", C.OFFER_BROKEN_LINE, f"{OFFER}a", 47),
    Case("candidate cut off", C.OFFER_BROKEN_LINE, OFFER.replace(VIDEO_LINE, f"{VIDEO_LINE}a=candidate:1\r\n"), 26),
    Case("no candidates", C.OFFER_NO_CANDIDATES, without(OFFER, "a=candidate"), 7),
    Case("names of a LAN", C.OFFER_ONLY_MDNS_CANDIDATES, at(MDNS), 26),
    Case("loopback of the local world", C.OFFER_ONLY_PRIVATE_CANDIDATES, at("127.0.0.1"), 26),
    Case("IPv6", C.OFFER_ONLY_IPV6_CANDIDATES, at("2001:db8::47"), 26),
    Case("trickle", C.OFFER_TRICKLE, OFFER.replace("t=0 0", "t=0 0\r\na=ice-options:ice2 trickle"), 6),
    Case("no fingerprint", C.OFFER_NO_FINGERPRINT, without(OFFER, "a=fingerprint"), 24),
    Case("no ICE user", C.OFFER_NO_ICE_CREDENTIALS, without(OFFER, "a=ice-ufrag"), 24),
    Case("no BUNDLE", C.OFFER_NO_BUNDLE, without(OFFER, "a=group")),
    Case("no rtcp-mux", C.OFFER_NO_RTCP_MUX, without(OFFER, "a=rtcp-mux"), 7),
    Case("VP8", C.OFFER_NO_H264, OFFER.replace("H264/90000", "VP8/90000"), 25),
    Case("G.722", C.OFFER_NO_AUDIO_CODEC, OFFER.replace("SAVPF 96 0 8", "SAVPF 9"), 7),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_line_of_an_offer_is_found_when_one_thing_is_wrong(case: Case) -> None:
    findings = offer_findings(case.text)
    assert summary(findings) == [(case.code, case.line, case.is_fatal)]
    assert findings[0].sentence.startswith("the offer ")


def test_every_code_about_offers_has_its_case() -> None:
    assert {case.code for case in CASES} == {code for code in FindingCode if code.startswith("offer-")}


@pytest.mark.parametrize("path", ECHOS, ids=lambda path: path.stem)
def test_nothing_is_found_when_an_echo_offers(path: Path) -> None:
    assert offer_findings(read_sdp(path)) == ()


def test_nothing_is_found_when_a_real_echo_offers() -> None:
    assert offer_findings(real_echo_offer()) == ()


@pytest.mark.parametrize("path", OFFERS, ids=lambda path: path.stem)
def test_nothing_but_trickle_is_found_when_a_browser_offers(path: Path) -> None:
    assert {finding.code for finding in offer_findings(read_sdp(path))} <= {FindingCode.OFFER_TRICKLE}


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n\r\n"])
def test_lines_are_counted_as_an_editor_does_when_they_end_otherwise(end: str) -> None:
    offer = without(OFFER, "a=group").replace("H264", "VP8").replace("\r\n", end)
    line = 47 if end == "\r\n\r\n" else 24
    assert summary(offer_findings(offer))[1:] == [(FindingCode.OFFER_NO_H264, line, False)]


def test_a_line_goes_on_when_a_character_ends_it_only_for_python() -> None:
    assert offer_findings(OFFER.replace("s=a 2 z", "s=a\x0b2\x1cz\u2028\x85")) == ()
