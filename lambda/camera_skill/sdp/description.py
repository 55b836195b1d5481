"""An SDP text as sections of attributes with line numbers, in the words of RFC 8866."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from camera_skill.sdp.lines import lines_of

DIRECTIONS: Final = ("sendrecv", "sendonly", "recvonly", "inactive")


Attribute = tuple[int, str]
"""An `a=` line: its number, and what follows the name and the colon."""
Attributes = Mapping[str, Sequence[Attribute]]
"""By the attributes' names; they hold passwords, and stay out of every repr."""


@dataclass(frozen=True)
class MediaDescription:
    """An `m=` line and the attributes that follow it. What the line lacks is empty, `port` None if it is no number."""

    line: int
    media: str = field(repr=False)
    port: int | None
    proto: str = field(repr=False)
    fmt: Sequence[str] = field(repr=False)
    attributes: Attributes = field(repr=False)

    @property
    def kind(self) -> str:
        """The word for a sentence, which never repeats what the text makes up."""
        return self.media if self.media in {"audio", "video", "application"} else "other"

    @property
    def is_rtp(self) -> bool:
        """Whether it is audio or video: the only two of which Alexa knows."""
        return self.media in {"audio", "video"}

    @property
    def is_rejected(self) -> bool:
        """Port 0 (RFC 3264, 6), but where it only says that the line has no transport of its own (RFC 8843, 6)."""
        return self.port == 0 and "bundle-only" not in self.attributes

    @cached_property
    def mid(self) -> str:
        """Its name in BUNDLE groups, or an empty text."""
        found = self.attributes.get("mid")
        return found[0][1].strip() if found else ""


@dataclass(frozen=True)
class SessionDescription:
    """What an SDP text says: the attributes of the session, and its media descriptions.

    `broken_line` is the first line that is no `type=value`, or a media line without port or format.
    """

    attributes: Attributes = field(repr=False)
    media: Sequence[MediaDescription]
    broken_line: int | None

    @cached_property
    def bundles(self) -> Sequence[tuple[int, Sequence[str]]]:
        """Of each BUNDLE group the line number and the mids."""
        groups = [(line, value.split()) for line, value in self.attributes.get("group", ())]
        return [(line, words[1:]) for line, words in groups if words[:1] == ["BUNDLE"]]

    @cached_property
    def _tagged(self) -> Mapping[str, MediaDescription]:
        """From a mid to the media description whose transport its BUNDLE group uses (RFC 8843, 7.2)."""
        by_mid = {media.mid: media for media in reversed(self.media) if media.mid}
        tagged = {}
        for _, mids in self.bundles:
            if first := next((by_mid[mid] for mid in mids if mid in by_mid), None):
                tagged.update(dict.fromkeys(mids, first))
        return tagged

    def transport(self, media: MediaDescription, name: str) -> Sequence[Attribute]:
        """The attributes of that name that count for a media line: its own, its BUNDLE's, or the session's."""
        if found := media.attributes.get(name):
            return found
        tagged = self._tagged.get(media.mid)
        return (tagged.attributes.get(name) if tagged else None) or self.attributes.get(name, ())

    def direction(self, media: MediaDescription) -> str:
        """One of DIRECTIONS: the media's, the session's, or the default (RFC 8866, 6.7)."""
        for attributes in (media.attributes, self.attributes):
            for direction in DIRECTIONS:
                if direction in attributes:
                    return direction
        return "sendrecv"


def read(text: str) -> SessionDescription | None:
    """The description in a text, however broken; None if it does not begin with `v=0`."""
    lines = lines_of(text)
    if next((line for line in lines if line), "") != "v=0":
        return None
    session: dict[str, list[Attribute]] = {}
    current, media, broken_line = session, [], None
    for number, line in enumerate(lines, 1):
        kind = line[:2]
        if kind == "a=":
            name, _, value = line[2:].rstrip().partition(":")
            if name in current:
                current[name].append((number, value))
            else:
                current[name] = [(number, value)]
        elif kind == "m=":
            current = {}
            section = _media_description(number, line, current)
            media.append(section)
            if broken_line is None and (section.port is None or not section.fmt):
                broken_line = number
        elif broken_line is None and line and kind[1:] != "=":
            broken_line = number
    return SessionDescription(session, media, broken_line)


def _media_description(number: int, line: str, attributes: Attributes) -> MediaDescription:
    words = line[2:].split()
    media, port, proto = [*words[:3], "", "", ""][:3]
    return MediaDescription(number, media, _port(port), proto, words[3:], attributes)


def _port(text: str) -> int | None:
    digits = text.partition("/")[0]
    # No longer than a port: int() fails on thousands of digits.
    return int(digits) if len(digits) <= 5 and digits.isascii() and digits.isdigit() else None
