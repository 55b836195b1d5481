"""What the tests of the signaling service call it with: boto3, and a WebSocket signed by botocore."""

import asyncio
import base64
import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
import boto3
import botocore.session
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.loaders import Loader

from simulator.credentials import PROCESS_CREDENTIALS
from simulator.signaling import SignalingService, SignalingSettings

StartService = Callable[[SignalingSettings], Awaitable[SignalingService]]
LOCAL_CREDENTIALS = Credentials(*PROCESS_CREDENTIALS[:2])
# One for all: reading the service models is what takes longest.
_MODELS = Loader()
CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
OFFER_SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"


def wrap(kind: str, sdp: str = OFFER_SDP) -> str:
    """An SDP as every SDK wraps it."""
    return encoded(json.dumps({"type": kind, "sdp": sdp}))


def unwrap(payload: str) -> dict[str, str]:
    """What was wrapped: `type` and `sdp`."""
    message: dict[str, str] = json.loads(base64.b64decode(payload))
    return message


def encoded(text: str) -> str:
    """A message payload of any text."""
    return base64.b64encode(text.encode()).decode()


class Account:
    """boto3 against a service; every call runs in a thread, since the service lives in the test's own loop."""

    def __init__(
        self,
        service: SignalingService,
        credentials: Credentials = LOCAL_CREDENTIALS,
        *,
        region: str = "us-east-1",
        ca: Path | None = None,
    ) -> None:
        self.service = service
        core = botocore.session.Session()
        core.register_component("data_loader", _MODELS)
        self.session = boto3.Session(
            botocore_session=core,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
            region_name=region,
        )
        verify = None if ca is None else str(ca)
        self.kinesisvideo = self.session.client(
            "kinesisvideo", endpoint_url=service.control_plane_url, config=CONFIG, verify=verify
        )
        self.signaling = self.session.client(
            "kinesis-video-signaling", endpoint_url=service.data_plane_url, config=CONFIG, verify=verify
        )

    async def call(self, operation: str, /, **parameters: object) -> dict[str, Any]:
        """Call an operation of either plane by its boto3 name."""
        client = self.kinesisvideo if hasattr(self.kinesisvideo, operation) else self.signaling
        response: dict[str, Any] = await asyncio.to_thread(getattr(client, operation), **parameters)
        return response

    async def create_channel(self, name: str = "front-door", **parameters: object) -> str:
        """Create a channel; return its ARN."""
        created = await self.call("create_signaling_channel", ChannelName=name, **parameters)
        return str(created["ChannelARN"])

    def start(self, operation: str, /, **parameters: object) -> asyncio.Task[dict[str, Any]]:
        """Call an operation in the background."""
        return asyncio.create_task(self.call(operation, **parameters))

    def offer(self, arn: str, sender: str = "echo-1", payload: str | None = None) -> asyncio.Task[dict[str, Any]]:
        """Send an offer in the background."""
        return self.start(
            "send_alexa_offer_to_master",
            ChannelARN=arn,
            SenderClientId=sender,
            MessagePayload=payload or wrap("offer"),
        )


def signed_url(
    url: str,
    arn: str | None,
    client_id: str | None = None,
    *,
    expires: int = 299,
    credentials: Credentials = LOCAL_CREDENTIALS,
    region: str = "us-east-1",
) -> str:
    """The URL that a client connects to, presigned."""
    names = {"X-Amz-ChannelARN": arn, "X-Amz-ClientId": client_id}
    query = urlencode({name: value for name, value in names.items() if value is not None})
    request = AWSRequest(method="GET", url=f"{url}/?{query}")
    signer = SigV4QueryAuth(credentials, "kinesisvideo", region, expires)
    signer.add_auth(request)
    return str(request.url)


class Peer:
    """A master or viewer on a WebSocket."""

    def __init__(self, url: str, *, autoping: bool = True, tls: ssl.SSLContext | None = None) -> None:
        self._url = url
        self._autoping = autoping
        self._tls = tls or True

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        try:
            self.socket = await self._session.ws_connect(self._url, autoping=self._autoping, ssl=self._tls)
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()
        await self._session.close()

    async def receive(self, seconds: float = 5.0) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(await self.socket.receive_str(timeout=seconds))
        return message

    async def send(self, action: str, payload: str, **members: str) -> None:
        """Send a message with the JavaScript SDK's names."""
        await self.socket.send_json({"action": action, "messagePayload": payload, **members})

    async def answer(self, recipient: str, payload: str | None = None) -> None:
        """Send an answer."""
        await self.send("SDP_ANSWER", payload or wrap("answer"), recipientClientId=recipient)


def master(service: SignalingService, arn: str) -> Peer:
    """A master of the channel."""
    return Peer(signed_url(service.master_url, arn))


def viewer(service: SignalingService, arn: str, client_id: str = "viewer-1") -> Peer:
    """A viewer of the channel."""
    return Peer(signed_url(service.viewer_url, arn, client_id))


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for a condition; fail when it does not come."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # what is waited for knows nothing of who waits
            await asyncio.sleep(0.005)


def sent_offers(service: SignalingService) -> int:
    """How many Alexa offers the service got."""
    return sum(request.operation == "SendAlexaOfferToMaster" for request in service.requests)


async def handshake(url: str) -> tuple[int, str]:
    """Status and error of a handshake; no error where it succeeds."""
    async with aiohttp.ClientSession() as http:
        headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        headers["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
        async with http.get(url, headers=headers) as response:
            return response.status, response.headers.get("x-amzn-ErrorType", "")


def signed_headers(
    url: str,
    *,
    signer: Callable[..., SigV4Auth] = SigV4Auth,
    credentials: Credentials = LOCAL_CREDENTIALS,
    region: str = "us-east-1",
    service: str = "kinesisvideo",
    body: bytes = b"",
    **headers: str,
) -> dict[str, str]:
    """The headers of a signed POST."""
    request = AWSRequest(method="POST", url=url, data=body, headers={"content-type": "application/json", **headers})
    signer(credentials, service, region).add_auth(request)
    return dict(request.headers.items())
