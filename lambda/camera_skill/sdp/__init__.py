"""Offers and answers as text (RFC 8866): what is wrong or suspicious in them, and offers made explicit. Pure.

Why a reader of our own: findings name the line where something is wrong, broken texts are exactly those that must be
read to the end, and what travels must not be changed by having been read. aiortc's parser asserts on network text,
knows no line numbers and brings along av and cryptography, megabytes that the function has no other use for;
sdp-transform (the only SDP library on PyPI, last released in 2024) throws line numbers and unknown lines away. What is
needed of the grammar is small: lines, sections, and a dozen attributes.
"""

from camera_skill.sdp.answer import MOST_ANSWER_LENGTH, answer_findings
from camera_skill.sdp.explicit_offer import explicit
from camera_skill.sdp.finding import Finding, FindingCode
from camera_skill.sdp.lines import with_crlf
from camera_skill.sdp.offer import MOST_OFFER_LENGTH, offer_findings

__all__ = [
    "MOST_ANSWER_LENGTH",
    "MOST_OFFER_LENGTH",
    "Finding",
    "FindingCode",
    "answer_findings",
    "explicit",
    "offer_findings",
    "with_crlf",
]
