"""What must hold of the reply to anything at all, read from the event by other code than the product's."""

import json
from collections.abc import Callable, Collection
from typing import Any

from tests.support import alexa_schema

MAJOR_VERSION = "3"
DISCOVER = ("Alexa.Discovery", "Discover")
OBJECT_DETECTION = "Alexa.SmartVision.ObjectDetectionSensor"
ACCEPT_GRANT = ("Alexa.Authorization", "AcceptGrant")


def check(event: object, reply: dict[str, Any], supported: Collection[tuple[str, str]]) -> None:
    """Fails unless Amazon's schema accepts the reply, and it echoes what it must, and says what is true of the event.

    `supported`: namespace and name of the directives that need not be refused.
    """
    assert alexa_schema.accepts(reply), json.dumps(reply)[:2000]
    header, payload = reply["event"]["header"], reply["event"]["payload"]
    name = part(event, "header", "namespace"), part(event, "header", "name")
    if name == DISCOVER:
        assert (header["namespace"], header["name"]) == ("Alexa.Discovery", "Discover.Response")
    elif name == ACCEPT_GRANT:
        failed = header["name"] == "ErrorResponse"
        assert header["namespace"] == "Alexa.Authorization"
        assert payload.get("type") == ("ACCEPT_GRANT_FAILED" if failed else None)
        assert failed or (header["name"] == "AcceptGrant.Response" and _is_of_version(event))
    elif not any(name == one for one in supported) or not _is_of_version(event):
        assert (header["namespace"], header["name"]) == ("Alexa", "ErrorResponse")
        assert payload["type"] == "INVALID_DIRECTIVE", payload
    assert header.get("correlationToken") == echo_of(part(event, "header", "correlationToken"), _with_token)
    endpoint = None if name == DISCOVER else echo_of(part(event, "endpoint", "endpointId"), _with_endpoint)
    assert reply["event"].get("endpoint") == (endpoint and {"endpointId": endpoint})
    assert header["messageId"] != part(event, "header", "messageId")


def part(event: object, *names: str) -> object:
    """What the directive has there, None for nothing."""
    for name in ("directive", *names):
        if not isinstance(event, dict):
            return None
        event = event.get(name)
    return event


def echo_of(value: object, within: Callable[[str], object]) -> str | None:
    """The value, if it is a text that Amazon's schema lets out there."""
    return value if isinstance(value, str) and value and alexa_schema.accepts(within(value)) else None


def _is_of_version(event: object) -> bool:
    version = part(event, "header", "payloadVersion")
    major = "1" if part(event, "header", "namespace") == OBJECT_DETECTION else MAJOR_VERSION
    return isinstance(version, str) and version.split(".")[0] == major


def _with_token(text: str) -> dict[str, Any]:
    reply = _error()
    reply["event"]["header"]["correlationToken"] = text
    return reply


def _with_endpoint(text: str) -> dict[str, Any]:
    return {"event": {**_error()["event"], "endpoint": {"endpointId": text}}}


def _error() -> dict[str, Any]:
    header = {"namespace": "Alexa", "name": "ErrorResponse", "messageId": "message-1", "payloadVersion": "3"}
    return {"event": {"header": header, "payload": {"type": "INTERNAL_ERROR", "message": "example"}}}
