"""Alexa.ReportState: how a camera is."""

from camera_skill.account import AccessTokens
from camera_skill.alexa import state_report
from camera_skill.alexa.directive import Directive, Json
from camera_skill.budget import Budget
from camera_skill.interfaces.endpoint import properties_of
from camera_skill.interfaces.record import DirectiveRecord
from camera_skill.state import States


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
        return state_report.state_report(directive, properties_of(camera, state))
