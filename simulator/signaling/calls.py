import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from aiohttp import web

from simulator.signaling.channels import Channels, name_in
from simulator.signaling.constraints import Structure
from simulator.signaling.errors import SERIALIZATION, ErrorType, ServiceError
from simulator.signaling.inputs import INPUTS
from simulator.signaling.rates import RateLimiter
from simulator.signaling.settings import SignalingSettings
from simulator.sigv4 import SignatureChecker, SignatureError, SignedRequest, access_key_id_of, query_of

Parameters = dict[str, Any]
Proceed = Callable[[], Awaitable[web.StreamResponse]]


SERVICE = "kinesisvideo"
"""For which requests are signed."""
CONNECTIONS = frozenset({"ConnectAsMaster", "ConnectAsViewer"})
"""What is counted when it begins, since the call lasts as long as the connection."""
COUNTED = CONNECTIONS | {
    *("SendSdpOffer", "SendSdpAnswer", "SendCandidate"),
    *("SendAlexaOfferToMaster", "GetIceServerConfig", "Disconnect"),
}
"""The operations of the metric `Failure`.

Source: docs.aws.amazon.com/kinesisvideostreams-webrtc-dg, "Monitor Kinesis Video Streams with WebRTC".
"""


class Request(NamedTuple):
    """A call of an operation, or a client's message, as it arrived; `time` in seconds since 1970."""

    operation: str
    channel_name: str
    client_id: str
    time: float


@dataclass(frozen=True)
class Call:
    """An operation that is being called. `parameters` is None where the body is not a JSON object."""

    operation: str
    parameters: Parameters | None
    http: web.BaseRequest
    signed: SignedRequest

    @property
    def channel_name(self) -> str:
        """The channel as the caller names it, empty for none; it need not exist."""
        parameters = self.parameters or {}
        name = parameters.get("ChannelName")
        arn = parameters.get("ChannelARN", parameters.get("ResourceARN"))
        return name_in(arn) if isinstance(arn, str) else name if isinstance(name, str) else ""

    @property
    def tags(self) -> dict[str, str]:
        """The tags that the caller sets, as conditions of policies name them."""
        tags = (self.parameters or {}).get("Tags") or []
        return {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}

    @property
    def client_id(self) -> str:
        """The client id as the caller gives it, empty for none."""
        parameters = self.parameters or {}
        client_id = parameters.get("SenderClientId", parameters.get("ClientId"))
        return client_id if isinstance(client_id, str) else ""


class Interceptor(Protocol):
    """May answer a call in place of the service, delay it, or raise ServiceError; `proceed` is the service."""

    async def __call__(self, call: Call, proceed: Proceed) -> web.StreamResponse:
        """Answer the call."""
        ...


Handler = Callable[[Call, Parameters], Awaitable[web.StreamResponse]]


