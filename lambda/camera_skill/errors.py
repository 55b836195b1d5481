"""What can go wrong, and which Alexa error says it truthfully.

CameraSkillError                        INTERNAL_ERROR
├── UnforeseenError                     INTERNAL_ERROR, alarm
├── DirectiveInvalidError               INVALID_DIRECTIVE
├── OfferInvalidError                   INVALID_VALUE
├── ObjectClassError                    INVALID_VALUE
├── TokenInvalidError                   INVALID_AUTHORIZATION_CREDENTIAL
│   └── TokenExpiredError               EXPIRED_AUTHORIZATION_CREDENTIAL
├── AccountServerUnreachableError       INTERNAL_ERROR, alarm
├── CameraNotFoundError                 NO_SUCH_ENDPOINT
├── RegistryError                       INTERNAL_ERROR, alarm
├── DeadlineExceededError               ENDPOINT_UNREACHABLE, alarm (adapters raise what was waited for, if they know)
├── SignalingError                      INTERNAL_ERROR, alarm
│   ├── SignalingThrottledError         RATE_LIMIT_EXCEEDED
│   ├── ChannelNotFoundError            NO_SUCH_ENDPOINT, alarm
│   ├── ArgumentRefusedError            INVALID_VALUE
│   ├── ChannelForbiddenError           INSUFFICIENT_PERMISSIONS, alarm
│   ├── ClientIdRefusedError            INTERNAL_ERROR, alarm
│   ├── SignalingSessionExpiredError    ENDPOINT_UNREACHABLE
│   ├── SignalingUnreachableError       BRIDGE_UNREACHABLE
│   │   └── SignalingConnectError       BRIDGE_UNREACHABLE, and nothing was sent
│   └── NoAnswerError                   ENDPOINT_UNREACHABLE
│       └── LittleTimeError             ENDPOINT_UNREACHABLE, and says nothing of the camera
├── AnswerInvalidError                  ENDPOINT_UNREACHABLE
└── CameraRefusedError                  what the camera says: busy, private, asleep, low on power
    └── CameraStatusError               what it said of itself not long ago: private, asleep, low on power

Those of grants and of reports are in `report_errors`. Each message says what happened and, where one is concerned, to
which camera. It goes to the log and into the ErrorResponse (Alexa does not show it to the customer), so it never holds
a token, a password or an SDP.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar


class ErrorType(StrEnum):
    """The types of Alexa's generic ErrorResponse that this skill sends.

    Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-errorresponse.html
    """

    BRIDGE_UNREACHABLE = "BRIDGE_UNREACHABLE"
    ENDPOINT_BUSY = "ENDPOINT_BUSY"
    ENDPOINT_LOW_POWER = "ENDPOINT_LOW_POWER"
    ENDPOINT_UNREACHABLE = "ENDPOINT_UNREACHABLE"
    EXPIRED_AUTHORIZATION_CREDENTIAL = "EXPIRED_AUTHORIZATION_CREDENTIAL"
    INSUFFICIENT_PERMISSIONS = "INSUFFICIENT_PERMISSIONS"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    INVALID_AUTHORIZATION_CREDENTIAL = "INVALID_AUTHORIZATION_CREDENTIAL"
    INVALID_DIRECTIVE = "INVALID_DIRECTIVE"
    INVALID_VALUE = "INVALID_VALUE"
    NOT_SUPPORTED_IN_CURRENT_MODE = "NOT_SUPPORTED_IN_CURRENT_MODE"
    NO_SUCH_ENDPOINT = "NO_SUCH_ENDPOINT"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"


class CameraSkillError(Exception):
    """Anything that this skill raises.

    Class attributes: `error_type`, what Alexa is told; `alarm`, whether the operator must look at it;
    `camera_answered`, what it says of the camera: that it answered, that it did not, or nothing (None).
    `device_mode` and `charge` (per cent) are what Alexa wants to know beside some of the types.
    """

    error_type = ErrorType.INTERNAL_ERROR
    alarm: ClassVar[bool] = False
    camera_answered: ClassVar[bool | None] = None
    device_mode: str | None = None
    charge: float | None = None


class UnforeseenError(CameraSkillError):
    """What nobody foresaw; its cause is the exception, whose text may hold anything and is not repeated."""

    alarm = True

    @classmethod
    def of(cls, error: BaseException) -> CameraSkillError:
        """The error itself, if it is one of ours; else one that stands for it."""
        if isinstance(error, CameraSkillError):
            return error
        unforeseen = cls(f"the skill failed unexpectedly ({type(error).__name__}): see its log")
        unforeseen.__cause__ = error
        return unforeseen


ANSWERED = "ANSWERED"


def outcome_of(error: CameraSkillError | None) -> str:
    """How something went, for logs, metrics and records: ANSWERED, or the type of the error that Alexa is told."""
    return ANSWERED if error is None else str(error.error_type)


class DirectiveInvalidError(CameraSkillError):
    """What came in is not a directive, or none that this skill supports."""

    error_type = ErrorType.INVALID_DIRECTIVE


class OfferInvalidError(CameraSkillError):
    """The offer is no SDP text, has no media, or is larger than the signaling service takes."""

    error_type = ErrorType.INVALID_VALUE


class ObjectClassError(CameraSkillError):
    """Alexa wants to be told of objects of a kind that the camera does not detect."""

    error_type = ErrorType.INVALID_VALUE


class TokenInvalidError(CameraSkillError):
    """The access token is not one that our account server gave to this skill."""

    error_type = ErrorType.INVALID_AUTHORIZATION_CREDENTIAL


class TokenExpiredError(TokenInvalidError):
    """The access token was one of ours, and its time is over."""

    error_type = ErrorType.EXPIRED_AUTHORIZATION_CREDENTIAL


class AccountServerUnreachableError(CameraSkillError):
    """The account server could not be asked, for its keys or about a token, and what is cached does not tell."""

    alarm = True


class CameraNotFoundError(CameraSkillError):
    """No camera of that name, or another user's: from outside the two look the same."""

    error_type = ErrorType.NO_SUCH_ENDPOINT


