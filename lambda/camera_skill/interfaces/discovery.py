"""Alexa.Discovery: the customer's cameras."""

from camera_skill.account import AccessTokens
from camera_skill.alexa import discovery
from camera_skill.alexa.directive import Directive, Json
from camera_skill.budget import Budget
from camera_skill.camera import Cameras
from camera_skill.interfaces.endpoint import defect_of, endpoint_of
from camera_skill.interfaces.record import DirectiveRecord


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
            owned = self._cameras.of_user(user_id, discovery.MOST_ENDPOINTS, defect_of, budget)
        record.left_out, record.beyond = owned.left_out, owned.beyond
        return discovery.discover_response(directive, [endpoint_of(*each) for each in owned.cameras])
