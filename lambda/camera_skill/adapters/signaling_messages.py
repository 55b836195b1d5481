"""What travels through a signaling channel: base64 of a JSON object `{"type": …, "sdp": …}`.

The API calls it "base64-encoded SDP", but every master reads JSON: the C SDK wants exactly these two members.
"""

import base64
import binascii
import json

from camera_skill import sdp
from camera_skill.errors import AnswerInvalidError, CameraRefusedError, OfferInvalidError

MOST_MESSAGE_BYTES = 7_500
"""The service takes 10,000 characters of base64."""
_WANTED = 'it must be base64 of JSON {"type":"answer","sdp":"v=0…"}: see what the camera\'s own log says it sends'


def wrap_offer(offer: str) -> str:
    """The MessagePayload for an SDP offer, its lines ended by CRLF.

    Raises: OfferInvalidError if it is larger than the service takes, or not Unicode text.
    """
    message = {"type": "offer", "sdp": sdp.with_crlf(offer)}
    try:
        # Not escaped to ASCII: embedded JSON readers know \r and \n, not \u.
        octets = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise OfferInvalidError("the offer is not Unicode text") from error
    if len(octets) > MOST_MESSAGE_BYTES:
        raise OfferInvalidError(
            f"the offer has {len(octets)} bytes once wrapped, and the signaling service takes {MOST_MESSAGE_BYTES}",
        )
    return base64.b64encode(octets).decode()


def unwrap_answer(answer: object, endpoint_id: str) -> str:
    """The SDP in a camera's answer: in JSON, as it should be, or bare, as some cameras send it.

    Raises: CameraRefusedError if the camera says why it does not answer; AnswerInvalidError if it is neither.
    """
    if not isinstance(answer, str):
        raise _invalid(endpoint_id, "is not a text")
    try:
        text = base64.b64decode(answer).decode()
    except (binascii.Error, ValueError) as error:
        raise _invalid(endpoint_id, "is not base64 of a text") from error
    if text.lstrip().startswith("v=0"):
        return text.lstrip()
    try:
        message = json.loads(text, strict=False)  # some cameras put bare line ends into their strings
    except (ValueError, RecursionError) as error:
        raise _invalid(endpoint_id, "is neither JSON nor SDP") from error
    if not isinstance(message, dict):
        raise _invalid(endpoint_id, "is JSON, but not an object")
    if message.get("type") == "error":
        raise CameraRefusedError(endpoint_id, str(message.get("reason")), _percentage(message.get("percentage")))
    answered = message.get("sdp")
    if not isinstance(answered, str) or not _is_unicode(answered):
        raise _invalid(endpoint_id, "is JSON, but has no text `sdp`")
    return answered


def _invalid(endpoint_id: str, what: str) -> AnswerInvalidError:
    return AnswerInvalidError(f"the answer of camera {endpoint_id} {what}; {_WANTED}")


def _percentage(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 100 else None


def _is_unicode(text: str) -> bool:
    """Whether the text can be sent on: JSON may hold halves of surrogate pairs."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
