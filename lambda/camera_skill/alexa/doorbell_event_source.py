"""Alexa.DoorbellEventSource, version 3: it has events and no state.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-doorbelleventsource.html
"""

from camera_skill.alexa import capability as capabilities
from camera_skill.alexa.directive import Json
from camera_skill.alexa.proactive_event import about_endpoint

NAMESPACE = "Alexa.DoorbellEventSource"
DOORBELL_PRESS = "DoorbellPress"


def capability() -> Json:
    """What Discover says of a doorbell."""
    return capabilities.of_interface(NAMESPACE, proactivelyReported=True)


def doorbell_press(endpoint_id: str, message_id: str, at: float) -> Json:
    """DoorbellPress, `at` so many seconds since 1970. Its time has no fraction of a second."""
    payload = {"cause": {"type": "PHYSICAL_INTERACTION"}, "timestamp": capabilities.whole_seconds(at)}
    return about_endpoint(NAMESPACE, DOORBELL_PRESS, endpoint_id, message_id, payload)
