"""Ways into every row of the error table: what surrounds the function is spoiled, or the directive is changed."""

import json
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import boto3

from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.state_items import StateItems
from camera_skill.budget import Budget
from camera_skill.state import KnownState, Sample
from simulator.credentials import PROCESS_CREDENTIALS
from simulator.signaling import SignalingService, errors
from simulator.signaling.errors import ErrorType
from simulator.signaling.faults import Fault
from tests.support.account_server import AccountServer
from tests.support.directives import ANSWER, ENDPOINT_ID, OFFER
from tests.support.error_table import Row, rows
from tests.support.master import Answer
from tests.support.servers import refusing_server, slow_server

ROWS = rows()
NOBODY = "http://127.0.0.1:9"
CLIENT: dict[str, Any] = {
    "region_name": "us-east-1",
    "aws_access_key_id": PROCESS_CREDENTIALS.access_key_id,
    "aws_secret_access_key": PROCESS_CREDENTIALS.secret_access_key,
}
SESSION_DIRECTIVES = ("initiate_session_with_offer", "session_connected", "session_disconnected")


@dataclass
class Stage:
    """What a case may spoil before the directive comes."""

    account_server: AccountServer
    signaling: SignalingService
    environment: dict[str, str]
    answer: Answer
    parts: AsyncExitStack


Spoil = Callable[[Stage], Any]
Change = Callable[[dict[str, Any], AccountServer], None]


@dataclass(frozen=True)
class Case:
    """One way to get into a row. `spoil` what surrounds the function, `change` the directive.

    `error` is what the log names; without one the directive is answered.
    `seconds` are left to the function; `calls` are those of SendAlexaOfferToMaster, `deliveries` the offers that came.
    """

    cause: str
    name: str
    spoil: Spoil | None = None
    change: Change | None = None
    directive: str = "initiate_session_with_offer"
    seconds: float = 8.0
    deliveries: int = 0
    calls: int = 1
    error: str = ""
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def row(self) -> Row:
        return next(row for cause, row in ROWS.items() if cause.startswith(self.cause))

    def __str__(self) -> str:
        return f"{self.row.error_type}-{self.name}-{self.directive}"


def fault(text: str, operation: str = "SendAlexaOfferToMaster") -> Spoil:
    return lambda stage: stage.signaling.faults.set(Fault.parse(text), operation=operation)


def raising(code: str, status: int) -> Spoil:
    async def refuse(call: Any, proceed: Any) -> Any:  # noqa: ANN401 - as the signaling service calls it
        if call.operation.startswith("Connect"):
            return await proceed()
        raise errors.ServiceError(ErrorType(code, status, "message"), "as the test wants it")

    return lambda stage: stage.signaling.intercept(refuse)


def answering(answer: Answer) -> Spoil:
    def spoil(stage: Stage) -> None:
        stage.answer = answer

    return spoil


def saying(text: str) -> Spoil:
    return answering(lambda _: text)


def without(line: str) -> Spoil:
    kept = "".join(each for each in ANSWER.splitlines(keepends=True) if not each.startswith(line))
    return saying(json.dumps({"type": "answer", "sdp": kept}))


def setting(name: str, value: str) -> Spoil:
    def spoil(stage: Stage) -> None:
        stage.environment[name] = value

    return spoil


def refusing(name: str, status: int, error_type: str) -> Spoil:
    async def spoil(stage: Stage) -> None:
        stage.environment[name] = await stage.parts.enter_async_context(refusing_server(status, error_type))

    return spoil


def hanging(name: str) -> Spoil:
    async def spoil(stage: Stage) -> None:
        stage.environment[name] = await stage.parts.enter_async_context(slow_server(first_after=60))

    return spoil


def account_server_down(stage: Stage) -> None:
    stage.account_server.status = 503


def offline(stage: Stage) -> None:
    """The camera's last two offers got no answer."""
    client = boto3.client("dynamodb", endpoint_url=stage.environment["AWS_ENDPOINT_URL"], **CLIENT)
    times = {name: {"N": str(at)} for at, name in enumerate(("unanswered_before", "unanswered_at", "started_at"), 1)}
    key = {"pk": {"S": f"CAMERA#{ENDPOINT_ID}"}, "sk": {"S": "SESSION#1"}}
    client.put_item(TableName=stage.environment["ACTIVITY_TABLE"], Item={**key, **times})


def said(**words: object) -> Spoil:
    """The camera said so of itself a moment ago."""

    def spoil(stage: Stage) -> None:
        client = boto3.client("dynamodb", endpoint_url=stage.environment["AWS_ENDPOINT_URL"], **CLIENT)
        states = StateItems(FreshClient(client), stage.environment["ACTIVITY_TABLE"])
        known = KnownState(**{name: Sample(value, time.time()) for name, value in words.items()})  # type: ignore[arg-type]  # words
        states.change(ENDPOINT_ID, lambda _: (known, None), Budget(5.0))

    return spoil


