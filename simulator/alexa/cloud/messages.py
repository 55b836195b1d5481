"""What the event gateway takes: the messages that a skill may send unasked, as Alexa documents them.

Amazon's schema is asked, too, where it is at hand. What stands here counts always, and much of it that schema does
not know: which token a message carries, how many endpoints it may have, and the interfaces that are newer than it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from simulator.alexa import message_schema

MOST_ENDPOINTS = 300
MOST_BYTES = 256 * 1024
_DOORBELL_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")  # without fractions of a second
_ENDPOINT_ID = re.compile(r"[a-zA-Z0-9_\-=#;:?@&]{1,256}")
_MESSAGE_ID = re.compile(r"[a-zA-Z0-9-]{1,127}")

DOORBELL = "Alexa.DoorbellEventSource"
DISCOVERY = "Alexa.Discovery"
OBJECTS = "Alexa.SmartVision.ObjectDetectionSensor"
_VERSIONS = {
    ("Alexa", "ChangeReport"): "3",
    (DOORBELL, "DoorbellPress"): "3",
    (OBJECTS, "ObjectDetection"): "1.0",
    (DISCOVERY, "AddOrUpdateReport"): "3",
    (DISCOVERY, "DeleteReport"): "3",
}


class RefusedError(Exception):
    """The gateway does not take it: status and code of Alexa's error, and the message its description."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Message:
    """A message that a skill may send. `endpoints`: of a message about several; else the one, with its id alone."""

    name: str
    message_id: str
    endpoints: tuple[dict[str, Any], ...]
    payload: dict[str, Any]
    value: dict[str, Any] = field(repr=False)

    @property
    def endpoint_ids(self) -> tuple[str, ...]:
        """The devices that it is about."""
        return tuple(str(endpoint.get("endpointId", "")) for endpoint in self.endpoints)


def read(body: bytes, token: str) -> Message:
    """The message of a body that came with this token in its Authorization header. Raises: RefusedError."""
    value = _json(body)
    try:
        message, scope = _message(value)
    except (KeyError, TypeError, AttributeError) as error:
        raise _invalid(f"the message lacks {error}, or has something else in its place") from error
    _check_size(body, message)
    if scope.get("type") != "BearerToken" or scope.get("token") != token:
        raise _invalid("the scope does not have the token of the Authorization header")
    _check_content(message)
    if not message_schema.alexa_accepts(value):
        raise _invalid("Alexa's message schema refuses it")
    return message


def redacted(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """The JSON of a body without its tokens; None if it is none."""
    try:
        return _redacted(json.loads(body))
    except ValueError:
        return None


def outline(body: bytes) -> tuple[str, str]:
    """Name and id of a message that may be wrong in all else; empty if it does not tell."""
    try:
        header = json.loads(body)["event"]["header"]
        return str(header.get("name", "")), str(header.get("messageId", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise _invalid("the body is not JSON") from error
    if not isinstance(value, dict):
        raise _invalid("the body is not a JSON object")
    return value


def _message(value: dict[str, Any]) -> tuple[Message, dict[str, Any]]:
    event = value["event"]
    header, payload = event["header"], event["payload"]
    kind = str(header["namespace"]), str(header["name"])
    if kind not in _VERSIONS:
        raise _invalid(f"{kind[0]} {kind[1]} is not a message that is sent to the event gateway")
    if header["payloadVersion"] != _VERSIONS[kind]:
        raise _invalid(f"the payload version of {kind[1]} is {_VERSIONS[kind]}")
    is_discovery = kind[0] == DISCOVERY
    endpoints = tuple(payload["endpoints"]) if is_discovery else (event["endpoint"],)
    scope = payload["scope"] if is_discovery else event["endpoint"]["scope"]
    if not all(isinstance(endpoint["endpointId"], str) and endpoint["endpointId"] for endpoint in endpoints):
        raise _invalid("an endpointId is no text")
    if not _MESSAGE_ID.fullmatch(str(header["messageId"])):
        raise _invalid("the messageId is not one to 127 letters, digits and hyphens")
    return Message(kind[1], str(header["messageId"]), endpoints, payload, value), dict(scope)


def _check_size(body: bytes, message: Message) -> None:
    if len(message.endpoints) > MOST_ENDPOINTS or len(body) > MOST_BYTES:
        said = f"at most {MOST_ENDPOINTS} endpoints and {MOST_BYTES // 1024} KB are taken"
        raise RefusedError(413, "REQUEST_ENTITY_TOO_LARGE_EXCEPTION", said)


def _check_content(message: Message) -> None:
    endpoint = message.value["event"].get("endpoint")
    if isinstance(endpoint, dict) and not _ENDPOINT_ID.fullmatch(str(endpoint.get("endpointId"))):
        raise _invalid("the endpointId is none that Alexa takes")
    if message.name == "DoorbellPress" and message.payload.keys() - {"cause", "timestamp"}:
        raise _invalid("the payload of a DoorbellPress has a cause and a timestamp, and nothing else")
    if message.name == "DoorbellPress" and not _DOORBELL_TIMESTAMP.fullmatch(str(message.payload.get("timestamp"))):
        raise _invalid("the timestamp of a DoorbellPress looks like 2026-11-22T10:00:00Z")
    if message.name != "ChangeReport":
        return
    change = message.payload.get("change", {})
    changed = [_name(one) for one in change.get("properties", ())]
    context = [_name(one) for one in message.value.get("context", {}).get("properties", ())]
    if not changed:
        raise _invalid("a ChangeReport without a changed property")
    if len({*changed, *context}) < len(changed) + len(context):
        raise _invalid("a ChangeReport has a property twice")


def _name(changed: Any) -> tuple[str, str, str]:  # noqa: ANN401 - any JSON
    if not isinstance(changed, dict):
        raise _invalid("a property is not an object")
    return str(changed.get("namespace")), str(changed.get("name")), str(changed.get("instance"))


def _invalid(description: str) -> RefusedError:
    return RefusedError(400, "INVALID_REQUEST_EXCEPTION", description)


def _redacted(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        return [_redacted(part) for part in value]
    if isinstance(value, dict):
        return {name: "…" if name == "token" else _redacted(part) for name, part in value.items()}
    return value
