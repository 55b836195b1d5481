"""What is wrong or suspicious in an offer."""

from typing import Final

from camera_skill.sdp.codecs import check_codecs
from camera_skill.sdp.description import SessionDescription, read
from camera_skill.sdp.finding import Finding, Findings
from camera_skill.sdp.transport import check_transport, check_trickle

MOST_OFFER_LENGTH: Final = 20_000
"""Far over what the signaling service takes: such an offer is not worth the time to read it."""


def offer_findings(offer: str) -> tuple[Finding, ...]:
    """What is wrong in an offer, the fatal first: it cannot be sent on. The rest says that Alexa wrote it differently.

    Real offers of Echos have no finding.
    """
    found = Findings("offer")
    if len(offer) > MOST_OFFER_LENGTH:
        found.add("too-large", f"has {len(offer)} characters: no signaling service takes it", is_fatal=True)
        return found.all()
    session = read(offer)
    if session is None:
        found.add("not-sdp", "is not an SDP text: it does not begin with v=0", is_fatal=True)
    elif not session.media:
        found.add("no-media", "has no media: there is no m= line", is_fatal=True)
    else:
        _check(found, session)
    return found.all()


def _check(found: Findings, session: SessionDescription) -> None:
    accepted = [media for media in session.media if not media.is_rejected]
    video = next((media for media in accepted if media.media == "video"), None)
    if video is None:
        found.add("no-video", "asks for no video")
    if session.broken_line:
        found.add("broken-line", f"has a line that cannot be read, line {session.broken_line}", session.broken_line)
    check_trickle(found, session)
    check_transport(found, session, video or next(iter(accepted), None))
    if len(accepted) > 1 and not session.bundles:
        found.add("no-bundle", "bundles nothing (a=group:BUNDLE)")
    for media in accepted:
        if media.is_rtp:
            check_codecs(found, media, {})
            if "rtcp-mux" not in media.attributes:
                found.add("no-rtcp-mux", f"has no a=rtcp-mux in its {media.kind} line", media.line)
