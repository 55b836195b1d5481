"""Alexa.RTCSessionController: offers to cameras, and word of the sessions that follow."""

import time

from camera_skill import sdp
from camera_skill.account import AccessTokens
from camera_skill.alexa import rtc_session_controller
from camera_skill.alexa.directive import Directive, Json
from camera_skill.alexa.rtc_session_controller import Offer
from camera_skill.budget import Budget
from camera_skill.camera import Camera, Cameras, OfferStyle
from camera_skill.errors import AnswerInvalidError, CameraStatusError, OfferInvalidError
from camera_skill.interfaces.record import DirectiveRecord
from camera_skill.session import RECORD_SECONDS, Session, Sessions, Signaling
from camera_skill.state import KnownState, refusal


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
        user_id = self._user_id(directive, budget, record)
        with record.timed("registry"):
            camera, known = self._cameras.owned_as_known(user_id, directive.endpoint_id, budget)
        session = _session(camera, directive, user_id, record)
        offer = Offer.from_directive(directive).sdp
        with self._sessions.recorded(session, budget):
            _check_offer(offer, session)
            _check_willing(camera, known)
            if camera.offer_style is OfferStyle.EXPLICIT:
                offer = sdp.explicit(offer)
            for_the_camera = budget.apart(budget.left() - RECORD_SECONDS)
            with record.timed("kvs"):
                answer = self._signaling.send_offer(camera, offer, for_the_camera, session.retries.append)
            _check_answer(answer, offer, session)
        return rtc_session_controller.answer_generated_for_session(directive, answer)

    def session_connected(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """SessionConnected → SessionConnected. Alexa does not always send it, so nothing waits for it."""
        session = self._known_session(directive, budget, record)
        event = rtc_session_controller.session_event(directive)
        self._sessions.connected(session, budget)
        return event

    def session_disconnected(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Json:
        """SessionDisconnected → SessionDisconnected."""
        session = self._known_session(directive, budget, record)
        event = rtc_session_controller.session_event(directive)
        self._sessions.disconnected(session, budget)
        return event

    def _known_session(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> Session:
        """The session that the directive names, once it is certain that its camera is the customer's."""
        user_id = self._user_id(directive, budget, record)
        with record.timed("registry"):
            camera = self._cameras.owned(user_id, directive.endpoint_id, budget)
        return _session(camera, directive, user_id, record)

    def _user_id(self, directive: Directive, budget: Budget, record: DirectiveRecord) -> str:
        with record.timed("token"):
            return self._tokens.user_id(directive.token, budget)


def _session(camera: Camera, directive: Directive, user_id: str, record: DirectiveRecord) -> Session:
    record.saw(camera)
    record.session = Session(camera.endpoint_id, directive.session_id, user_id, timings=record.timings)
    return record.session


def _check_willing(camera: Camera, known: KnownState) -> None:
    if refused := refusal(known, camera.added_at, time.time()):
        raise CameraStatusError(camera.endpoint_id, refused.reason, refused.charge)


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
