"""A camera as an endpoint of Alexa's: what it is, what it can do, and the properties that it has."""

import time
from collections.abc import Iterator

from camera_skill.alexa import (
    doorbell_event_source,
    endpoint_health,
    motion_sensor,
    object_detection_sensor,
    rtc_session_controller,
)
from camera_skill.alexa.directive import Json
from camera_skill.alexa.discovery import Endpoint
from camera_skill.alexa.object_detection_sensor import ImageNetClass
from camera_skill.camera import Camera, CameraLink, TwoWayAudio
from camera_skill.state import CameraState, Sample


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


def properties_of(camera: Camera, state: CameraState) -> Iterator[Json]:
    """Every retrievable property that discovery claims of the camera, each with the time at which it was so."""
    yield connectivity(state.is_reachable)
    if camera.detects_motion:
        yield detection_state(state.motion or Sample(value=False, at=camera.added_at))  # it would have told
    if detected_classes(camera):
        # What a camera detects, and what a customer's Alexa wants of it, was read just now.
        yield object_detection_sensor.object_detection_classes(told_classes(camera, state), at=time.time())


def connectivity(reachable: Sample[bool]) -> Json:
    """Whether it is there."""
    return endpoint_health.connectivity(is_reachable=reachable.value, at=reachable.at, within=reachable.within)


def detection_state(motion: Sample[bool]) -> Json:
    """Whether something moves."""
    return motion_sensor.detection_state(is_detected=motion.value, at=motion.at)


def told_classes(camera: Camera, state: CameraState) -> list[ImageNetClass]:
    """Of which objects the customer's Alexa is told: of all that the camera detects, until Alexa says otherwise."""
    return [each for each in detected_classes(camera) if state.wanted is None or each in state.wanted]