class FrontDoor:
    """What every call goes through before it reaches its operation: signature, permission, constraints, rates.

    Before them come the interceptor, if there is one, and then `faults`, which answer the calls that shall go wrong.
    """

    def __init__(self, settings: SignalingSettings, channels: Channels, faults: Interceptor) -> None:
        self.requests: list[Request] = []
        self.interceptor: Interceptor | None = None
        self._settings = settings
        self._channels = channels
        self._faults = faults
        self._limiter = RateLimiter(settings)
        self._signatures = SignatureChecker(settings.credentials, settings.region, SERVICE, settings.clock)

    def record(self, operation: str, channel_name: str, client_id: str) -> None:
        """Remember that a call or message arrived."""
        self.requests.append(Request(operation, channel_name, client_id, self._settings.clock()))

    def count(self, operation: str, channel_name: str, *, failed: bool) -> None:
        """Count what became of a call or message, if the service counts it in CloudWatch."""
        if self._settings.count is not None and channel_name and operation in COUNTED:
            self._settings.count(operation, channel_name, failed)

    async def handle(
        self, http: web.BaseRequest, operation: str, denied: ErrorType, handler: Handler
    ) -> web.StreamResponse:
        """Let a call through to its handler, and answer errors; `denied` is the plane's word for no permission."""
        call = await _receive(http, operation)
        try:
            access_key_id = self._authenticate(call)
        except ServiceError as error:  # before anything is remembered of it, or a fault is spent on it
            return error_response(error)
        self.record(operation, call.channel_name, call.client_id)

        async def act() -> web.StreamResponse:
            try:
                response = await handler(call, await self._admit(call, access_key_id, denied))
            except ServiceError as error:
                self.count(operation, call.channel_name, failed=True)
                return error_response(error)
            if operation not in CONNECTIONS:
                self.count(operation, call.channel_name, failed=False)
            return response

        async def proceed() -> web.StreamResponse:
            return await self._faults(call, act)

        try:
            if self.interceptor is None:
                return await proceed()
            return await self.interceptor(call, proceed)
        except ServiceError as error:
            return error_response(error)

    def _authenticate(self, call: Call) -> str:
        if not self._settings.check_signatures:
            return access_key_id_of(call.signed)
        try:
            return self._signatures.check(call.signed)
        except SignatureError as error:
            raise ServiceError(ErrorType(error.code, 403, "message"), error.message) from error

    async def _admit(self, call: Call, access_key_id: str, denied: ErrorType) -> Parameters:
        if call.parameters is None:
            raise ServiceError(SERIALIZATION, "The body is not a JSON object.")
        INPUTS[call.operation].check("", call.parameters)
        await self._authorize(access_key_id, call, denied)
        self._limiter.check(call.operation, call.channel_name)
        return _known(INPUTS[call.operation], call.parameters)

    async def _authorize(self, access_key_id: str, call: Call, denied: ErrorType) -> None:
        action = f"kinesisvideo:{call.operation}"
        resource, tags = "*", call.tags
        if call.channel_name:
            channel = self._channels.find(call.channel_name)
            resource = channel.arn if channel else self._channels.arn(call.channel_name, "*")
            there = channel.tags if channel else {}
            tags |= {f"aws:ResourceTag/{key}": value for key, value in there.items()}
        authorize = self._settings.authorize
        if authorize is not None and not await authorize(access_key_id, action, resource, tags):
            raise ServiceError(
                denied, f"{access_key_id} is not authorized to perform: {action} on resource: {resource}"
            )


async def _receive(http: web.BaseRequest, operation: str) -> Call:
    headers = {name.lower(): ",".join(http.headers.getall(name)) for name in set(http.headers)}
    signed = SignedRequest(http.method, http.raw_path, headers, await http.read())
    if http.method == "GET":  # a WebSocket handshake
        names = {"X-Amz-ChannelARN": "ChannelARN", "X-Amz-ClientId": "ClientId"}
        query = query_of(http.raw_path)
        return Call(operation, {names[key]: value for key, value in query if key in names}, http, signed)
    try:
        parameters = json.loads(signed.body or b"{}")
    except (ValueError, RecursionError):
        parameters = None
    return Call(operation, parameters if isinstance(parameters, dict) else None, http, signed)


def _known(structure: Structure, parameters: Parameters) -> Parameters:
    return {name: value for name, value in parameters.items() if name in structure.members and value is not None}


def json_response(body: object, status: int = 200, **headers: str) -> web.Response:
    """Make a response with the headers that every one of the service has."""
    return web.json_response(body, status=status, headers={"x-amzn-RequestId": str(uuid.uuid4()), **headers})


def error_response(error: ServiceError) -> web.Response:
    """Make the response that SDKs read as this exception."""
    error_type = error.error_type
    return json_response({error_type.member: error.message}, error_type.status, **{"x-amzn-ErrorType": error_type.name})


def unknown_operation() -> web.Response:
    """Make the response to a path that this host does not serve: a success, which SDKs read as an empty one."""
    output = {"__type": "com.amazon.coral.service#UnknownOperationException"}
    return json_response({"Output": output, "Version": "1.0"})