def put(value: object, *path: str) -> Change:
    def change(event: dict[str, Any], _: AccountServer) -> None:
        parent = event["directive"]
        for name in path[:-1]:
            parent = parent[name]
        if value is None:
            del parent[path[-1]]
        else:
            parent[path[-1]] = value

    return change


def token(**claims: object) -> Change:
    def change(event: dict[str, Any], account_server: AccountServer) -> None:
        put(account_server.token(**claims), *scope_of(event), "token")(event, account_server)  # type: ignore[arg-type]  # claims

    return change


def token_text(text: str) -> Change:
    return lambda event, account_server: put(text, *scope_of(event), "token")(event, account_server)


def scope_of(event: dict[str, Any]) -> tuple[str, str]:
    return ("endpoint" if "endpoint" in event["directive"] else "payload"), "scope"


def padded_to(size: int) -> str:
    wrapped = len(json.dumps({"type": "offer", "sdp": OFFER}, separators=(",", ":")))
    return f"{OFFER}a={'x' * (size - wrapped - len('a=') - len(json.dumps('  ')))}\r\n"


NO_ANSWER, UNREACHABLE = "no answer", "signaling service unreachable"
FORBIDDEN, OURS = "NotAuthorizedException", "our credentials expired"
ANSWER_ROW, OFFER_ROW = "answer: not SDP", "offer: not SDP"
VALUE = ("payload", "offer", "value")

SIGNALING_CASES = [
    Case("ClientLimitExceeded", "twice", fault("client-limit-exceeded"), calls=2, error="SignalingThrottledError"),
    Case("ClientLimitExceeded", "http-429", fault("http-429"), calls=2, error="SignalingThrottledError"),
    Case("ResourceNotFound", "twice", fault("resource-not-found"), calls=2, error="ChannelNotFoundError"),
    Case("InvalidArgument", "once", fault("invalid-argument"), error="ArgumentRefusedError"),
    Case(FORBIDDEN, "data-plane", fault("not-authorized"), error="ChannelForbiddenError"),
    Case(FORBIDDEN, "access-denied", fault("access-denied"), error="ChannelForbiddenError"),
    Case(FORBIDDEN, "http-401", fault("http-401"), error="ChannelForbiddenError"),
    Case(FORBIDDEN, "plain-403", raising("", 403), error="ChannelForbiddenError"),
    Case("InvalidClient", "once", fault("invalid-client"), error="ClientIdRefusedError"),
    Case("SessionExpired", "twice", fault("session-expired"), calls=2, error="SignalingSessionExpiredError"),
    Case(NO_ANSWER, "null", fault("null-answer"), error="NoAnswerError"),
    Case(NO_ANSWER, "empty", fault("empty-answer"), error="NoAnswerError"),
    Case(NO_ANSWER, "missing", fault("empty-object"), error="NoAnswerError"),
    Case(NO_ANSWER, "silent-camera", answering(lambda _: None), deliveries=1, error="NoAnswerError"),
    Case(NO_ANSWER, "never", fault("never"), deliveries=1, error="NoAnswerError"),
    Case(NO_ANSWER, "dribble", fault("dribble"), deliveries=1, error="NoAnswerError"),
    Case("no time was left", "1.4 s", calls=0, seconds=1.4, error="DeadlineExceededError"),
    Case(UNREACHABLE, "500", fault("http-500"), error="SignalingUnreachableError"),
    Case(UNREACHABLE, "503", fault("http-503"), error="SignalingUnreachableError"),
    Case(UNREACHABLE, "unavailable", raising("ServiceUnavailable", 503), error="SignalingUnreachableError"),
    Case(UNREACHABLE, "reset", fault("reset"), error="SignalingUnreachableError"),
    Case(UNREACHABLE, "reset-after", fault("reset-after"), deliveries=1, error="SignalingUnreachableError"),
    Case(UNREACHABLE, "cut-off", fault("cut-off"), deliveries=1, error="SignalingUnreachableError"),
    Case(UNREACHABLE, "refused", fault("refused"), calls=0, error="SignalingConnectError"),
    Case(OURS, "expired", fault("http-403"), error="SignalingError"),
    Case(OURS, "clock-skew", fault("clock-skew"), error="SignalingError"),
    Case(OURS, "unknown-client", raising("UnrecognizedClientException", 403), error="SignalingError"),
    Case(OURS, "wrong-host", fault("wrong-host"), error="SignalingError"),
    Case(OURS, "http-404", fault("http-404"), error="SignalingError"),
    Case(OURS, "unforeseen", raising("UnheardOfException", 400), error="SignalingError"),
]


