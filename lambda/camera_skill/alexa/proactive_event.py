"""Events that Alexa is sent unasked. They are made without a token, which comes into them when they are sent.

Source: developer.amazon.com/docs/smarthome/send-events.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from camera_skill.alexa.directive import Json


def about_endpoint(  # noqa: PLR0913 - the parts of a header, and what the message is of
    namespace: str,
    name: str,
    endpoint_id: str,
    message_id: str,
    payload: Json,
    *,
    version: str = "3",
    context: Iterable[Json] = (),
) -> Json:
    """An event about an endpoint. `context`: property objects."""
    properties = [*context]
    event = _event(namespace, name, message_id, payload, version) | {"endpoint": {"endpointId": endpoint_id}}
    return {"context": {"properties": properties} if properties else {}, "event": event}


def about_endpoints(namespace: str, name: str, message_id: str, endpoints: Iterable[Json]) -> Json:
    """An event about several endpoint objects of a customer."""
    return {"event": _event(namespace, name, message_id, {"endpoints": [*endpoints]})}


def with_token(message: Mapping[str, Any], token: str) -> Json:
    """The message with the customer's token in its scope: that of its endpoint or, without one, of its payload."""
    event = message["event"]
    place = "endpoint" if "endpoint" in event else "payload"
    scope = {"type": "BearerToken", "token": token}
    return {**message, "event": {**event, place: {**event[place], "scope": scope}}}


def _event(namespace: str, name: str, message_id: str, payload: Json, version: str = "3") -> Json:
    header = {"namespace": namespace, "name": name, "messageId": message_id, "payloadVersion": version}
    return {"header": header, "payload": payload}
