from pathlib import Path

import pytest

from camera_skill.sdp import FindingCode, answer_findings
from tests.support.directives import ANSWER, OFFER, offer_of, read_sdp, real_echo_offer
from tests.support.sdp_texts import ANSWERS, MDNS, Case, summary, without

C = FindingCode
SESSION = ANSWER[: ANSWER.index("m=audio")]
AUDIO = ANSWER[ANSWER.index("m=audio") : ANSWER.index("m=video")]
VIDEO = ANSWER[ANSWER.index("m=video") :]
DATA_CHANNEL = "m=application 50000 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:data0\r\na=setup:active\r\n"
AUDIO_OFFER = OFFER[: OFFER.index("m=video")]
UNBUNDLED, UNBUNDLED_OFFER = without(SESSION, "a=group"), without(OFFER, "a=group")
PRIVATE_IPV4 = ["10.0.0.5", "172.31.4.4", "192.168.178.40", "169.254.7.7", "100.64.0.1", "127.0.0.1", "0.1.2.3"]
PRIVATE = [*PRIVATE_IPV4, "fd00::5", "FE80::1", "::1"]
TRANSPORT = {
    "a=candidate": C.ANSWER_NO_CANDIDATES,
    "a=fingerprint": C.ANSWER_NO_FINGERPRINT,
    "a=ice-ufrag": C.ANSWER_NO_ICE_CREDENTIALS,
}


def edited(name: str, code: FindingCode, line: int | None, old: str, new: str, *, is_fatal: bool = False) -> Case:
    """The camera's answer with `new` in place of `old`."""
    return Case(name, code, ANSWER.replace(old, new), line, is_fatal)


def at(address: str) -> str:
    """The answer of a camera at another address."""
    return ANSWER.replace(" 198.51.100.7 50000 typ", f" {address} 50000 typ")


