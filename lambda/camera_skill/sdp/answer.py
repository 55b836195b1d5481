"""What is wrong or suspicious in an answer."""

from typing import Final

from camera_skill.sdp.codecs import check_codecs, check_h264, codecs_of
from camera_skill.sdp.description import MediaDescription, SessionDescription, read
from camera_skill.sdp.finding import Finding, Findings
from camera_skill.sdp.matching import check_bundle, check_payload_types, match_media
from camera_skill.sdp.offer import MOST_OFFER_LENGTH
from camera_skill.sdp.transport import check_transport, check_trickle

MOST_ANSWER_LENGTH: Final = 7_500
"""The signaling service passes on 10,000 characters of base64: more can only have come another way."""


def answer_findings(answer: str, offer: str) -> tuple[Finding, ...]:
    """What is wrong in the answer to an offer, the fatal first: no Echo can show video by it.

    All else is what Alexa is known to trip over. An answer without the audio line is none of it: Amazon recommends
    that to cameras without sound. An `offer` that cannot be read is compared with nothing.
    """
    found = Findings("answer")
    if len(answer) > MOST_ANSWER_LENGTH:
        found.add("too-large", f"has {len(answer)} characters: more than the signaling service passes on")
    answered = read(answer)
    offered = read(offer) if len(offer) <= MOST_OFFER_LENGTH else None
    if answered is None:
        found.add("not-sdp", "is not an SDP text: it does not begin with v=0", is_fatal=True)
    elif not answered.media:
        sentence = "has no media, so it is without video: there is no m= line"
        found.add("no-media", sentence, is_fatal=_wants_video(offered))
    else:
        _check(found, answered, offered)
    return tuple(sorted(found.all(), key=lambda finding: not finding.is_fatal))


def _check(found: Findings, answered: SessionDescription, offered: SessionDescription | None) -> None:
    accepted = [media for media in answered.media if not media.is_rejected]
    video = next((media for media in accepted if media.media == "video"), None)
    _check_rejected(found, answered, is_fatal=video is None and _wants_video(offered))
    check_transport(found, answered, video or next(iter(accepted), None))
    if answered.broken_line:
        found.add("broken-line", f"has a line that cannot be read, line {answered.broken_line}", answered.broken_line)
    check_trickle(found, answered)
    check_bundle(found, answered, offered)
    matched = match_media(found, answered, offered) if offered else {}
    for media in accepted:
        _check_setup(found, answered, media)
        if media.is_rtp:
            _check_rtp(found, answered, media, matched.get(media.line))


def _wants_video(offered: SessionDescription | None) -> bool:
    return offered is None or any(media.media == "video" and not media.is_rejected for media in offered.media)


def _check_rejected(found: Findings, answered: SessionDescription, *, is_fatal: bool) -> None:
    """Lines with port 0, and no video line at all; fatal if that means an Echo without picture."""
    kinds: set[str] = set()
    for media in answered.media:
        kinds.add(media.media)
        if media.is_rejected and media.media == "video":
            found.add("video-rejected", "is without video: its video line has port 0", media.line, is_fatal=is_fatal)
        elif media.is_rejected and media.media == "audio":
            found.add("audio-rejected", "rejects the audio (port 0), which Alexa wants left out instead", media.line)
    if is_fatal and "video" not in kinds:
        found.add("no-video", "is without video: there is no m=video line", is_fatal=True)


def _check_setup(found: Findings, answered: SessionDescription, media: MediaDescription) -> None:
    line, setup = next(iter(answered.transport(media, "setup")), (media.line, ""))
    if setup.strip() == "actpass":
        found.add("setup-actpass", "leaves open who begins DTLS (a=setup:actpass): only an offer may", line)
    elif setup.strip() not in {"active", "passive"}:
        found.add("no-setup", "does not say who begins DTLS (a=setup:active or passive)", line)


def _check_rtp(
    found: Findings, answered: SessionDescription, media: MediaDescription, offered: MediaDescription | None
) -> None:
    offered_codecs = codecs_of(offered) if offered else {}
    if offered:
        check_payload_types(found, media, offered)
    check_codecs(found, media, offered_codecs)
    if not answered.transport(media, "rtcp-mux") and (offered is None or "rtcp-mux" in offered.attributes):
        found.add("no-rtcp-mux", f"has no a=rtcp-mux in its {media.kind} line", media.line)
    if media.media == "video":
        check_h264(found, media, offered_codecs)
        if answered.direction(media) in {"recvonly", "inactive"}:
            found.add("video-not-sent", "does not send the video (a=recvonly or a=inactive)", media.line)
