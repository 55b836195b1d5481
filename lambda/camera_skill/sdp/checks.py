"""The findings that end a session, as exceptions."""

from camera_skill.errors import AnswerInvalidError, OfferInvalidError
from camera_skill.sdp.answer import answer_findings
from camera_skill.sdp.offer import offer_findings


def check_offer(offer: str) -> None:
    """Raises: OfferInvalidError if this is not an SDP text with media."""
    for finding in offer_findings(offer):
        if finding.is_fatal:
            raise OfferInvalidError(finding.sentence)


def check_answer(answer: str, endpoint_id: str) -> None:
    """Raises: AnswerInvalidError if no Echo can show video by this answer, with what `endpoint_id` must mend."""
    for finding in answer_findings(answer, ""):
        if finding.is_fatal:
            raise AnswerInvalidError(f"camera {endpoint_id}: {finding.sentence}")
