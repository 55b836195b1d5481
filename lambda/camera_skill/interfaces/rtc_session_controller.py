"""Alexa.RTCSessionController: offers to cameras, and word of the sessions that follow."""

from camera_skill import sdp
from camera_skill.account import AccessTokens
from camera_skill.alexa import rtc_session_controller
from camera_skill.alexa.directive import Directive, Json
from camera_skill.alexa.rtc_session_controller import Offer
from camera_skill.budget import Budget
from camera_skill.camera import Camera, Cameras
from camera_skill.session import Signaling


class RtcSessionController:
    """Answers offers with the camera's own answer."""

    def __init__(self, tokens: AccessTokens, cameras: Cameras, signaling: Signaling) -> None:
        """`tokens` tells whose camera it must be; `signaling` reaches it."""
        self._tokens = tokens
        self._cameras = cameras
        self._signaling = signaling

    def initiate_session_with_offer(self, directive: Directive, budget: Budget) -> Json:
        """InitiateSessionWithOffer → AnswerGeneratedForSession."""
        camera = self._camera(directive, budget)
        offer = Offer.from_directive(directive)
        sdp.check_offer(offer.sdp)
        answer = self._signaling.send_offer(camera, offer.sdp, budget)
        sdp.check_answer(answer, camera.endpoint_id)
        return rtc_session_controller.answer_generated_for_session(directive, answer)

    def session_connected(self, directive: Directive, budget: Budget) -> Json:
        """SessionConnected → SessionConnected. Alexa does not always send it, so nothing waits for it."""
        self._camera(directive, budget)
        return rtc_session_controller.session_event(directive)

    def session_disconnected(self, directive: Directive, budget: Budget) -> Json:
        """SessionDisconnected → SessionDisconnected."""
        self._camera(directive, budget)
        return rtc_session_controller.session_event(directive)

    def _camera(self, directive: Directive, budget: Budget) -> Camera:
        """The camera that the directive names, once it is certain that it is the customer's."""
        user_id = self._tokens.user_id(directive.token, budget)
        return self._cameras.owned(user_id, directive.endpoint_id, budget)
