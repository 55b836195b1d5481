"""Alexa.Discovery: the customer's cameras."""

from typing import Protocol

from camera_skill.account import AccessTokens
from camera_skill.alexa import discovery, rtc_session_controller
from camera_skill.alexa.directive import Directive, Json
from camera_skill.alexa.discovery import Endpoint
from camera_skill.budget import Budget
from camera_skill.camera import Camera, CameraLink, Cameras, TwoWayAudio
from camera_skill.interfaces.record import DirectiveRecord

MOST_ENDPOINTS = 300
"""How many endpoints Alexa takes per customer."""


class Report(Protocol):
    """Who tells the operator."""

    def camera_left_out(self, reason: str) -> None:
        """A camera is not shown to its customer, for this reason."""


class Discovery:
    """Answers Discover from the registry."""

    def __init__(self, tokens: AccessTokens, cameras: Cameras, report: Report) -> None:
        """`tokens` tells whose cameras are asked for; `report` gets the reason for each that is left out."""
        self._tokens = tokens
        self._cameras = cameras
        self._report = report

    def discover(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """Discover → Discover.Response with the customer's cameras, the first 300 by name."""
        with record.timed("token"):
            user_id = self._tokens.user_id(directive.token, budget)
        with record.timed("registry"):
            owned = self._cameras.of_user(user_id, MOST_ENDPOINTS, budget)
        for reason in owned.left_out:
            self._report.camera_left_out(reason)
        endpoints = [_endpoint(link, camera) for link, camera in owned.cameras]
        return discovery.discover_response(directive, endpoints)


def _endpoint(link: CameraLink, camera: Camera) -> Endpoint:
    return Endpoint(
        endpoint_id=camera.endpoint_id,
        friendly_name=link.friendly_name,
        manufacturer=camera.manufacturer,
        model=camera.model,
        capabilities=(rtc_session_controller.capability(full_duplex=camera.two_way_audio is TwoWayAudio.FULL_DUPLEX),),
    )
