"""The table of directives: what this skill answers, and with what."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from camera_skill.account import AccessTokens
from camera_skill.alexa import authorization, discovery, object_detection_sensor, rtc_session_controller, state_report
from camera_skill.camera import Cameras
from camera_skill.interfaces.authorization import Authorization
from camera_skill.interfaces.discovery import Discovery
from camera_skill.interfaces.object_detection_sensor import ObjectDetectionSensor
from camera_skill.interfaces.report_state import ReportState
from camera_skill.interfaces.rtc_session_controller import RtcSessionController
from camera_skill.interfaces.skill import Handler
from camera_skill.session import Sessions, Signaling
from camera_skill.state import States

if TYPE_CHECKING:
    from camera_skill.grant import Grants


def handlers(
    tokens: AccessTokens,
    cameras: Cameras,
    states: States,
    signaling: Signaling,
    sessions: Sessions,
    grants: "Callable[[], Grants]",
) -> Mapping[tuple[str, str], Handler]:
    """The handlers by namespace and name of their directive. `grants` are asked for when the first one comes."""
    rtc = RtcSessionController(tokens, cameras, signaling, sessions)
    return {
        authorization.ACCEPT_GRANT: Authorization(tokens, grants).accept_grant,
        discovery.DISCOVER: Discovery(tokens, cameras).discover,
        object_detection_sensor.SET_OBJECT_DETECTION_CLASSES: ObjectDetectionSensor(
            tokens, states
        ).set_object_detection_classes,
        state_report.REPORT_STATE: ReportState(tokens, states).report_state,
        rtc_session_controller.INITIATE_SESSION_WITH_OFFER: rtc.initiate_session_with_offer,
        rtc_session_controller.SESSION_CONNECTED: rtc.session_connected,
        rtc_session_controller.SESSION_DISCONNECTED: rtc.session_disconnected,
    }
