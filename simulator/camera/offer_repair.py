"""What the camera changes on its own copy of an offer, and on aiortc's answer, so that aiortc and Alexa meet.

aiortc follows browsers; a real Echo Show writes SDP that no browser writes. The offer that travels is left as it
is: the camera, as its last receiver, makes up for its own library. Per media line (RFC 8866, RFC 8829):

- One codec is chosen, and every other payload type leaves the line: Opus, else PCMU, else PCMA for audio, H.264
  Constrained Baseline for video. The answer then names payload types of the offer only, one for each line.
- ``a=rtpmap`` is added for the static payload types 0 and 8, which need none (RFC 3551, 6); aiortc drops
  them silently without it.
- ``a=fmtp`` is added to H264 that has none: aiortc reads its absence as packetization mode 0, and refuses.
- ``a=sendrecv`` is added where no direction is given: it is the default (RFC 8866, 6.7), and aiortc fails on it.
- Candidates of component 2, of TCP, and with an mDNS name leave: aiortc multiplexes RTCP, speaks UDP only, and would
  send a multicast query for a name, off loopback.
- ``a=end-of-candidates`` is added unless the offer announces trickle: an Echo never sends another candidate, and
  aioice waits for ever for one that might come.

In the answer the BUNDLE group is cut to the group of the offer (RFC 8843, 7.3): aiortc bundles all lines.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from aiortc.sdp import H264Profile, parse_h264_profile_level_id

H264_FMTP: Final = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
STATIC_CODECS: Final = {"0": "PCMU/8000", "8": "PCMA/8000"}
AUDIO_CODECS: Final = ("opus/48000/2", "pcmu/8000", "pcma/8000")
DIRECTIONS: Final = ("a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive")


class OfferRefusedError(Exception):
    """The camera cannot answer this offer; the message says why."""


@dataclass
class MediaSection:
    """One media line of an offer with its attributes, as lines without their ends."""

    lines: list[str]
    codecs: dict[str, str] = field(init=False)
    fmtp: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.codecs = {
            payload_type: codec for payload_type, codec in STATIC_CODECS.items() if payload_type in self.payload_types
        } | _by_payload_type(self.lines, "a=rtpmap:")
        self.fmtp = _by_payload_type(self.lines, "a=fmtp:")

    @property
    def kind(self) -> str:
        """``audio``, ``video`` or what else there is."""
        return self.lines[0].removeprefix("m=").split(" ", 1)[0]

    @property
    def payload_types(self) -> list[str]:
        """The formats of the media line, most wanted first."""
        return self.lines[0].split()[3:]


def repair_offer(sdp: str) -> str:
    """The camera's own copy of an offer, with CRLF lines. OfferRefusedError: a line without a codec that we have."""
    session, sections = split_sections(sdp)
    if not sections:
        raise OfferRefusedError("the offer has no media line")
    trickles = any(line.startswith("a=ice-options:") and "trickle" in line for line in sdp.splitlines())
    session_direction = next((line for line in session if line in DIRECTIONS), "a=sendrecv")
    lines = list(session)
    for section in map(MediaSection, sections):
        if section.kind not in {"audio", "video"}:
            lines += section.lines
            continue
        repaired = [line for line in _with_one_codec(section) if not _is_useless_candidate(line)]
        if not any(line in DIRECTIONS for line in repaired):
            repaired.append(session_direction)
        if not trickles and "a=end-of-candidates" not in repaired:
            repaired.append("a=end-of-candidates")
        lines += repaired
    return join_lines(lines)


def repair_answer(answer: str, offer: str) -> str:
    """The answer with the BUNDLE group cut to that of the offer; without a group, if the offer has none."""
    prefix = "a=group:BUNDLE"
    offered = next((line.split()[1:] for line in offer.splitlines() if line.startswith(prefix)), [])
    lines = []
    for line in answer.splitlines():
        if not line.startswith(prefix):
            lines.append(line)
        elif mids := [mid for mid in line.split()[1:] if mid in offered]:
            lines.append(" ".join([prefix, *mids]))
    return join_lines(lines)


def split_sections(sdp: str) -> tuple[list[str], list[list[str]]]:
    """The lines of the session, and those of each media section; CRLF, LF and a missing last line end alike."""
    lines = [stripped for line in sdp.splitlines() if (stripped := line.strip())]
    starts = [index for index, line in enumerate(lines) if line.startswith("m=")]
    bounds = itertools.pairwise([*starts, len(lines)])
    return lines[: starts[0] if starts else len(lines)], [lines[start:end] for start, end in bounds]


def join_lines(lines: Iterable[str]) -> str:
    """An SDP text with CRLF line ends."""
    return "".join(f"{line}\r\n" for line in lines)


def _with_one_codec(section: MediaSection) -> list[str]:
    chosen = _choose_h264(section) if section.kind == "video" else _choose_audio(section)
    media_line = " ".join([*section.lines[0].split()[:3], chosen])
    attributes = [line for line in section.lines[1:] if _concerns(line, chosen)]
    if not any(line.startswith(f"a=rtpmap:{chosen} ") for line in attributes):
        attributes.append(f"a=rtpmap:{chosen} {section.codecs[chosen]}")
    if section.kind == "video" and chosen not in section.fmtp:
        attributes.append(f"a=fmtp:{chosen} {H264_FMTP}")
    return [media_line, *attributes]


def _choose_audio(section: MediaSection) -> str:
    for wanted in AUDIO_CODECS:
        for payload_type in section.payload_types:
            if section.codecs.get(payload_type, "").lower() == wanted:
                return payload_type
    raise OfferRefusedError("the audio line offers none of Opus, PCMU and PCMA")


def _choose_h264(section: MediaSection) -> str:
    h264 = [pt for pt in section.payload_types if section.codecs.get(pt, "").lower() == "h264/90000"]
    for profile in (H264Profile.PROFILE_CONSTRAINED_BASELINE, H264Profile.PROFILE_BASELINE):
        for payload_type in h264:
            if _profile(section.fmtp.get(payload_type, H264_FMTP)) is profile:
                return payload_type
    raise OfferRefusedError("the video line offers no H.264 Baseline with packetization mode 1")


def _profile(fmtp: str) -> H264Profile | None:
    parameters = dict(part.strip().partition("=")[::2] for part in fmtp.split(";"))
    if parameters.get("packetization-mode") != "1":
        return None
    try:
        return parse_h264_profile_level_id(parameters.get("profile-level-id", "42e01f"))[0]
    except ValueError:
        return None  # a profile that aiortc does not know either


def _concerns(line: str, chosen: str) -> bool:
    for prefix in ("a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"):
        if line.startswith(prefix):
            return line.removeprefix(prefix).split(" ", 1)[0] in {chosen, "*"}
    return True


def _is_useless_candidate(line: str) -> bool:
    if not line.startswith("a=candidate:"):
        return False
    fields = line.split()
    return len(fields) < 8 or fields[1] != "1" or fields[2].lower() != "udp" or fields[4].endswith(".local")


def _by_payload_type(lines: list[str], prefix: str) -> dict[str, str]:
    found = (line.removeprefix(prefix).partition(" ") for line in lines if line.startswith(prefix))
    return {payload_type: value for payload_type, _, value in found}
