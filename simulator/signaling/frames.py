"""The text frames on a signaling WebSocket (developer guide, "WebRTC WebSocket APIs")."""

import json
from typing import NamedTuple

from simulator.signaling.constraints import String, Structure
from simulator.signaling.errors import INVALID_ARGUMENT, ErrorType, ServiceError
from simulator.signaling.inputs import CLIENT_ID, CORRELATION_ID, MESSAGE_PAYLOAD

GO_AWAY = '{"messageType":"GO_AWAY"}'

# The master's JavaScript SDK writes recipientClientId, its C SDK RecipientClientId.
_KEYS = {name.lower(): name for name in ("action", "recipientClientId", "messagePayload", "correlationId")}
_FRAME = Structure(
    {
        "action": String(enum=("SDP_OFFER", "SDP_ANSWER", "ICE_CANDIDATE")),
        "messagePayload": MESSAGE_PAYLOAD,
        "correlationId": CORRELATION_ID,
    },
    frozenset({"action", "messagePayload"}),
)


class Frame(NamedTuple):
    """What a client sent; nothing of it is checked yet."""

    members: dict[str, object]

    @property
    def correlation_id(self) -> str:
        """What errors refer to; empty where the client wants to hear of none."""
        correlation_id = self.members.get("correlationId")
        return correlation_id if isinstance(correlation_id, str) else ""


class Message(NamedTuple):
    """What goes from one peer to another; no sender is the master."""

    message_type: str
    sender_client_id: str
    message_payload: str


def parse(text: str) -> Frame:
    """Read a frame, its keys in any case, members of no meaning here passed over.

    Raises:
        ServiceError: the text is not a JSON object.
    """
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ServiceError(INVALID_ARGUMENT, "The message is not JSON.") from error
    if not isinstance(frame, dict):
        raise ServiceError(INVALID_ARGUMENT, "The message is not a JSON object.")
    return Frame({_KEYS[key.lower()]: value for key, value in frame.items() if key.lower() in _KEYS})


def message_from(frame: Frame, sender_client_id: str) -> Message:
    """Check a frame and make it the message that the other peer gets.

    Raises:
        ServiceError: the frame lacks something, or breaks a limit or a pattern.
    """
    _FRAME.check("", frame.members)
    return Message(str(frame.members["action"]), sender_client_id, str(frame.members["messagePayload"]))


def recipient_of(frame: Frame) -> str:
    """Return the recipient, which only a master has to name.

    Raises:
        ServiceError: there is none, or it is not a client id.
    """
    Structure({"recipientClientId": CLIENT_ID}, frozenset({"recipientClientId"})).check("", frame.members)
    return str(frame.members["recipientClientId"])


def text_of(message: Message) -> str:
    """Write a message as a frame, its keys in the order of the real service."""
    frame = {"messagePayload": message.message_payload, "messageType": message.message_type}
    if message.sender_client_id:
        frame["senderClientId"] = message.sender_client_id
    return json.dumps(frame, separators=(",", ":"))


def status_response(correlation_id: str, error_type: ErrorType, description: str) -> str:
    """Write the frame that tells a client of its error."""
    status = {
        "correlationId": correlation_id,
        "errorType": error_type.name,
        "statusCode": str(error_type.status),
        "description": description,
    }
    return json.dumps({"messageType": "STATUS_RESPONSE", "statusResponse": status}, separators=(",", ":"))