def stale(text: str) -> Spoil:
    """The stored endpoint is stale, and the look-up of the present one fails."""

    def spoil(stage: Stage) -> None:
        fault("resource-not-found")(stage)
        fault(text, "GetSignalingChannelEndpoint")(stage)

    return spoil


LOOK_UP_CASES = [
    Case(FORBIDDEN, "look-up", stale("access-denied"), error="ChannelForbiddenError"),
    Case(UNREACHABLE, "look-up-in-use", stale("resource-in-use"), error="SignalingUnreachableError"),
    Case(UNREACHABLE, "look-up-500", stale("http-500"), error="SignalingUnreachableError"),
    Case(UNREACHABLE, "look-up-never", stale("never"), error="SignalingUnreachableError"),
    Case("ResourceNotFound", "look-up", stale("resource-not-found"), error="ChannelNotFoundError"),
    Case("ClientLimitExceeded", "look-up", stale("client-limit-exceeded"), error="SignalingThrottledError"),
]
ANSWER_CASES = [
    Case(ANSWER_ROW, "not-sdp", saying("hello"), deliveries=1, error="AnswerInvalidError"),
    Case(ANSWER_ROW, "garbage", fault("garbage-answer"), error="AnswerInvalidError"),
    Case(ANSWER_ROW, "no-video", without("m=video"), deliveries=1, error="AnswerInvalidError"),
    Case(ANSWER_ROW, "no-fingerprint", without("a=fingerprint"), deliveries=1, error="AnswerInvalidError"),
    Case(ANSWER_ROW, "no-ufrag", without("a=ice-ufrag"), deliveries=1, error="AnswerInvalidError"),
    Case(ANSWER_ROW, "no-pwd", without("a=ice-pwd"), deliveries=1, error="AnswerInvalidError"),
    Case("answer: the camera is busy", "busy", fault("camera-busy"), error="CameraRefusedError"),
    Case(
        "answer: the camera guards",
        "privacy",
        fault("camera-privacy"),
        error="CameraRefusedError",
        payload={"currentDeviceMode": "OTHER"},
    ),
    Case(
        "answer: the camera is asleep",
        "asleep",
        fault("camera-asleep"),
        error="CameraRefusedError",
        payload={"currentDeviceMode": "ASLEEP"},
    ),
    Case(
        "answer: the camera's battery",
        "low",
        fault("camera-low-power=4"),
        error="CameraRefusedError",
        payload={"percentageState": 4.0},
    ),
    Case(
        "answer: the camera's battery",
        "unknown-charge",
        saying('{"type":"error","reason":"LOW_POWER"}'),
        deliveries=1,
        error="CameraRefusedError",
    ),
]
A_DAY = "a `status` event of the last 24 hours said: "
MODE = "currentDeviceMode"
STATUS_CASES = [
    Case(cause, "status", spoil, calls=0, error="CameraStatusError", payload={name: value})
    for cause, spoil, name, value in [
        (f"{A_DAY}privacy", said(privacy=True), MODE, "OTHER"),
        (f"{A_DAY}asleep", said(sleep="owner"), MODE, "ASLEEP"),
        ("a `status` event of the last 10 minutes", said(low_power=True, charge=3.0), "percentageState", 3.0),
    ]
]
OFFER_CASES = [
    *(
        Case("offer: `format`", name, change=put(offer, "payload", "offer"), calls=0, error="DirectiveInvalidError")
        for name, offer in {
            "no-offer": None,
            "empty": {},
            "text": "v=0",
            "no-value": {"format": "SDP"},
            "no-format": {"value": OFFER},
            "other-format": {"format": "XML", "value": OFFER},
            "number": {"format": "SDP", "value": 7},
        }.items()
    ),
    Case("offer: `format`", "wrong-payload", change=put([], "payload"), calls=0, error="DirectiveInvalidError"),
    Case(OFFER_ROW, "not-sdp", change=put("hello", *VALUE), calls=0, error="OfferInvalidError"),
    Case(OFFER_ROW, "empty", change=put("", *VALUE), calls=0, error="OfferInvalidError"),
    Case(OFFER_ROW, "no-media", change=put("v=0\r\ns=-\r\n", *VALUE), calls=0, error="OfferInvalidError"),
    Case(OFFER_ROW, "7501-bytes", change=put(padded_to(7_501), *VALUE), calls=0, error="OfferInvalidError"),
]
DIRECTIVE_CASES = [
    Case("directive malformed", name, change=change, directive=directive, calls=0, error="DirectiveInvalidError")
    for directive in SESSION_DIRECTIVES
    for name, change in {
        "unknown-name": put("TakePicture", "header", "name"),
        "unknown-namespace": put("Alexa.PowerController", "header", "namespace"),
        "version-2": put("2", "header", "payloadVersion"),
        "no-version": put(None, "header", "payloadVersion"),
        "no-session": put({}, "payload"),
    }.items()
]
TOKEN_CASES = [
    Case(cause, name, change=change, directive=directive, calls=0, error=error)
    for directive in SESSION_DIRECTIVES
    for cause, name, change, error in [
        ("token expired", "expired", token(exp=1_700_000_000), "TokenExpiredError"),
        ("anything else wrong", "none", token_text(""), "TokenInvalidError"),
        ("anything else wrong", "garbage", token_text("garbage"), "TokenInvalidError"),
        ("anything else wrong", "other-client", token(client_id="another"), "TokenInvalidError"),
        ("anything else wrong", "other-issuer", token(iss="https://another.example"), "TokenInvalidError"),
        ("no such camera", "none", put("camera-skill-nowhere", "endpoint", "endpointId"), "CameraNotFoundError"),
        ("no such camera", "foreign", token(sub="another-user"), "CameraNotFoundError"),
    ]
]
SERVICE_CASES = [
    Case(cause, name, spoil, directive=directive, calls=0, error=error)
    for directive in SESSION_DIRECTIVES
    for cause, name, spoil, error in [
        ("account server", "503", account_server_down, "AccountServerUnreachableError"),
        ("account server", "nobody", setting("TOKEN_JWKS_URL", NOBODY), "AccountServerUnreachableError"),
        (
            "table throttled",
            "throttled",
            refusing("AWS_ENDPOINT_URL_DYNAMODB", 400, "ProvisionedThroughputExceededException"),
            "RegistryError",
        ),
        ("table throttled", "500", refusing("AWS_ENDPOINT_URL_DYNAMODB", 500, "InternalServerError"), "RegistryError"),
        ("table throttled", "nobody", setting("AWS_ENDPOINT_URL_DYNAMODB", NOBODY), "RegistryError"),
    ]
] + [
    Case("account server", "hangs", hanging("TOKEN_JWKS_URL"), calls=0, error="AccountServerUnreachableError"),
    Case("table throttled", "hangs", hanging("AWS_ENDPOINT_URL_DYNAMODB"), calls=0, error="RegistryError"),
]
DISCOVER_CASES = [
    Case("Discover fails", name, spoil, change, "discover", calls=0, error=error)
    for name, spoil, change, error in [
        ("expired", None, token(exp=1_700_000_000), "TokenExpiredError"),
        ("account-server", account_server_down, None, "AccountServerUnreachableError"),
        ("table", setting("AWS_ENDPOINT_URL_DYNAMODB", NOBODY), None, "RegistryError"),
        ("version", None, put("2", "header", "payloadVersion"), "DirectiveInvalidError"),
    ]
]
REPORT_STATE_CASES = [
    Case(cause, name, spoil, change, "report_state", calls=0, error=error)
    for cause, name, spoil, change, error in [
        ("ReportState", "offline", offline, None, ""),
        ("directive malformed", "version-2", None, put("2", "header", "payloadVersion"), "DirectiveInvalidError"),
        ("token expired", "expired", None, token(exp=1_700_000_000), "TokenExpiredError"),
        ("anything else wrong", "none", None, token_text(""), "TokenInvalidError"),
        ("account server", "503", account_server_down, None, "AccountServerUnreachableError"),
        ("no such camera", "foreign", None, token(sub="another-user"), "CameraNotFoundError"),
        ("table throttled", "nobody", setting("AWS_ENDPOINT_URL_DYNAMODB", NOBODY), None, "RegistryError"),
    ]
]
CLASSES = ("payload", "objectDetectionClasses")
CLASSES_CASES = [
    Case(cause, name, None, change, "set_object_detection_classes", calls=0, error=error)
    for cause, name, change, error in [
        ("SetObjectDetectionClasses", "undetected", put([{"imageNetClass": "package"}], *CLASSES), "ObjectClassError"),
        ("SetObjectDetectionClasses", "unheard-of", put([{"imageNetClass": "cat"}], *CLASSES), "ObjectClassError"),
        ("directive malformed", "no-classes", put({}, "payload"), "DirectiveInvalidError"),
        ("directive malformed", "version-3", put("3", "header", "payloadVersion"), "DirectiveInvalidError"),
        ("token expired", "expired", token(exp=1_700_000_000), "TokenExpiredError"),
        ("no such camera", "foreign", token(sub="another-user"), "CameraNotFoundError"),
    ]
]
CASES = [
    *SIGNALING_CASES,
    *LOOK_UP_CASES,
    *ANSWER_CASES,
    *STATUS_CASES,
    *OFFER_CASES,
    *DIRECTIVE_CASES,
    *TOKEN_CASES,
    *SERVICE_CASES,
    *DISCOVER_CASES,
    *REPORT_STATE_CASES,
    *CLASSES_CASES,
]