class RegistryError(CameraSkillError):
    """The tables are throttled, down, or hold something unreadable."""

    alarm = True


class DeadlineExceededError(CameraSkillError):
    """The time for the reply ran out: before the camera could be asked, or while something else was waited for.

    `seconds_given`: how long whoever was asked had for a reply; 0 if that is not known.
    """

    error_type = ErrorType.ENDPOINT_UNREACHABLE
    alarm = True
    seconds_given: float = 0.0


class SignalingError(CameraSkillError):
    """The signaling service, or our way of using it, failed in a way that no subclass names."""

    alarm = True


class SignalingThrottledError(SignalingError):
    """ClientLimitExceededException: too many calls for this channel or this account."""

    error_type = ErrorType.RATE_LIMIT_EXCEEDED
    alarm = False


class ChannelNotFoundError(SignalingError):
    """ResourceNotFoundException: a registered camera has no signaling channel."""

    error_type = ErrorType.NO_SUCH_ENDPOINT
    camera_answered = False


class ArgumentRefusedError(SignalingError):
    """InvalidArgumentException: the service refuses an argument of the call."""

    error_type = ErrorType.INVALID_VALUE
    alarm = False


class ChannelForbiddenError(SignalingError):
    """NotAuthorizedException or AccessDenied: our role may not act on that channel."""

    error_type = ErrorType.INSUFFICIENT_PERMISSIONS


class ClientIdRefusedError(SignalingError):
    """InvalidClientException: the client id, which is ours, was refused."""


class SignalingSessionExpiredError(SignalingError):
    """SessionExpiredException."""

    error_type = ErrorType.ENDPOINT_UNREACHABLE
    alarm = False


class SignalingUnreachableError(SignalingError):
    """The signaling service could not be reached, or failed with a 5xx."""

    error_type = ErrorType.BRIDGE_UNREACHABLE
    alarm = False


class SignalingConnectError(SignalingUnreachableError):
    """No connection to the signaling service came about: certainly nothing was sent."""


class NoAnswerError(SignalingError):
    """The camera did not answer in time: null, empty, or nothing at all."""

    error_type = ErrorType.ENDPOINT_UNREACHABLE
    alarm = False
    camera_answered: ClassVar[bool | None] = False


class LittleTimeError(NoAnswerError):
    """The camera did not answer in what others had left of the time: perhaps it would have."""

    camera_answered = None


class AnswerInvalidError(CameraSkillError):
    """The camera answered with something that no Echo can use."""

    error_type = ErrorType.ENDPOINT_UNREACHABLE
    camera_answered = True


class CameraRefusedError(CameraSkillError):
    """The camera itself says why it does not answer.

    Our documented extension: it sends `{"type":"error","reason":R}` in place of an answer, with R one of BUSY,
    PRIVACY, ASLEEP, LOW_POWER; for LOW_POWER with an optional `"percentage"` from 0 to 100.
    """

    camera_answered: ClassVar[bool | None] = True

    _MEANING: ClassVar[Mapping[str, tuple[ErrorType, str | None]]] = {
        "BUSY": (ErrorType.ENDPOINT_BUSY, None),
        "PRIVACY": (ErrorType.NOT_SUPPORTED_IN_CURRENT_MODE, "OTHER"),
        "ASLEEP": (ErrorType.NOT_SUPPORTED_IN_CURRENT_MODE, "ASLEEP"),
        "LOW_POWER": (ErrorType.ENDPOINT_LOW_POWER, None),
    }

    def __init__(self, endpoint_id: str, reason: str, charge: float | None) -> None:
        """A `reason` that is none of the four counts as unreachable."""
        said = reason if reason in self._MEANING else "a reason that this skill does not know"
        super().__init__(f"camera {endpoint_id} refused the session: {said}")
        self.error_type, self.device_mode = self._MEANING.get(reason, (ErrorType.ENDPOINT_UNREACHABLE, None))
        self.charge = charge if self.error_type is ErrorType.ENDPOINT_LOW_POWER else None


class CameraStatusError(CameraRefusedError):
    """The same, as a status event said not long ago, so that the camera was not asked."""

    camera_answered: ClassVar[bool | None] = None
