"""Texts that nobody wrote: mutations of what devices write, and anything at all."""

import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camera_skill.sdp import MOST_OFFER_LENGTH, Finding, answer_findings, explicit, offer_findings, with_crlf
from tests.conftest import SOAK
from tests.support.directives import ANSWER, OFFER, OFFERS, read_sdp
from tests.support.sdp_texts import ANSWERS

SECRET = "s3cret"
SECRET_AFTER = ("a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:sha-256 ", "a=candidate:")
EXAMPLES = 20_000 if SOAK else 1_000
"""Of ten texts each."""


def with_secrets(text: str) -> list[str]:
    """The lines of a device's text, with a secret in each that has one."""
    lines = text.replace("\r\n", "\n").split("\n")
    for start in SECRET_AFTER:
        lines = [line.replace(start, f"{start}{SECRET}") for line in lines]
    return lines


TEXTS = [with_secrets(read_sdp(path)) for path in (*OFFERS, *ANSWERS)]
LINES = sorted({line for lines in TEXTS for line in lines})
ODD_LINES = f"""
a=
m=
a
=
v=0
a=:
a=mid
a=mid:
a=group:
a=group:BUNDLE
a=rtpmap:
a=fmtp:99
a=fmtp:99 ;;=;
a=candidate:
a=ice-options:
a=setup:
a=bundle-only
m=video
m=audio 0
m=video 0 x
m=video {"9" * 5000} x ٣
m=audio ٣ x 96
m=application 9 x y
m=video 9 UDP/TLS/RTP/SAVPF 99 99 99
a=\u2028b\x00\ud800
a=mid:{SECRET}
m={SECRET} 9 {SECRET} {SECRET}
{SECRET}={SECRET}
a=rtpmap:{SECRET} {SECRET}
a=fmtp:99 profile-level-id={SECRET}
a=setup:{SECRET}
a=group:BUNDLE {SECRET}
""".split("\n")
CHANGES = ("drop", "repeat", "insert", "odd", "cut", "swap", "append")


def mutations(lines: list[str], changes: bytes) -> Iterator[list[str]]:
    """The text after each of some changes to its lines: four bytes say what, where, and with which line."""
    lines = list(lines)
    for change, where, high, low in zip(*[iter(changes)] * 4, strict=True):
        what, at, which = CHANGES[change % len(CHANGES)], where % len(lines), high << 8 | low
        if what == "drop" and len(lines) > 1:
            del lines[at]
        elif what == "repeat":
            lines[at:at] = [lines[at]] * (which % 5)
        elif what == "insert":
            lines.insert(at, LINES[which % len(LINES)])
        elif what == "odd":
            lines.insert(at, ODD_LINES[which % len(ODD_LINES)])
        elif what == "cut":
            lines[at] = lines[at][: which % (len(lines[at]) + 1)]
        elif what == "append":
            lines[at] += f" {LINES[which % len(LINES)]}"
        else:
            lines[at], lines[which % len(lines)] = lines[which % len(lines)], lines[at]
        yield lines


anything = st.one_of(
    st.text(),
    st.text().map(lambda text: f"v=0\r\n{text}"),
    st.lists(st.one_of(st.sampled_from(LINES + ODD_LINES), st.text(max_size=30))).map("\n".join),
)


def check(findings: tuple[Finding, ...], text: str) -> None:
    """What holds for the findings about any text."""
    count = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert len({finding.code for finding in findings}) == len(findings)
    for finding in findings:
        assert SECRET not in finding.sentence
        assert finding.sentence.isascii()
        assert finding.sentence.isprintable()
        assert len(finding.sentence) < 120
        assert finding.line is None or 1 <= finding.line <= count


def check_offer(offer: str) -> None:
    check(offer_findings(offer), offer)
    written = explicit(offer)
    assert not written or written.endswith("\r\n")


def check_answer(answer: str, offer: str) -> None:
    check(answer_findings(answer, offer), answer)


devices = st.sampled_from(TEXTS)
ten_changes = st.binary(min_size=40, max_size=40)
ends = st.sampled_from(["\r\n", "\n", "\r", "\n\r"])


@pytest.mark.soak
@pytest.mark.timeout(3600 if SOAK else 300)
@settings(max_examples=EXAMPLES)
@given(devices, ten_changes, ends)
def test_ten_offers_are_read_when_a_devices_text_changes_step_by_step(
    device: list[str], changes: bytes, end: str
) -> None:
    for lines in mutations(device, changes):
        check_offer(end.join(lines))


@pytest.mark.soak
@pytest.mark.timeout(3600 if SOAK else 300)
@settings(max_examples=EXAMPLES)
@given(devices, ten_changes, ends)
def test_ten_answers_are_read_when_they_and_their_offers_change_step_by_step(
    device: list[str], changes: bytes, end: str
) -> None:
    offer = OFFER
    for lines in mutations(device, changes):
        answer = end.join(lines)
        check_answer(answer, offer)
        offer = answer


