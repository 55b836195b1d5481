"""What an Echo Show demands of an answer before it uses it."""

from aiortc.sdp import MediaDescription, SessionDescription

from simulator.echo_show.errors import UnusableAnswerError
from simulator.echo_show.offer_form import AUDIO, PAYLOAD_TYPES, VIDEO

# How aiortc's parser fails on what is not SDP: it asserts, converts and indexes without checks.
PARSER_FAILURES = (AssertionError, AttributeError, LookupError, RuntimeError, StopIteration, TypeError, ValueError)


def check_answer(answer: str) -> None:
    """UnusableAnswerError: the answer does not fit an Echo's offer (RFC 3264, RFC 8829), or has no inline candidate."""
    try:
        description = SessionDescription.parse(answer)
    except PARSER_FAILURES as error:
        raise UnusableAnswerError(f"The answer is not an SDP text: {type(error).__name__}: {error}") from error
    mids = [media.rtp.muxId for media in description.media]
    if mids != [AUDIO, VIDEO]:
        raise UnusableAnswerError(f"The answer has the media sections {mids}; offered were {[AUDIO, VIDEO]}.")
    for media in description.media:
        _check_section(media)


def _check_section(media: MediaDescription) -> None:
    mid = media.rtp.muxId
    foreign = [str(format_) for format_ in media.fmt if str(format_) not in PAYLOAD_TYPES[mid]]
    if foreign:
        raise UnusableAnswerError(f"The answer's section {mid} names payload types not offered: {foreign}.")
    if media.port == 0:
        raise UnusableAnswerError(f"The answer rejects the section {mid}.")
    if media.dtls is None or media.dtls.role not in {"client", "server"} or not media.dtls.fingerprints:
        raise UnusableAnswerError(f"The answer's section {mid} has no usable DTLS role and fingerprint.")
    if media.ice is None or not media.ice.usernameFragment or not media.ice.password:
        raise UnusableAnswerError(f"The answer's section {mid} has no ICE credentials.")
    if mid == AUDIO and not media.ice_candidates:
        raise UnusableAnswerError("The answer has no ICE candidate, and an Echo cannot trickle.")
    if mid == VIDEO and media.direction not in {"sendonly", "sendrecv"}:
        raise UnusableAnswerError(f"The answer's section {mid} is {media.direction}: the camera sends no video.")
