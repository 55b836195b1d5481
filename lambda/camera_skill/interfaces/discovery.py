"""Alexa.Discovery: the customer's cameras."""

from camera_skill.account import AccessTokens
from camera_skill.alexa import discovery, rtc_session_controller
from camera_skill.alexa.directive import Directive, Json
from camera_skill.alexa.discovery import Endpoint
from camera_skill.budget import Budget
from camera_skill.camera import Camera, CameraLink, Cameras

MOST_ENDPOINTS = 300
"""How many endpoints Alexa takes per customer."""


class Discovery:
    """Answers Discover from the registry."""

    def __init__(self, tokens: AccessTokens, cameras: Cameras) -> None:
        """`tokens` tells whose cameras are asked for."""
        self._tokens = tokens
        self._cameras = cameras

    def discover(self, directive: Directive, budget: Budget) -> Json:
        """Discover → Discover.Response with the customer's cameras, the first 300 by name."""
        user_id = self._tokens.user_id(directive.token, budget)
        cameras = self._cameras.of_user(user_id, budget)[:MOST_ENDPOINTS]
        return discovery.discover_response(directive, [_endpoint(link, camera) for link, camera in cameras])


def _endpoint(link: CameraLink, camera: Camera) -> Endpoint:
    return Endpoint(
        endpoint_id=camera.endpoint_id,
        friendly_name=link.friendly_name,
        manufacturer=camera.manufacturer,
        model=camera.model,
        capabilities=(rtc_session_controller.capability(full_duplex=camera.full_duplex),),
    )
