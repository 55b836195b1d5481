"""The camera's connection to its signaling channel, as master (facts: ConnectAsMaster in AWS's developer guide)."""

import asyncio
import random
import uuid
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import aiohttp
import boto3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from yarl import URL

from simulator.camera.camera import Camera
from simulator.camera.events import Report
from simulator.camera.signaling_message import (
    SignalingMessage,
    UnreadableMessageError,
    answer_message,
    parse_message,
)

SIGNATURE_SECONDS: Final = 299
PING_INTERVAL: Final = 10.0  # the service closes a connection on which nothing moves for ten minutes
CONNECT_TIMEOUT: Final = 5.0
FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 10.0
STABLE_SECONDS: Final = 1.0  # a connection that lasted so long was a good one: the next attempt comes soon


@dataclass(frozen=True)
class Channel:
    """Which signaling channel, and where its control plane is; None is AWS's own."""

    name: str
    region: str
    endpoint_url: str | None = None


class MasterConnection:
    """Keeps a camera connected to its channel, whatever happens to the connection, and passes messages both ways."""

    def __init__(self, camera: Camera, channel: Channel, report: Report) -> None:
        self._camera = camera
        self._channel = channel
        self._report = report
        self._aws = boto3.Session(region_name=channel.region)
        self._client = self._aws.client(
            "kinesisvideo",
            endpoint_url=channel.endpoint_url,
            config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}),
        )
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._answering: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Connects, and connects again, until it is cancelled."""
        pause = FIRST_PAUSE
        try:
            async with aiohttp.ClientSession() as http:
                while True:
                    connected_at = asyncio.get_running_loop().time()
                    reason = await self._connect_once(http)
                    lasted = asyncio.get_running_loop().time() - connected_at
                    pause = FIRST_PAUSE if lasted > STABLE_SECONDS else min(pause * 2, LONGEST_PAUSE)
                    self._report({"event": "disconnected", "reason": reason})
                    await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads cameras, keeps no secret
        finally:
            for task in self._answering:
                task.cancel()
            await asyncio.gather(*self._answering, return_exceptions=True)
            self._client.close()

    async def _connect_once(self, http: aiohttp.ClientSession) -> str:
        """Stays connected as long as it goes; the reason why it went no longer."""
        try:
            channel_arn, url = await asyncio.to_thread(self._presigned_url)
            async with asyncio.timeout(CONNECT_TIMEOUT) as connecting:
                async with http.ws_connect(URL(url, encoded=True), heartbeat=PING_INTERVAL) as socket:
                    connecting.reschedule(None)
                    self._socket = socket
                    self._report({"event": "connected", "channel_arn": channel_arn})
                    return await self._receive(socket)
        except (aiohttp.ClientError, BotoCoreError, ClientError, OSError) as error:
            return f"{type(error).__name__}: {error}"
        finally:
            self._socket = None

    async def _receive(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT or not frame.data:
                continue  # the service sends empty text frames, which mean nothing
            try:
                message = parse_message(frame.data)
            except UnreadableMessageError as error:
                self._report({"event": "message_unreadable", "reason": str(error)})
                continue
            if message.type in {"GO_AWAY", "RECONNECT_ICE_SERVER"}:
                return message.type
            self._dispatch(message)
        return f"the service closed the connection ({socket.close_code})"

    def _dispatch(self, message: SignalingMessage) -> None:
        if message.type == "SDP_OFFER":
            task = asyncio.create_task(self._answer(message))
        elif message.type == "ICE_CANDIDATE":
            task = asyncio.create_task(self._add_candidate(message))
        else:
            if message.type == "STATUS_RESPONSE":
                self._report({"event": "message_refused", "reason": str(message.status.get("errorType", ""))})
            return
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, message: SignalingMessage) -> None:
        sender = message.sender_client_id
        try:
            answer = await self._camera.answer(sender, message.sdp)
        except UnreadableMessageError as error:
            self._report({"event": "offer_refused", "sender_client_id": sender, "reason": str(error)})
            return
        if answer is None:
            return
        if self._socket is None or self._socket.closed:
            self._report({"event": "answer_lost", "sender_client_id": sender})
            return
        await self._socket.send_str(answer_message(sender, answer, uuid.uuid4().hex))
        self._report({"event": "answer", "sender_client_id": sender})

    async def _add_candidate(self, message: SignalingMessage) -> None:
        payload = message.payload
        await self._camera.add_candidate(
            message.sender_client_id,
            str(payload.get("candidate", "")),
            payload.get("sdpMid"),
            payload.get("sdpMLineIndex"),
        )

    def _presigned_url(self) -> tuple[str, str]:
        """The channel's ARN, and a signed address of its WebSocket endpoint for masters. Blocks on the network."""
        found = self._client.describe_signaling_channel(ChannelName=self._channel.name)
        channel_arn = found["ChannelInfo"]["ChannelARN"]
        endpoints = self._client.get_signaling_channel_endpoint(
            ChannelARN=channel_arn,
            SingleMasterChannelEndpointConfiguration={"Protocols": ["WSS"], "Role": "MASTER"},
        )
        endpoint = endpoints["ResourceEndpointList"][0]["ResourceEndpoint"]
        request = AWSRequest("GET", f"{endpoint}/?X-Amz-ChannelARN={quote(channel_arn, safe='')}")
        if (credentials := self._aws.get_credentials()) is None:
            raise NoCredentialsError
        SigV4QueryAuth(credentials, "kinesisvideo", self._channel.region, SIGNATURE_SECONDS).add_auth(request)
        return channel_arn, str(request.url)
