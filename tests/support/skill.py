"""The skill with its real handlers and its real checks of tokens, around fakes of what else it talks to."""

import itertools
import logging
from typing import Any

from camera_skill.adapters.tokens.oidc_tokens import OidcAccessTokens
from camera_skill.budget import Budget
from camera_skill.interfaces.handlers import handlers
from camera_skill.interfaces.skill import Skill
from camera_skill.telemetry.directives import DirectiveTelemetry
from tests.support.account_server import AccountServer
from tests.support.fakes import AnsweringSignaling, ForgottenGrants, ForgottenSessions, OneCamera, OneCameraState
from tests.support.lambda_runtime import Context

SUPPORTED = {
    ("Alexa", "ReportState"),
    ("Alexa.Authorization", "AcceptGrant"),
    ("Alexa.Discovery", "Discover"),
    ("Alexa.RTCSessionController", "InitiateSessionWithOffer"),
    ("Alexa.RTCSessionController", "SessionConnected"),
    ("Alexa.RTCSessionController", "SessionDisconnected"),
    ("Alexa.SmartVision.ObjectDetectionSensor", "SetObjectDetectionClasses"),
}
_numbers = itertools.count()


class SkillInProcess:
    """The whole skill but its tables and its signaling."""

    def __init__(self, account_server: AccountServer) -> None:
        service = f"skill-{next(_numbers)}"  # a logger of its own writes to what is standard output now
        telemetry = DirectiveTelemetry(service, "CameraSkill")
        logging.getLogger(service).propagate = False  # pytest would keep the lines of whole campaigns
        tokens = OidcAccessTokens(account_server.rules(), account_server.jwks_url)
        table = handlers(
            tokens, OneCamera(), OneCameraState(), AnsweringSignaling(), ForgottenSessions(), ForgottenGrants
        )
        assert table.keys() == SUPPORTED
        self._skill = Skill(table, telemetry)

    def __call__(self, event: object) -> dict[str, Any]:
        """The reply, whatever Amazon's schema says of it."""
        return self._skill.invoke(event, Budget(5.0), Context().aws_request_id)
