"""Alexa.SmartVision.ObjectDetectionSensor, version 1.0. Newer than Amazon's public message schema.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-smartvision-objectdetectionsensor.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from camera_skill.alexa import capability as capabilities
from camera_skill.alexa.directive import Directive, Json
from camera_skill.alexa.proactive_event import about_endpoint
from camera_skill.errors import DirectiveInvalidError, ObjectClassError

NAMESPACE = "Alexa.SmartVision.ObjectDetectionSensor"
SET_OBJECT_DETECTION_CLASSES = (NAMESPACE, "SetObjectDetectionClasses")
_VERSION = "1.0"
MAJOR = _VERSION.partition(".")[0]
"""The version of its directives, which have no other minor one yet."""
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


@dataclass(frozen=True)
class Detection:
    """An object that a camera saw, `at` so many seconds since 1970. `object_id`: whose, where the camera can tell."""

    identifier: str
    object_class: ImageNetClass
    at: float
    object_id: str = ""

    def to_json(self) -> Json:
        """The event object."""
        seen = {
            "eventIdentifier": self.identifier,
            "imageNetClass": str(self.object_class),
            "timeOfSample": capabilities.time_of_sample(self.at),
            "uncertaintyInMilliseconds": 0,
        }
        return {**seen, "objectIdentifier": self.object_id} if self.object_id else seen


def object_detection(endpoint_id: str, message_id: str, detection: Detection) -> Json:
    """ObjectDetection of one object."""
    payload = {"events": [detection.to_json()]}
    return about_endpoint(NAMESPACE, "ObjectDetection", endpoint_id, message_id, payload, version=_VERSION)


def wanted_classes(directive: Directive) -> list[ImageNetClass]:
    """The kinds of objects of which Alexa wants to be told, by SetObjectDetectionClasses, each once.

    Raises: DirectiveInvalidError; ObjectClassError if there is no such kind.
    """
    named = directive.payload.get("objectDetectionClasses")
    if not isinstance(named, list) or not all(isinstance(each, Mapping) for each in named):
        raise DirectiveInvalidError("SetObjectDetectionClasses came without a list of objectDetectionClasses")
    names = [each.get("imageNetClass") for each in named]
    if not all(name in list(ImageNetClass) for name in names):
        raise ObjectClassError(f"Alexa asks for objects that are none of these: {', '.join(ImageNetClass)}")
    return [each for each in ImageNetClass if each in names]


def response(directive: Directive, classes: Iterable[ImageNetClass], at: float) -> Json:
    """The Alexa.Response to SetObjectDetectionClasses: what Alexa is told of from now on."""
    return {"context": {"properties": [object_detection_classes(classes, at)]}, **directive.response()}


def _named(classes: Iterable[ImageNetClass]) -> list[Json]:
    return [{"imageNetClass": str(each)} for each in classes]
