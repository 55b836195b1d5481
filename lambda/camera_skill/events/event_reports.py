"""What Alexa is told of an event, for each owner."""

from collections.abc import Callable, Iterable, Iterator

from camera_skill.alexa.change_report import Cause, change_report
from camera_skill.alexa.directive import Json
from camera_skill.alexa.doorbell_event_source import doorbell_press
from camera_skill.alexa.object_detection_sensor import Detection as DetectedObject
from camera_skill.alexa.object_detection_sensor import ImageNetClass, object_detection
from camera_skill.camera import Camera, CameraLink
from camera_skill.camera_event import CameraEvent, Detection, Motion, Presence, Press, Status
from camera_skill.interfaces.endpoint import connectivity, detection_state, properties_of, told_classes
from camera_skill.report import Report, message_id
from camera_skill.state import CameraState, KnownState, Sample, Transition

Wanted = Callable[[str], frozenset[str] | None]


def reports(
    event: CameraEvent, camera: Camera, owners: Iterable[CameraLink], known: KnownState, wanted: Wanted
) -> Iterator[Report]:
    """The report to each owner; none to an owner whose Alexa does not want it. `wanted`: as in `Step`.

    What happened before somebody had the camera is not for them. That it is there or not is true of all.
    """
    for owner in owners:
        if event.at < owner.since and not isinstance(event.happening, Presence | Status):
            continue
        user_id = owner.user_id
        motion = _sample(known.motion)
        if motion and motion.at < camera.added_at:  # perhaps in somebody else's house
            motion = None
        state = CameraState(_reachable(known, event), motion, wanted(user_id))
        message = _message(event, camera, state, message_id(event.name, user_id))
        if message is not None:
            yield Report(user_id, event.name, (camera.endpoint_id,), event.at, message, redriven=event.redriven)


def _message(event: CameraEvent, camera: Camera, state: CameraState, message_id: str) -> Json | None:
    endpoint_id = camera.endpoint_id
    match event.happening:
        case Press():
            return doorbell_press(endpoint_id, message_id, event.at)
        case Detection(object_class, object_id):
            named = ImageNetClass(object_class)
            seen = DetectedObject(event.id, named, event.at, object_id)
            return object_detection(endpoint_id, message_id, seen) if named in told_classes(camera, state) else None
        case Motion(is_detected):
            changed = detection_state(Sample(is_detected, event.at))
            return change_report(
                endpoint_id, message_id, Cause.PHYSICAL_INTERACTION, changed, properties_of(camera, state)
            )
    changed = connectivity(state.is_reachable)
    return change_report(endpoint_id, message_id, Cause.PERIODIC_POLL, changed, properties_of(camera, state))


def _reachable(known: KnownState, event: CameraEvent) -> Sample[bool]:
    """Whether the camera was there, with whatever it published as proof that it was then."""
    said = _sample(known.connectivity)
    if isinstance(event.happening, Press | Motion | Detection) and (
        said is None or (not said.value and said.at < event.at)
    ):
        return Sample(value=True, at=event.at)
    return said or Sample(value=True, at=event.at)


def _sample(change: Transition[bool] | None) -> Sample[bool] | None:
    return None if change is None else Sample(change.value, change.at)
