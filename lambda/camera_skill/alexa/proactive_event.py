"""Events that Alexa is sent unasked.

Source: developer.amazon.com/docs/smarthome/send-events.html
"""

from collections.abc import Iterable

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
    """An event about an endpoint, without the scope, which comes when it is sent. `context`: property objects."""
    header = {"namespace": namespace, "name": name, "messageId": message_id, "payloadVersion": version}
    event = {"header": header, "endpoint": {"endpointId": endpoint_id}, "payload": payload}
    properties = [*context]
    return {"context": {"properties": properties} if properties else {}, "event": event}
