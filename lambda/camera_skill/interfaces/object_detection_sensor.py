"""Alexa.SmartVision.ObjectDetectionSensor: of which objects Alexa wants to be told."""

import time

from camera_skill.account import AccessTokens
from camera_skill.alexa import object_detection_sensor
from camera_skill.alexa.directive import Directive, Json
from camera_skill.budget import Budget
from camera_skill.errors import ObjectClassError
from camera_skill.interfaces.endpoint import detected_classes
from camera_skill.interfaces.record import DirectiveRecord
from camera_skill.state import States


class ObjectDetectionSensor:
    """Takes note of it for each customer by itself: a camera may have several."""

    def __init__(self, tokens: AccessTokens, states: States) -> None:
        """`tokens` tells whose camera it must be."""
        self._tokens = tokens
        self._states = states

    def set_object_detection_classes(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """SetObjectDetectionClasses → Response, once it is noted."""
        wanted = object_detection_sensor.wanted_classes(directive)
        with record.timed("token"):
            user_id = self._tokens.user_id(directive.token, budget)
        with record.timed("registry"):
            camera, _ = self._states.owned(user_id, directive.endpoint_id, budget)
        record.saw(camera)
        if undetected := [each for each in wanted if each not in detected_classes(camera)]:
            raise ObjectClassError(f"camera {camera.endpoint_id} does not detect {', '.join(undetected)}")
        self._states.set_wanted(user_id, camera.endpoint_id, wanted, budget)
        return object_detection_sensor.response(directive, wanted, time.time())
