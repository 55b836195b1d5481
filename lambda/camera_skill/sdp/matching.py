"""Which media line of an answer answers which of the offer (RFC 3264, 6; RFC 8843), and what does not fit."""

from collections import deque
from collections.abc import Mapping

from camera_skill.sdp.description import MediaDescription, SessionDescription
from camera_skill.sdp.finding import Findings


def match_media(
    found: Findings, answered: SessionDescription, offered: SessionDescription
) -> dict[int, MediaDescription]:
    """From the number of an answer's media line to the offered one: by mid, else by kind, each once.

    Not by index: Amazon tells cameras without sound to leave the audio line out, which shifts all others.
    """
    matched: dict[int, MediaDescription] = {}
    offers = _Offers(offered)
    last = -1
    for media in answered.media:
        _check_mid(found, media, offers.by_mid)
        index = offers.take(media)
        if index is None:
            found.add("extra-media", f"has a media line that was not offered, of kind {media.kind}", media.line)
            continue
        matched[media.line] = offered.media[index]
        if media.media != offered.media[index].media:
            found.add("other-kind", "has a media line of another kind than its mid has in the offer", media.line)
        if index < last:
            found.add("media-order", "has its media lines in another order than the offer", media.line)
        last = index
    has_video = any(media.media == "video" for media in answered.media)
    excused = {"audio"} if has_video else {"audio", "video"}  # a missing video line is a finding of its own
    if any(media.media not in excused for media in offers.left()):
        found.add("missing-media", "has fewer media lines than the offer, and not only the audio is missing")
    return matched


def check_payload_types(found: Findings, media: MediaDescription, offered: MediaDescription) -> None:
    """Payload types that the offer did not have: Alexa cannot know what they mean."""
    known = set(offered.fmt)
    if any(payload_type not in known for payload_type in media.fmt):
        found.add("unknown-payload-type", f"has payload types that were not offered, for {media.kind}", media.line)


def check_bundle(found: Findings, answered: SessionDescription, offered: SessionDescription | None) -> None:
    """BUNDLE groups: only what was offered together, and only what has a line."""
    present = {media.mid for media in answered.media}
    offered_mids = {mid for _, mids in offered.bundles for mid in mids} if offered else None
    for line, mids in answered.bundles:
        if offered_mids is not None and not offered_mids.issuperset(mids):
            found.add("bundle-not-offered", "bundles lines that the offer did not bundle", line)
        if not present.issuperset(mids):
            found.add("bundle-without-line", "bundles a mid for which it has no media line", line)
    accepted = sum(not media.is_rejected for media in answered.media)
    if offered_mids and accepted > 1 and not answered.bundles:
        found.add("no-bundle", "bundles nothing (a=group:BUNDLE), though the offer does")


def _check_mid(found: Findings, media: MediaDescription, by_mid: Mapping[str, int]) -> None:
    if by_mid and not media.mid:
        found.add("no-mid", f"does not name its {media.kind} line (a=mid), though the offer does", media.line)
    elif media.mid and media.mid not in by_mid:
        line = media.attributes["mid"][0][0]
        found.add("unknown-mid", f"names its {media.kind} line by a mid that was not offered", line)


class _Offers:
    """Offered media lines that wait for their answer."""

    def __init__(self, offered: SessionDescription) -> None:
        self._media = offered.media
        self.by_mid = {media.mid: index for index, media in enumerate(offered.media) if media.mid}
        self._taken: set[int] = set()
        self._by_kind: dict[str, deque[int]] = {}
        for index, media in enumerate(offered.media):
            self._by_kind.setdefault(media.media, deque()).append(index)

    def take(self, media: MediaDescription) -> int | None:
        """The index of the offered line, which is taken then."""
        index = self.by_mid.get(media.mid)
        if index is None or index in self._taken:
            waiting = self._by_kind.get(media.media, deque())
            while waiting and waiting[0] in self._taken:
                waiting.popleft()
            index = waiting[0] if waiting else None
        if index is not None:
            self._taken.add(index)
        return index

    def left(self) -> list[MediaDescription]:
        """What was offered and not taken, and not rejected by the offer itself."""
        return [media for index, media in enumerate(self._media) if index not in self._taken and not media.is_rejected]
