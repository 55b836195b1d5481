"""Alexa.RTCSessionController, version 3: offers, answers and the sessions that they begin.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-rtcsessioncontroller.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from camera_skill.alexa import capability as capabilities
from camera_skill.alexa.directive import Directive, Json
from camera_skill.errors import DirectiveInvalidError

NAMESPACE = "Alexa.RTCSessionController"
INITIATE_SESSION_WITH_OFFER = (NAMESPACE, "InitiateSessionWithOffer")
SESSION_CONNECTED = (NAMESPACE, "SessionConnected")
SESSION_DISCONNECTED = (NAMESPACE, "SessionDisconnected")


def capability(*, full_duplex: bool) -> Json:
    """What Discover says of a camera with live view; `full_duplex`: sound goes both ways at once."""
    return capabilities.of_interface(NAMESPACE, configuration={"isFullDuplexAudioSupported": full_duplex})


@dataclass(frozen=True)
class Offer:
    """The payload of InitiateSessionWithOffer; `sdp` as Alexa sent it."""

    sdp: str = field(repr=False)

    @classmethod
    def from_directive(cls, directive: Directive) -> "Offer":
        """Raises: DirectiveInvalidError if the payload holds no SDP offer."""
        offer = directive.payload.get("offer")
        if not isinstance(offer, Mapping):
            raise DirectiveInvalidError("InitiateSessionWithOffer came without an offer")
        if not isinstance(offer.get("format"), str) or offer["format"].upper() != "SDP":
            raise DirectiveInvalidError("the offer's format is not SDP")
        if not isinstance(offer.get("value"), str):
            raise DirectiveInvalidError("the offer's value is not a text")
        session_id(directive)
        return cls(offer["value"])


def session_id(directive: Directive) -> str:
    """The session that a directive of this interface names. Raises: DirectiveInvalidError."""
    if not directive.session_id:
        raise DirectiveInvalidError(f"{directive.name} came without a sessionId")
    return directive.session_id


def answer_generated_for_session(directive: Directive, answer: str) -> Json:
    """AnswerGeneratedForSession; its payload holds `answer` and nothing else."""
    return directive.reply("AnswerGeneratedForSession", {"answer": {"format": "SDP", "value": answer}})


def session_event(directive: Directive) -> Json:
    """The reply to SessionConnected and SessionDisconnected: the event of the same name."""
    return directive.reply(directive.name, {"sessionId": session_id(directive)})
