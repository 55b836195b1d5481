"""Alexa.Discovery: the customer's cameras."""

from collections.abc import Iterator

from camera_skill.account import AccessTokens
from camera_skill.alexa import (
    discovery,
    doorbell_event_source,
    endpoint_health,
    motion_sensor,
    object_detection_sensor,
    rtc_session_controller,
)
from camera_skill.alexa.directive import Directive, Json
from camera_skill.alexa.discovery import Endpoint
from camera_skill.alexa.object_detection_sensor import ImageNetClass
from camera_skill.budget import Budget
from camera_skill.camera import Camera, CameraLink, Cameras, TwoWayAudio
from camera_skill.interfaces.record import DirectiveRecord

MOST_ENDPOINTS = 300
"""How many endpoints Alexa takes per customer."""


class Discovery:
    """Answers Discover from the registry."""

    def __init__(self, tokens: AccessTokens, cameras: Cameras) -> None:
        """`tokens` tells whose cameras are asked for."""
        self._tokens = tokens
        self._cameras = cameras

    def discover(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """Discover → Discover.Response with the customer's cameras, the first 300 by name that Alexa takes."""
        with record.timed("token"):
            user_id = self._tokens.user_id(directive.token, budget)
        with record.timed("registry"):
            owned = self._cameras.of_user(user_id, MOST_ENDPOINTS, defect_of, budget)
        record.left_out, record.beyond = owned.left_out, owned.beyond
        return discovery.discover_response(directive, [endpoint_of(*each) for each in owned.cameras])


def endpoint_of(link: CameraLink, camera: Camera) -> Endpoint:
    """A user's camera as Alexa shows it to this user, with what it can do and nothing else."""
    return Endpoint(
        endpoint_id=camera.endpoint_id,
        friendly_name=link.friendly_name,
        manufacturer=camera.manufacturer,
        model=camera.model,
        capabilities=tuple(_capabilities(camera)),
        serial_number=camera.serial_number,
        firmware_version=camera.firmware_version,
        is_doorbell=camera.is_doorbell,
    )


def defect_of(link: CameraLink, camera: Camera) -> str:
    """Why Alexa would not take the camera under this name; empty if it would."""
    return endpoint_of(link, camera).defect()


def detected_classes(camera: Camera) -> list[ImageNetClass]:
    """The kinds of objects that the camera detects."""
    detects = {ImageNetClass.PERSON: camera.detects_persons, ImageNetClass.PACKAGE: camera.detects_packages}
    return [each for each, is_detected in detects.items() if is_detected]


def _capabilities(camera: Camera) -> Iterator[Json]:
    yield rtc_session_controller.capability(full_duplex=camera.two_way_audio is TwoWayAudio.FULL_DUPLEX)
    yield endpoint_health.capability()
    if camera.detects_motion:
        yield motion_sensor.capability()
    if camera.is_doorbell:
        yield doorbell_event_source.capability()
    if classes := detected_classes(camera):
        yield object_detection_sensor.capability(classes)
