"""Alexa.SmartVision.ObjectDetectionSensor, version 1.0. Newer than Amazon's public message schema.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-smartvision-objectdetectionsensor.html
"""

from collections.abc import Iterable
from enum import StrEnum

from camera_skill.alexa import capability as capabilities
from camera_skill.alexa.directive import Json

NAMESPACE = "Alexa.SmartVision.ObjectDetectionSensor"
_VERSION = "1.0"
_PROPERTY = "objectDetectionClasses"


class ImageNetClass(StrEnum):
    """The kinds of objects that Alexa takes."""

    PERSON = "person"
    PACKAGE = "package"


def capability(classes: Iterable[ImageNetClass]) -> Json:
    """What Discover says of a camera that detects objects of these kinds."""
    configuration = {"objectDetectionConfiguration": _named(classes)}
    return capabilities.with_property(NAMESPACE, _PROPERTY, _VERSION, configuration=configuration)


def object_detection_classes(classes: Iterable[ImageNetClass], at: float) -> Json:
    """The property, `at` so many seconds since 1970."""
    return capabilities.state(NAMESPACE, _PROPERTY, _named(classes), at)


def _named(classes: Iterable[ImageNetClass]) -> list[Json]:
    return [{"imageNetClass": str(each)} for each in classes]