@settings(max_examples=20_000 if SOAK else 200)
@given(anything, anything)
def test_texts_are_read_when_they_are_anything_at_all(offer: str, answer: str) -> None:
    check_offer(offer)
    check_answer(answer, offer)


@settings(max_examples=20_000 if SOAK else 100)
@given(devices, ten_changes, ends)
def test_an_explicit_offer_stays_as_it_is_when_it_is_made_explicit_again(
    device: list[str], changes: bytes, end: str
) -> None:
    *_, lines = mutations(device, changes)
    written = explicit(end.join(lines))
    assert explicit(written) == written == with_crlf(written)


def test_no_sentence_repeats_a_secret_when_each_line_in_turn_is_wrong() -> None:
    for lines in TEXTS:
        for index in range(len(lines)):
            text = "\n".join([*lines[:index], f"a={lines[index]}", *lines[index + 1 :]])
            check_offer(text)
            check_answer(text, text)


SHAPES: dict[str, Callable[[int], str]] = {
    "media lines": lambda n: OFFER + "m=video 9 x 99\r\n" * n,
    "media lines of one mid": lambda n: OFFER + "m=video 9 x 99\r\na=mid:video0\r\n" * n,
    "media lines of many mids": lambda n: OFFER + "".join(f"m=video 9 x 99\r\na=mid:{i}\r\n" for i in range(n)),
    "bundle of many": lambda n: OFFER.replace(" video0\r\n", f" video0{' a' * n}\r\n", 1) + "a=mid:a\r\n" * n,
    "many bundles": lambda n: OFFER.replace("t=0 0\r\n", "t=0 0\r\n" + "a=group:BUNDLE audio0 video0\r\n" * n),
    "bundled lines without transport": lambda n: (
        ANSWER.replace("BUNDLE", "BUNDLE" + "".join(f" {i}" for i in range(n)))
        + "".join(f"m=video 9 x 99\r\na=mid:{i}\r\n" for i in range(n))
    ),
    "payload types": lambda n: OFFER.replace("SAVPF 99", "SAVPF 99" + "".join(f" {i}" for i in range(n))),
    "one payload type": lambda n: OFFER.replace("SAVPF 96 0 8", f"SAVPF 96{' 0' * n}"),
    "rtpmap": lambda n: OFFER + "a=rtpmap:99 H264/90000\r\n" * n,
    "fmtp": lambda n: ANSWER + "a=fmtp:99 packetization-mode=1;a=b\r\n" * n,
    "fmtp parameters": lambda n: ANSWER.replace("a=fmtp:99 ", f"a=fmtp:99 {'a=b;' * n}"),
    "candidates": lambda n: OFFER + "a=candidate:1 1 udp 1 10.0.0.5 9 typ host\r\n" * n,
    "one candidate": lambda n: f"{ANSWER}a=candidate:{'1 ' * n}\r\n",
    "ICE options": lambda n: f"{OFFER}a=ice-options:{' ice2' * n}\r\n",
    "spaces": lambda n: f"{OFFER}a=mid:{' ' * n}x\r\nm={' ' * n}\r\n",
    "empty lines": lambda n: OFFER + "\r\n" * n + "\r" * n + "\n" * n,
    "broken lines": lambda n: OFFER + "x\r\n" * n,
    "digits": lambda n: f"{OFFER}m=video {'1' * n} x {'1' * n}\r\na=rtpmap:{'1' * n} H264/{'1' * n}\r\n",
    "one line": lambda n: OFFER + "a=" + "x" * n,
    "nothing of SDP": lambda n: "\r\n " * n,
}


def answer(text: str) -> object:
    return answer_findings(text, OFFER)


def seconds(read: Callable[[str], object], text: str) -> float:
    """CPU time of the fastest of three runs."""
    times = []
    for _ in range(3):
        start = time.process_time()
        read(text)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("read", [answer, explicit])
@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_no_faster_than_the_text_when_it_is_nasty(shape: str, read: Callable[[str], object]) -> None:
    short, long = (seconds(read, SHAPES[shape](size)) for size in (200, 3_200))
    assert long < 48 * short + 0.005  # 16 times the size: linear is 16 times the time, quadratic 256 times


@pytest.mark.parametrize("shape", SHAPES)
def test_a_nasty_offer_costs_little_when_it_is_as_long_as_offers_may_be(shape: str) -> None:
    offer = SHAPES[shape](MOST_OFFER_LENGTH)[:MOST_OFFER_LENGTH]
    assert seconds(offer_findings, offer) < 0.25
    assert seconds(lambda text: answer_findings(text, text), offer) < 0.25
