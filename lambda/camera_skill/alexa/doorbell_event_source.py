"""Alexa.DoorbellEventSource, version 3: it has events and no state.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-doorbelleventsource.html
"""

from camera_skill.alexa import capability as capabilities
from camera_skill.alexa.directive import Json

NAMESPACE = "Alexa.DoorbellEventSource"


def capability() -> Json:
    """What Discover says of a doorbell."""
    return capabilities.of_interface(NAMESPACE, proactivelyReported=True)
