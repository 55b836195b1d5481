"""Alexa.RTCSessionController: offers to cameras, and word of the sessions that follow."""

from camera_skill import sdp
from camera_skill.account import AccessTokens
from camera_skill.alexa import rtc_session_controller
from camera_skill.alexa.directive import Directive, Json
from camera_skill.alexa.rtc_session_controller import Offer
from camera_skill.budget import Budget
from camera_skill.camera import Camera, Cameras, OfferStyle
from camera_skill.errors import AnswerInvalidError, OfferInvalidError
from camera_skill.interfaces.record import DirectiveRecord
from camera_skill.session import RECORD_SECONDS, Session, Sessions, Signaling


class RtcSessionController:
    """Answers offers with the camera's own answer."""

    def __init__(self, tokens: AccessTokens, cameras: Cameras, signaling: Signaling, sessions: Sessions) -> None:
        """`tokens` tells whose camera it must be; `signaling` reaches it; `sessions` keeps what happened."""
        self._tokens = tokens
        self._cameras = cameras
        self._signaling = signaling
        self._sessions = sessions

    def initiate_session_with_offer(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """InitiateSessionWithOffer → AnswerGeneratedForSession."""
        camera, session = self._session(directive, budget, record)
        offer = Offer.from_directive(directive).sdp
        with self._sessions.recorded(session, budget):
            _check_offer(offer, session)
            if camera.offer_style is OfferStyle.EXPLICIT:
                offer = sdp.explicit(offer)
            for_the_camera = budget.apart(budget.left() - RECORD_SECONDS)
            with record.timed("kvs"):
                answer = self._signaling.send_offer(camera, offer, for_the_camera, session.retries.append)
            _check_answer(answer, offer, session)
        return rtc_session_controller.answer_generated_for_session(directive, answer)

    def session_connected(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """SessionConnected → SessionConnected. Alexa does not always send it, so nothing waits for it."""
        _, session = self._session(directive, budget, record)
        event = rtc_session_controller.session_event(directive)
        self._sessions.connected(session, budget)
        return event

    def session_disconnected(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """SessionDisconnected → SessionDisconnected."""
        _, session = self._session(directive, budget, record)
        event = rtc_session_controller.session_event(directive)
        self._sessions.disconnected(session, budget)
        return event

    def _session(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> tuple[Camera, Session]:
        """The camera that the directive names, once it is certain that it is the customer's, and the session."""
        with record.timed("token"):
            user_id = self._tokens.user_id(directive.token, budget)
        with record.timed("registry"):
            camera = self._cameras.owned(user_id, directive.endpoint_id, budget)
        record.saw(camera)
        session = Session(camera.endpoint_id, directive.session_id, user_id, timings=record.timings)
        record.session = session
        return camera, session


def _check_offer(offer: str, session: Session) -> None:
    findings = sdp.offer_findings(offer)
    session.findings.extend(findings)
    for finding in findings:
        if finding.is_fatal:
            raise OfferInvalidError(f"the offer for camera {session.endpoint_id} cannot be used: {finding.sentence}")


def _check_answer(answer: str, offer: str, session: Session) -> None:
    findings = sdp.answer_findings(answer, offer)
    session.findings.extend(findings)
    for finding in findings:
        if finding.is_fatal:
            raise AnswerInvalidError(f"no Echo can use the answer of camera {session.endpoint_id}: {finding.sentence}")
