"""Offers for cameras that cannot read what an Echo leaves unsaid."""

import itertools
from collections.abc import Iterator
from typing import Final

from camera_skill.sdp.codecs import H264, STATIC, by_payload_type, codecs_of
from camera_skill.sdp.description import DIRECTIONS, MediaDescription, SessionDescription, read
from camera_skill.sdp.lines import joined, lines_of

H264_PARAMETERS: Final = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
"""What Alexa means by H264 without a=fmtp: Constrained Baseline, level 3.1."""
BEFORE_ATTRIBUTES: Final = ("i=", "c=", "b=", "k=")


def explicit(offer: str) -> str:
    """The same offer with what is implied written out, and without what nobody uses; CRLF lines.

    Written out: rtpmap of the static payload types 0 and 8, fmtp of H.264, the direction. Left out: TCP candidates
    where there are others, and with rtcp-mux the candidates of component 2. Bandwidth comes before attributes
    (RFC 8866, 5). A text that is no SDP stays as it is but for its line ends.
    """
    session = read(offer)
    if session is None:
        return joined(lines_of(offer))
    lines = lines_of(offer)
    bounds = [*(media.line - 1 for media in session.media), len(lines)]
    written = lines[: bounds[0]]
    for media, (start, end) in zip(session.media, itertools.pairwise(bounds), strict=True):
        written += _explicit_section(session, media, lines[start:end])
    return joined(written)


def _explicit_section(session: SessionDescription, media: MediaDescription, lines: list[str]) -> list[str]:
    """`lines` is the media line with all that follows it."""
    useless = set(_useless_candidates(media))
    kept = [line for number, line in enumerate(lines, media.line) if number not in useless]
    if media.is_rtp:
        kept = _with_codecs(media, kept)
        if not any(direction in media.attributes for direction in DIRECTIONS):
            kept.append(f"a={session.direction(media)}")
    early = [line for line in kept[1:] if line.startswith(BEFORE_ATTRIBUTES)]
    return [kept[0], *early, *(line for line in kept[1:] if not line.startswith(BEFORE_ATTRIBUTES))]


def _with_codecs(media: MediaDescription, lines: list[str]) -> list[str]:
    mapped, described = by_payload_type(media, "rtpmap"), by_payload_type(media, "fmtp")
    missing = [one for one in dict.fromkeys(media.fmt) if one in STATIC and one not in mapped]
    undescribed = [one for one, codec in codecs_of(media).items() if codec == H264 and one not in described]
    lines = [line for line in lines if line]
    lines += [f"a=rtpmap:{one} {STATIC[one]}" for one in missing if media.media == "audio"]
    return lines + [f"a=fmtp:{one} {H264_PARAMETERS}" for one in undescribed if media.media == "video"]


def _useless_candidates(media: MediaDescription) -> Iterator[int]:
    """Line numbers; nothing is useless where there is no UDP candidate for RTP that could be used in its place."""
    candidates = [(line, value.split(maxsplit=3)[1:3]) for line, value in media.attributes.get("candidate", ())]
    readable = [(line, words[0], words[1].lower()) for line, words in candidates if len(words) == 2]
    if any((component, transport) == ("1", "udp") for _, component, transport in readable):
        for line, component, transport in readable:
            if transport == "tcp" or (component == "2" and "rtcp-mux" in media.attributes):
                yield line
