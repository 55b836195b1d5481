"""The properties of a camera: what StateReport and change reports say of it."""

import time
from collections.abc import Iterator

from camera_skill.alexa import endpoint_health, motion_sensor, object_detection_sensor
from camera_skill.alexa.directive import Json
from camera_skill.alexa.object_detection_sensor import ImageNetClass
from camera_skill.camera import Camera
from camera_skill.interfaces.discovery import detected_classes
from camera_skill.state import CameraState, Sample


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