CASES = [
    Case("too long", C.ANSWER_TOO_LARGE, ANSWER + "a=x\r\n" * 1500),
    Case("nothing", C.ANSWER_NOT_SDP, "", None, is_fatal=True),
    Case("HTML", C.ANSWER_NOT_SDP, "<!doctype html>", None, is_fatal=True),
    Case("session alone", C.ANSWER_NO_MEDIA, SESSION, None, is_fatal=True),
    Case("session alone to an offer of audio", C.ANSWER_NO_MEDIA, SESSION, offer=AUDIO_OFFER),
    Case("audio alone", C.ANSWER_NO_VIDEO, SESSION.replace(" video0", "") + AUDIO, None, is_fatal=True),
    edited("video of port 0", C.ANSWER_VIDEO_REJECTED, 18, "m=video 50000", "m=video 0", is_fatal=True),
    edited("video to be received", C.ANSWER_VIDEO_NOT_SENT, 18, "a=sendonly", "a=recvonly"),
    edited("video that rests", C.ANSWER_VIDEO_NOT_SENT, 18, "a=sendonly", "a=inactive"),
    Case("all rests", C.ANSWER_VIDEO_NOT_SENT, without(f"{SESSION}a=inactive\r\n{AUDIO}{VIDEO}", "a=send"), 18),
    edited("audio of port 0", C.ANSWER_AUDIO_REJECTED, 6, "m=audio 50000", "m=audio 0"),
    edited("a header of HTTP", C.ANSWER_BROKEN_LINE, 4, "s=-", "s=-\r\nContent-Type: application/sdp"),
    edited("a folded line", C.ANSWER_BROKEN_LINE, 27, "42e01f\r\n", "42e01f;\r\n  x-folded=1\r\n"),
    edited("no port", C.ANSWER_BROKEN_LINE, 6, "m=audio 50000", "m=audio -1"),
    Case("candidate without a type", C.ANSWER_BROKEN_LINE, f"{ANSWER}a=candidate:2 1 udp 1 198.51.100.7\r\n", 33),
    Case("no candidates", C.ANSWER_NO_CANDIDATES, without(ANSWER, "a=candidate"), 6),
    Case("names of a LAN", C.ANSWER_ONLY_MDNS_CANDIDATES, at(MDNS), 27),
    *(Case(f"private {address}", C.ANSWER_ONLY_PRIVATE_CANDIDATES, at(address), 27) for address in PRIVATE),
    Case("IPv6", C.ANSWER_ONLY_IPV6_CANDIDATES, at("2001:db8::7"), 27),
    edited("trickle", C.ANSWER_TRICKLE, 22, "a=mid:video0", "a=mid:video0\r\na=ice-options:trickle"),
    edited("actpass", C.ANSWER_SETUP_ACTPASS, 17, "a=setup:active", "a=setup:actpass"),
    edited("no setup", C.ANSWER_NO_SETUP, 6, "a=setup:active\r\n", ""),
    edited("holdconn", C.ANSWER_NO_SETUP, 17, "a=setup:active", "a=setup:holdconn"),
    Case("no fingerprint", C.ANSWER_NO_FINGERPRINT, without(ANSWER, "a=fingerprint"), 17, is_fatal=True),
    Case("no ICE user", C.ANSWER_NO_ICE_CREDENTIALS, without(ANSWER, "a=ice-ufrag"), 17, is_fatal=True),
    Case("no ICE password", C.ANSWER_NO_ICE_CREDENTIALS, without(ANSWER, "a=ice-pwd"), 17, is_fatal=True),
    edited("empty ICE password", C.ANSWER_NO_ICE_CREDENTIALS, 18, "exampleExampleExample1", " ", is_fatal=True),
    *(
        Case(f"no {start} for audio", code, UNBUNDLED + without(AUDIO, start) + VIDEO, 5, offer=UNBUNDLED_OFFER)
        for start, code in TRANSPORT.items()
    ),
    Case(
        "no fingerprint for unbundled video",
        C.ANSWER_NO_FINGERPRINT,
        UNBUNDLED + AUDIO + without(VIDEO, "a=fingerprint"),
        17,
        is_fatal=True,
        offer=UNBUNDLED_OFFER,
    ),
    Case("second video", C.ANSWER_EXTRA_MEDIA, ANSWER + VIDEO, 33),
    Case("no data channel", C.ANSWER_MISSING_MEDIA, ANSWER, offer=OFFER + DATA_CHANNEL),
    Case("video first", C.ANSWER_MEDIA_ORDER, SESSION + VIDEO + AUDIO, 21),
    Case("mid of an audio line", C.ANSWER_OTHER_KIND, ANSWER, 18, offer=OFFER.replace("m=video", "m=audio")),
    Case("no mids", C.ANSWER_NO_MID, without(ANSWER, "a=mid", "a=group"), 5, offer=UNBUNDLED_OFFER),
    Case("own mid", C.ANSWER_UNKNOWN_MID, UNBUNDLED + AUDIO + VIDEO.replace("video0", "1"), 20, offer=UNBUNDLED_OFFER),
    edited("payload type of its own", C.ANSWER_UNKNOWN_PAYLOAD_TYPE, 6, "SAVPF 96", "SAVPF 96 97"),
    Case("no BUNDLE", C.ANSWER_NO_BUNDLE, UNBUNDLED + AUDIO + VIDEO),
    Case("BUNDLE of too many", C.ANSWER_BUNDLE_NOT_OFFERED, ANSWER, 5, offer=offer_of("echo-show-bundle-video-only")),
    Case("BUNDLE for no BUNDLE", C.ANSWER_BUNDLE_NOT_OFFERED, ANSWER, 5, offer=UNBUNDLED_OFFER),
    Case("audio cut out, but not of BUNDLE", C.ANSWER_BUNDLE_WITHOUT_LINE, SESSION + VIDEO, 5),
    edited("no rtcp-mux", C.ANSWER_NO_RTCP_MUX, 6, "a=rtcp-mux\r\n", ""),
    edited("H.265", C.ANSWER_NO_H264, 18, "H264/90000", "H265/90000"),
    edited("High", C.ANSWER_H264_PROFILE, 26, "42e01f", "640c1f"),
    edited("profile cut off", C.ANSWER_H264_PROFILE, 26, "42e01f", "42e0"),
    edited("packetization mode 0", C.ANSWER_H264_PACKETIZATION_MODE, 26, "mode=1", "mode=0"),
    edited("no packetization mode", C.ANSWER_H264_PACKETIZATION_MODE, 26, "packetization-mode=1;", ""),
    edited("L16", C.ANSWER_NO_AUDIO_CODEC, 6, "opus/48000/2", "L16/48000/2"),
    edited("PCMU", C.ANSWER_PCM_AUDIO, 6, "SAVPF 96\r\n", "SAVPF 0\r\n"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_line_of_an_answer_is_found_when_one_thing_is_wrong(case: Case) -> None:
    findings = answer_findings(case.text, case.offer)
    assert summary(findings) == [(case.code, case.line, case.is_fatal)]
    assert findings[0].sentence.startswith("the answer ")


def test_every_code_about_answers_has_its_case() -> None:
    assert {case.code for case in CASES} == {code for code in FindingCode if code.startswith("answer-")}


DEVICES = {
    "pion-on-a-lan": [(C.ANSWER_ONLY_PRIVATE_CANDIDATES, 20)],
    "chromium-hidden-address": [
        (C.ANSWER_ONLY_MDNS_CANDIDATES, 11),
        (C.ANSWER_TRICKLE, 14),
        (C.ANSWER_H264_PROFILE, 41),
    ],
}


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_only_what_is_wrong_is_found_when_a_device_answers(path: Path) -> None:
    found = [(finding.code, finding.line) for finding in answer_findings(read_sdp(path), OFFER)]
    assert found == DEVICES.get(path.stem, [])


def test_the_same_is_found_when_the_offer_is_a_real_echos() -> None:
    offer = real_echo_offer()
    for answer in map(read_sdp, ANSWERS):
        assert answer_findings(answer, offer) == answer_findings(answer, OFFER)


GOOD = {
    "audio left out, as Amazon tells cameras without sound": SESSION.replace("audio0 ", "") + VIDEO,
    "audio left out, and no mids": without(SESSION + VIDEO, "a=group", "a=mid"),
    "transport in the first line of the bundle": SESSION
    + AUDIO
    + without(VIDEO, "a=ice", "a=fingerprint", "a=setup", "a=candidate", "a=rtcp-mux"),
    "fingerprint and ICE of the session": without(ANSWER, "a=ice", "a=fingerprint").replace(
        "t=0 0", "t=0 0\r\na=ice-ufrag:exAm\r\na=ice-pwd:exampleExampleExample1\r\na=fingerprint:sha-256 00:01"
    ),
    "LF": ANSWER.replace("\r\n", "\n"),
    "no final line end": ANSWER.removesuffix("\r\n"),
    "passive": ANSWER.replace("a=setup:active", "a=setup:passive"),
    "no fmtp, as in the offer": without(ANSWER, "a=fmtp"),
    "no rtpmap, but the offer's payload types": without(ANSWER, "a=rtpmap"),
    "Main": ANSWER.replace("42e01f", "4D001F"),
    "sendrecv by default": without(ANSWER, "a=sendonly", "a=sendrecv"),
    "a relay beside private addresses": f"{ANSWER.replace(' 198.51.100.7 50000 typ', ' 10.0.0.5 50000 typ')}"
    "a=candidate:2 1 udp 1 203.0.113.8 50021 typ relay\r\n",
    "a host name": ANSWER.replace(" 198.51.100.7 50000 typ", " fdcam.example.com 50000 typ"),
    "bundle-only video": ANSWER.replace("m=video 50000", "m=video 0").replace(
        "video0\r\na=rtcp", "video0\r\na=bundle-only\r\na=rtcp"
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_nothing_is_found_when_an_answer_is_only_unusual(name: str) -> None:
    offer = without(OFFER, "a=mid", "a=group") if "no mids" in name else OFFER
    assert answer_findings(GOOD[name], offer) == ()


def test_pcmu_is_no_finding_when_opus_was_not_offered() -> None:
    answer = ANSWER.replace("SAVPF 96", "SAVPF 0")
    assert answer_findings(answer, offer_of("echo-show-pcmu-only")) == ()


def test_an_answer_without_video_is_no_error_when_none_was_offered() -> None:
    answer = SESSION.replace(" video0", "") + AUDIO
    assert answer_findings(answer, AUDIO_OFFER.replace(" video0", "")) == ()


@pytest.mark.parametrize("offer", ["", "{}", "v=0\r\n" * 10_000], ids=["nothing", "JSON", "too long"])
def test_an_answer_is_compared_with_nothing_when_the_offer_cannot_be_read(offer: str) -> None:
    assert answer_findings(ANSWER, offer) == ()
    assert summary(answer_findings(SESSION + AUDIO, offer))[0] == (FindingCode.ANSWER_NO_VIDEO, None, True)


def test_fatal_findings_come_first_when_there_are_others() -> None:
    answer = without(ANSWER, "a=fingerprint", "a=ice-pwd").replace("setup:active", "setup:actpass").replace("s=-", "?")
    assert [finding.is_fatal for finding in answer_findings(answer, OFFER)] == [True, True, False, False]
