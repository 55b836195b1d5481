"""Messages for the event gateway: what they all have in common.

Source: developer.amazon.com/docs/smarthome/send-events.html
"""

from collections.abc import Mapping
from typing import Any

from camera_skill.alexa.directive import Json


def with_token(message: Mapping[str, Any], token: str) -> Json:
    """The message with the customer's token in its scope: that of its endpoint or, without one, of its payload."""
    event = message["event"]
    place = "endpoint" if "endpoint" in event else "payload"
    scope = {"type": "BearerToken", "token": token}
    return {**message, "event": {**event, place: {**event[place], "scope": scope}}}
