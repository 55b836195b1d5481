"""Messages of the signaling WebSocket, as text and as what they mean to a master."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any


class UnreadableMessageError(Exception):
    """A message that no master can act on; the text says why."""


@dataclass(frozen=True)
class SignalingMessage:
    """A message from the service. ``payload`` is the decoded JSON object, empty where there is none."""

    type: str
    sender_client_id: str
    payload: dict[str, Any] = field(repr=False)  # an SDP has passwords
    status: dict[str, Any]

    @property
    def sdp(self) -> str:
        """The SDP text of an offer. UnreadableMessageError: it holds none."""
        if not isinstance(sdp := self.payload.get("sdp"), str):
            raise UnreadableMessageError("the message payload has no sdp text")
        return sdp


def parse_message(text: str) -> SignalingMessage:
    """A text frame of the service. UnreadableMessageError: not JSON, or a payload that is not base64 of JSON."""
    try:
        frame = json.loads(text)
        encoded = frame.get("messagePayload") or ""
        payload = json.loads(base64.b64decode(encoded, validate=True)) if encoded else {}
    except (AttributeError, TypeError, ValueError, binascii.Error) as error:
        raise UnreadableMessageError(f"not a signaling message: {error}") from error
    if not isinstance(payload, dict):
        raise UnreadableMessageError("the message payload is not a JSON object")
    status = frame.get("statusResponse")
    return SignalingMessage(
        type=str(frame.get("messageType", "")),
        sender_client_id=str(frame.get("senderClientId", "")),
        payload=payload,
        status=status if isinstance(status, dict) else {},
    )


def answer_message(recipient_client_id: str, sdp: str, correlation_id: str) -> str:
    """An SDP_ANSWER to one viewer; the service reports trouble with it under the correlation id."""
    payload = json.dumps({"type": "answer", "sdp": sdp}).encode()
    return json.dumps(
        {
            "action": "SDP_ANSWER",
            "recipientClientId": recipient_client_id,
            "messagePayload": base64.b64encode(payload).decode(),
            "correlationId": correlation_id,
        }
    )
