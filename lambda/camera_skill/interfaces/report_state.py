"""Alexa.ReportState: how a camera is."""

import time
from collections.abc import Iterator

from camera_skill.account import AccessTokens
from camera_skill.alexa import endpoint_health, motion_sensor, object_detection_sensor, state_report
from camera_skill.alexa.directive import Directive, Json
from camera_skill.budget import Budget
from camera_skill.camera import Camera
from camera_skill.interfaces.discovery import detected_classes
from camera_skill.interfaces.record import DirectiveRecord
from camera_skill.state import CameraState, Sample, States


class ReportState:
    """Answers ReportState from what is known of the camera; nobody asks the camera itself."""

    def __init__(self, tokens: AccessTokens, states: States) -> None:
        """`tokens` tells whose camera it must be."""
        self._tokens = tokens
        self._states = states

    def report_state(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """ReportState → StateReport; of a camera that is offline, too."""
        with record.timed("token"):
            user_id = self._tokens.user_id(directive.token, budget)
        with record.timed("registry"):
            camera, state = self._states.owned(user_id, directive.endpoint_id, budget)
        record.saw(camera)
        return state_report.state_report(directive, _properties(camera, state))


def _properties(camera: Camera, state: CameraState) -> Iterator[Json]:
    """Every retrievable property that discovery claims of the camera, each with the time at which it was so."""
    reachable = state.is_reachable
    yield endpoint_health.connectivity(is_reachable=reachable.value, at=reachable.at, within=reachable.within)
    if camera.detects_motion:
        motion = state.motion or Sample(value=False, at=camera.added_at)  # it would have told
        yield motion_sensor.detection_state(is_detected=motion.value, at=motion.at)
    if classes := detected_classes(camera):
        # What a camera detects is data of the registry, which was read just now.
        yield object_detection_sensor.object_detection_classes(classes, at=time.time())
