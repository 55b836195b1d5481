"""One RTC session as Alexa leads it: directives to the skill, and what Alexa demands of the replies."""

import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from simulator.alexa import directives
from simulator.echo_show.errors import AlexaError, UnexpectedReplyError

Invoke = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Alexa's invocation of the skill: takes a directive, gives the event that the skill returns."""

NAMESPACE = "Alexa.RTCSessionController"


class RtcSession:
    """A session with a new session id. ``sent_at`` is when its offer went out, on ``time.monotonic``."""

    def __init__(self, invoke: Invoke, access_token: str, endpoint_id: str, cookie: Mapping[str, str]) -> None:
        self.session_id = str(uuid.uuid4())
        self.sent_at = 0.0
        self._invoke = invoke
        self._address = access_token, endpoint_id, cookie, self.session_id

    def milliseconds(self, until: float | None = None) -> float:
        """The time from when the offer went out until now, or until then on ``time.monotonic``."""
        return ((time.monotonic() if until is None else until) - self.sent_at) * 1000

    async def initiate(self, offer: str) -> str:
        """The camera's answer. AlexaError, UnexpectedReplyError."""
        directive = directives.initiate_session_with_offer(*self._address, offer)
        self.sent_at = time.monotonic()
        payload = await self._ask(directive, "AnswerGeneratedForSession")
        answer = payload.get("answer")
        if not isinstance(answer, dict) or str(answer.get("format")).upper() != "SDP":
            raise UnexpectedReplyError("The skill's reply holds no answer of the format SDP.")
        if not isinstance(answer.get("value"), str):
            raise UnexpectedReplyError("The skill's answer has no text.")
        return str(answer["value"])

    async def connected(self) -> None:
        """Tells the skill that media flows. AlexaError, UnexpectedReplyError."""
        await self._tell(directives.session_connected(*self._address), "SessionConnected")

    async def disconnected(self) -> None:
        """Tells the skill that the session is over. AlexaError, UnexpectedReplyError."""
        await self._tell(directives.session_disconnected(*self._address), "SessionDisconnected")

    async def _tell(self, directive: directives.Directive, name: str) -> None:
        payload = await self._ask(directive, name)
        if payload.get("sessionId") != self.session_id:
            raise UnexpectedReplyError(f"The skill's {name} is about another session.")

    async def _ask(self, directive: directives.Directive, name: str) -> dict[str, Any]:
        event = await self._invoke(directive)
        payload = event_payload(event, NAMESPACE, name)
        sent, received = directive["directive"]["header"], event["event"]["header"]
        if received.get("correlationToken") != sent["correlationToken"]:
            raise UnexpectedReplyError(f"The skill's {name} does not return the correlation token.")
        return payload


def event_payload(event: Mapping[str, Any], namespace: str, name: str) -> dict[str, Any]:
    """The payload of the event that is expected. AlexaError: an ErrorResponse; UnexpectedReplyError: anything else."""
    try:
        header, payload = event["event"]["header"], event["event"]["payload"]
        found = header["namespace"], header["name"]
    except (KeyError, TypeError) as error:
        raise UnexpectedReplyError(f"The skill's reply is not an event of Alexa's form: {error} is missing.") from error
    if not isinstance(payload, dict):
        raise UnexpectedReplyError("The payload of the skill's reply is not an object.")
    if found[1] == "ErrorResponse":
        raise AlexaError(str(payload.get("type")), str(payload.get("message")))
    if found != (namespace, name):
        raise UnexpectedReplyError(f"The skill replied {found[0]} {found[1]} where {namespace} {name} was due.")
    return payload
