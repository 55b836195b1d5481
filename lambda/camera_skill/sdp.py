"""Offers and answers as text (RFC 8866): what must hold before they travel."""

import re

from camera_skill.errors import AnswerInvalidError, OfferInvalidError

MOST_OFFER_LENGTH = 20_000
"""Far over what the signaling service takes: such an offer is not worth the time to read it."""
_LINE_END = re.compile(r"\r\n|\r|\n")


def with_crlf(text: str) -> str:
    """The same SDP with every line ended by CRLF (RFC 8866, section 5), the last one included.

    Some cameras split on nothing else: an LF-only text is empty to them.
    """
    return "".join(f"{line}\r\n" for line in _lines(text))


def check_offer(offer: str) -> None:
    """Raises: OfferInvalidError if this is not an SDP text with media."""
    if len(offer) > MOST_OFFER_LENGTH:
        raise OfferInvalidError(f"the offer has {len(offer)} characters: no signaling service takes it")
    lines = _lines(offer)
    if not _is_sdp(lines):
        raise OfferInvalidError("the offer is not an SDP text: it does not begin with v=0")
    if not any(line.startswith("m=") for line in lines):
        raise OfferInvalidError("the offer has no media: there is no m= line")


def check_answer(answer: str, endpoint_id: str) -> None:
    """Raises: AnswerInvalidError if no Echo can show video by this answer, with what `endpoint_id` must mend."""
    lines = _lines(answer)
    if not _is_sdp(lines):
        raise AnswerInvalidError(f"camera {endpoint_id} answered with something that is not SDP")
    if not any(line.startswith("m=video ") and not line.startswith("m=video 0 ") for line in lines):
        raise AnswerInvalidError(f"camera {endpoint_id} answered without video: no m=video line with a port")
    for needed, name in (
        ("a=fingerprint:", "DTLS fingerprint (a=fingerprint)"),
        ("a=ice-ufrag:", "ICE credentials (a=ice-ufrag)"),
        ("a=ice-pwd:", "ICE credentials (a=ice-pwd)"),
    ):
        if not any(line.startswith(needed) for line in lines):
            raise AnswerInvalidError(f"the answer of camera {endpoint_id} has no {name}")


def _lines(text: str) -> list[str]:
    return [line for line in _LINE_END.split(text) if line]


def _is_sdp(lines: list[str]) -> bool:
    return bool(lines) and lines[0] == "v=0"
