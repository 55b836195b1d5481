"""All faults that the service can be told to have."""

import json
from dataclasses import dataclass

from aiohttp import web

from simulator.signaling import errors, fault_answers
from simulator.signaling import fault_effects as effects
from simulator.signaling.calls import json_response
from simulator.signaling.errors import ErrorType
from simulator.signaling.fault_effects import Effect, answering, raising, replying, spoiling

_HTML = "<html><body><b>Http/1.1 Service Unavailable</b></body> </html>"
# "Common Error Types" of the API references of Kinesis Video Streams, but for 429, which is API Gateway's.
_NOT_AUTHORIZED = ErrorType("NotAuthorized", 401, "message")
_EXPIRED_TOKEN = ErrorType("ExpiredTokenException", 403, "message")
_UNKNOWN_OPERATION = ErrorType("UnknownOperationException", 404, "message")
_TOO_MANY_REQUESTS = ErrorType("TooManyRequestsException", 429, "message")
_INTERNAL_FAILURE = ErrorType("InternalFailure", 500, "message")


@dataclass(frozen=True)
class Argument:
    """The number that a kind of fault takes: of what it is, what it is by default, the most that it may be."""

    unit: str
    default: float
    most: float


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault. `meaning` is what happens to a call, N the argument; no `effect`: its connection is refused."""

    meaning: str
    effect: Effect | None = None
    argument: Argument | None = None
    offers_only: bool = False


def _seconds(default: float) -> Argument:
    return Argument("seconds", default, 3600)


def _exception(error_type: ErrorType, message: str) -> FaultKind:
    return FaultKind(f"the service raises {error_type.name}", raising(error_type, message))


def _http(error_type: ErrorType, message: str) -> FaultKind:
    meaning = f"AWS's front door answers HTTP {error_type.status}, {error_type.name}"
    return FaultKind(meaning, raising(error_type, message))


def _output(output: object, meaning: str, *, offers_only: bool = True) -> FaultKind:
    return FaultKind(meaning, replying(lambda: json_response(output)), offers_only=offers_only)


def _refusal(reason: str, meaning: str) -> FaultKind:
    text = json.dumps({"type": "error", "reason": reason})
    return FaultKind(f"the camera answers that it {meaning}", answering(lambda _: text), offers_only=True)


def _low_power(percentage: float) -> str:
    return json.dumps({"type": "error", "reason": "LOW_POWER", "percentage": percentage})


def _unavailable() -> web.Response:
    return web.Response(text=_HTML, status=503, content_type="text/html")


FAULT_KINDS: dict[str, FaultKind] = {
    "client-limit-exceeded": _exception(errors.CLIENT_LIMIT_EXCEEDED, "Too many calls. Try again later."),
    "resource-not-found": _exception(errors.RESOURCE_NOT_FOUND, "The requested channel is not found."),
    "invalid-argument": _exception(errors.INVALID_ARGUMENT, "An argument is not valid."),
    "not-authorized": _exception(errors.NOT_AUTHORIZED, "The caller is not authorized to do this."),
    "invalid-client": _exception(errors.INVALID_CLIENT, "The specified client is invalid."),
    "session-expired": _exception(errors.SESSION_EXPIRED, "The session has expired."),
    "access-denied": _exception(errors.ACCESS_DENIED, "The caller is not authorized to do this."),
    "resource-in-use": _exception(errors.RESOURCE_IN_USE, "The channel is UPDATING."),
    "clock-skew": _http(errors.INVALID_SIGNATURE, "Signature expired: it is more than five minutes old"),
    "http-401": _http(_NOT_AUTHORIZED, "You do not have permission to perform this action."),
    "http-403": _http(_EXPIRED_TOKEN, "The security token included in the request is expired"),
    "http-404": _http(_UNKNOWN_OPERATION, "The action or operation requested is invalid."),
    "http-429": _http(_TOO_MANY_REQUESTS, "Too Many Requests"),
    "http-500": _http(_INTERNAL_FAILURE, "The request processing has failed because of an unknown error."),
    "http-503": FaultKind("AWS's front door answers HTTP 503 and a page of HTML", replying(_unavailable)),
    "wrong-host": FaultKind("the reply is the one of a host that does not know the operation", effects.wrong_host),
    "null-answer": _output({"Answer": None}, "the answer is null, as if no camera had answered"),
    "empty-answer": _output({"Answer": ""}, "the answer is an empty text"),
    "empty-object": _output({}, "the reply is {}", offers_only=False),
    "garbage-answer": FaultKind(
        "the answer is base64 of garbage", replying(lambda: json_response({"Answer": "/v8A/8DAgA=="})), offers_only=True
    ),
    "bare-sdp": FaultKind(
        "the camera's answer comes as SDP, without JSON", spoiling(fault_answers.bare_sdp), offers_only=True
    ),
    "bare-lf": FaultKind(
        "the camera's answer comes as JSON with bare line feeds", spoiling(fault_answers.bare_lf), offers_only=True
    ),
    "foreign-mids": FaultKind(
        "the camera's answer has mids that the offer had not", spoiling(fault_answers.foreign_mids), offers_only=True
    ),
    "foreign-payload-types": FaultKind(
        "the camera's answer has payload types that the offer had not",
        spoiling(fault_answers.foreign_payload_types),
        offers_only=True,
    ),
    "camera-busy": _refusal("BUSY", "is busy"),
    "camera-privacy": _refusal("PRIVACY", "guards its owner's privacy"),
    "camera-asleep": _refusal("ASLEEP", "is asleep"),
    "camera-low-power": FaultKind(
        "the camera answers that its battery is at N %",
        answering(_low_power),
        Argument("percent", 5, 100),
        offers_only=True,
    ),
    "slow": FaultKind("the reply is held back for N s", effects.slow, _seconds(3)),
    "late": FaultKind("the call is held back for N s, then carried out and answered", effects.late, _seconds(3)),
    "never": FaultKind("the call is carried out, and never answered", effects.never),
    "cut-off": FaultKind("the connection ends in the middle of the reply", effects.cut_off),
    "dribble": FaultKind("the reply comes byte by byte, N s apart", effects.dribble, _seconds(1)),
    "reset": FaultKind("the connection is reset once the call was read; it is not carried out", effects.reset),
    "reset-after": FaultKind("the call is carried out, then the connection is reset", effects.reset_after),
    "refused": FaultKind("the connection is refused, for all cameras: they share one address"),
}
"""By their names, which are stable."""
