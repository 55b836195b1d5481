"""The skill with its real handlers and its real checks of tokens, around fakes of what else it talks to."""

import itertools
import logging
from typing import Any

from camera_skill.adapters.tokens import OidcAccessTokens
from camera_skill.alexa import discovery, rtc_session_controller
from camera_skill.budget import Budget
from camera_skill.interfaces.discovery import Discovery
from camera_skill.interfaces.rtc_session_controller import RtcSessionController
from camera_skill.interfaces.skill import Handler, Skill
from camera_skill.telemetry import Telemetry
from tests.support.account_server import CLIENT_ID, AccountServer
from tests.support.fakes import AnsweringSignaling, ForgottenSessions, OneCamera
from tests.support.lambda_runtime import Context

SUPPORTED = {
    discovery.DISCOVER,
    rtc_session_controller.INITIATE_SESSION_WITH_OFFER,
    rtc_session_controller.SESSION_CONNECTED,
    rtc_session_controller.SESSION_DISCONNECTED,
}
_numbers = itertools.count()


class SkillInProcess:
    """The whole skill but its tables and its signaling."""

    def __init__(self, account_server: AccountServer) -> None:
        service = f"skill-{next(_numbers)}"  # a logger of its own writes to what is standard output now
        telemetry = Telemetry(service, "CameraSkill")
        logging.getLogger(service).propagate = False  # pytest would keep the lines of whole campaigns
        tokens = OidcAccessTokens(account_server.issuer, account_server.jwks_url, {CLIENT_ID})
        cameras = OneCamera()
        rtc = RtcSessionController(tokens, cameras, AnsweringSignaling(), ForgottenSessions())
        answers: dict[tuple[str, str], Handler] = {
            discovery.DISCOVER: Discovery(tokens, cameras).discover,
            rtc_session_controller.INITIATE_SESSION_WITH_OFFER: rtc.initiate_session_with_offer,
            rtc_session_controller.SESSION_CONNECTED: rtc.session_connected,
            rtc_session_controller.SESSION_DISCONNECTED: rtc.session_disconnected,
        }
        assert answers.keys() == SUPPORTED
        self._skill = Skill(answers, telemetry)

    def __call__(self, event: object) -> dict[str, Any]:
        """The reply, whatever Amazon's schema says of it."""
        return self._skill.invoke(event, Budget(5.0), Context().aws_request_id)
