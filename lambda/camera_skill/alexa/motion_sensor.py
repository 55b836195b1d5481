"""Alexa.MotionSensor, version 3.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-motionsensor.html
"""

from camera_skill.alexa import capability as capabilities
from camera_skill.alexa.directive import Json

NAMESPACE = "Alexa.MotionSensor"
_PROPERTY = "detectionState"


def capability() -> Json:
    """What Discover says of a camera that detects motion."""
    return capabilities.with_property(NAMESPACE, _PROPERTY)


def detection_state(*, is_detected: bool, at: float) -> Json:
    """The property, `at` so many seconds since 1970."""
    return capabilities.state(NAMESPACE, _PROPERTY, "DETECTED" if is_detected else "NOT_DETECTED", at)
