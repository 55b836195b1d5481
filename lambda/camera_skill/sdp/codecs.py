"""Which codecs a media line names, and whether Alexa takes them."""

import string
from collections.abc import Mapping
from typing import Final

from camera_skill.sdp.description import MediaDescription
from camera_skill.sdp.finding import Findings

STATIC: Final = {"0": "PCMU/8000", "8": "PCMA/8000"}
"""Payload types that need no rtpmap (RFC 3551, 6), as far as Alexa offers them."""
H264: Final = "h264/90000"
OPUS: Final = "opus/48000/2"
PCM: Final = frozenset(name.lower() for name in STATIC.values())
PROFILES: Final = {"42": "Baseline", "4d": "Main"}
"""The first octet of a profile-level-id that Alexa takes (RFC 6184, 8.1)."""


def codecs_of(media: MediaDescription) -> dict[str, str]:
    """From each payload type of the line that says its codec to the codec, in small letters."""
    named = by_payload_type(media, "rtpmap")
    codecs = {}
    for payload_type in media.fmt:
        codec = named.get(payload_type) or STATIC.get(payload_type)
        if codec:
            codecs[payload_type] = codec.lower().removesuffix("/1")
    return codecs


def by_payload_type(media: MediaDescription, name: str) -> dict[str, str]:
    """The values of an attribute that begins with a payload type, such as rtpmap and fmtp."""
    parts = (value.partition(" ") for _, value in media.attributes.get(name, ()))
    return {payload_type: rest.strip() for payload_type, _, rest in parts}


def check_codecs(found: Findings, media: MediaDescription, offered: Mapping[str, str]) -> None:
    """Whether the line has a codec that Alexa takes; `offered` says what the answer leaves unsaid."""
    codecs = {payload_type: offered[payload_type] for payload_type in media.fmt if payload_type in offered}
    codecs |= codecs_of(media)
    if media.media == "video" and H264 not in codecs.values():
        found.add("no-h264", "has no H.264 in its video line, and Alexa takes nothing else", media.line)
    elif media.media == "audio" and OPUS not in codecs.values():
        if PCM.isdisjoint(codecs.values()):
            found.add("no-audio-codec", "has neither Opus nor PCMU nor PCMA in its audio line", media.line)
        elif OPUS in offered.values():
            found.add("pcm-audio", "takes PCM where Opus was offered: an Echo's own sound may be lost", media.line)


def check_h264(found: Findings, media: MediaDescription, offered: Mapping[str, str]) -> None:
    """Whether the answer's H.264 is of a profile and a packetization mode that are known to work.

    No fmtp at all is as Alexa writes it; one without packetization-mode means mode 0 (RFC 6184, 8.1).
    """
    codecs = dict(offered) | codecs_of(media)
    payload_type = next((one for one in media.fmt if codecs.get(one) == H264), None)
    for line, value in media.attributes.get("fmtp", ()):
        one, _, rest = value.partition(" ")
        if one != payload_type:
            continue
        parameters = _parameters(rest)
        profile = parameters.get("profile-level-id", "42000a").lower()
        if profile[:2] not in PROFILES or len(profile) != 6 or not set(profile) <= set(string.hexdigits):
            found.add("h264-profile", "has H.264 of another profile than Constrained Baseline and Main", line)
        if parameters.get("packetization-mode", "0") != "1":
            found.add("h264-packetization-mode", "has H.264 without packetization-mode=1", line)


def _parameters(text: str) -> dict[str, str]:
    parts = (part.strip().partition("=") for part in text.split(";"))
    return {name.lower(): value.strip() for name, _, value in parts}
