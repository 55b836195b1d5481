"""What is wrong or suspicious in an SDP text."""

from dataclasses import dataclass
from enum import StrEnum


class FindingCode(StrEnum):
    """Stable names, for session records and metrics; each is explained where it is found."""

    OFFER_TOO_LARGE = "offer-too-large"
    OFFER_NOT_SDP = "offer-not-sdp"
    OFFER_NO_MEDIA = "offer-no-media"
    OFFER_NO_VIDEO = "offer-no-video"
    OFFER_BROKEN_LINE = "offer-broken-line"
    OFFER_NO_CANDIDATES = "offer-no-candidates"
    OFFER_ONLY_MDNS_CANDIDATES = "offer-only-mdns-candidates"
    OFFER_ONLY_PRIVATE_CANDIDATES = "offer-only-private-candidates"
    OFFER_ONLY_IPV6_CANDIDATES = "offer-only-ipv6-candidates"
    OFFER_TRICKLE = "offer-trickle"
    OFFER_NO_FINGERPRINT = "offer-no-fingerprint"
    OFFER_NO_ICE_CREDENTIALS = "offer-no-ice-credentials"
    OFFER_NO_BUNDLE = "offer-no-bundle"
    OFFER_NO_RTCP_MUX = "offer-no-rtcp-mux"
    OFFER_NO_H264 = "offer-no-h264"
    OFFER_NO_AUDIO_CODEC = "offer-no-audio-codec"

    ANSWER_TOO_LARGE = "answer-too-large"
    ANSWER_NOT_SDP = "answer-not-sdp"
    ANSWER_NO_MEDIA = "answer-no-media"
    ANSWER_NO_VIDEO = "answer-no-video"
    ANSWER_VIDEO_REJECTED = "answer-video-rejected"
    ANSWER_VIDEO_NOT_SENT = "answer-video-not-sent"
    ANSWER_AUDIO_REJECTED = "answer-audio-rejected"
    ANSWER_BROKEN_LINE = "answer-broken-line"
    ANSWER_NO_CANDIDATES = "answer-no-candidates"
    ANSWER_ONLY_MDNS_CANDIDATES = "answer-only-mdns-candidates"
    ANSWER_ONLY_PRIVATE_CANDIDATES = "answer-only-private-candidates"
    ANSWER_ONLY_IPV6_CANDIDATES = "answer-only-ipv6-candidates"
    ANSWER_TRICKLE = "answer-trickle"
    ANSWER_SETUP_ACTPASS = "answer-setup-actpass"
    ANSWER_NO_SETUP = "answer-no-setup"
    ANSWER_NO_FINGERPRINT = "answer-no-fingerprint"
    ANSWER_NO_ICE_CREDENTIALS = "answer-no-ice-credentials"
    ANSWER_EXTRA_MEDIA = "answer-extra-media"
    ANSWER_MISSING_MEDIA = "answer-missing-media"
    ANSWER_MEDIA_ORDER = "answer-media-order"
    ANSWER_OTHER_KIND = "answer-other-kind"
    ANSWER_NO_MID = "answer-no-mid"
    ANSWER_UNKNOWN_MID = "answer-unknown-mid"
    ANSWER_UNKNOWN_PAYLOAD_TYPE = "answer-unknown-payload-type"
    ANSWER_NO_BUNDLE = "answer-no-bundle"
    ANSWER_BUNDLE_NOT_OFFERED = "answer-bundle-not-offered"
    ANSWER_BUNDLE_WITHOUT_LINE = "answer-bundle-without-line"
    ANSWER_NO_RTCP_MUX = "answer-no-rtcp-mux"
    ANSWER_NO_H264 = "answer-no-h264"
    ANSWER_H264_PROFILE = "answer-h264-profile"
    ANSWER_H264_PACKETIZATION_MODE = "answer-h264-packetization-mode"
    ANSWER_NO_AUDIO_CODEC = "answer-no-audio-codec"
    ANSWER_PCM_AUDIO = "answer-pcm-audio"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or suspicious, fit for any log: of the text itself it repeats numbers only.

    `line` counts from 1; None where the text as a whole is meant, or something is in no line of it.
    """

    code: FindingCode
    sentence: str
    line: int | None = None
    is_fatal: bool = False


class Findings:
    """Collects the findings about an `offer` or an `answer`: of each code the first, however long the text is."""

    def __init__(self, direction: str) -> None:
        self.direction = direction
        self._found: dict[FindingCode, Finding] = {}

    def add(self, what: str, sentence: str, line: int | None = None, *, is_fatal: bool = False) -> None:
        """Notes a finding: `what` is its code without the direction, and the sentence tells of "the offer" itself."""
        code = FindingCode(f"{self.direction}-{what}")
        self._found.setdefault(code, Finding(code, f"the {self.direction} {sentence}", line, is_fatal))

    def all(self) -> tuple[Finding, ...]:
        """What was found, in the order of finding."""
        return tuple(self._found.values())
