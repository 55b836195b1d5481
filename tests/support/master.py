"""A master on the signaling service's WebSocket that answers each offer with a given text."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote

import aiohttp
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

Answer = Callable[[dict[str, str]], str | None]
"""Takes the decoded message of an offer, returns the text to send back (before base64), or None for silence."""


class Master:
    """`offers` are the decoded messages that came, `peers` their senders."""

    def __init__(self) -> None:
        self.offers: list[dict[str, str]] = []
        self.peers: list[str] = []


@asynccontextmanager
async def running_master(master_url: str, channel_arn: str, answer: Answer) -> AsyncIterator[Master]:
    master = Master()
    async with aiohttp.ClientSession() as http, http.ws_connect(_signed(master_url, channel_arn)) as socket:
        task = asyncio.create_task(_serve(socket, master, answer))
        try:
            yield master
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _serve(socket: aiohttp.ClientWebSocketResponse, master: Master, answer: Answer) -> None:
    async for frame in socket:
        if not frame.data:
            continue
        event = json.loads(frame.data)
        if event["messageType"] != "SDP_OFFER":
            continue
        message = json.loads(base64.b64decode(event["messagePayload"]))
        master.offers.append(message)
        master.peers.append(event["senderClientId"])
        text = answer(message)
        if text is not None:
            reply = {
                "action": "SDP_ANSWER",
                "recipientClientId": event["senderClientId"],
                "messagePayload": base64.b64encode(text.encode()).decode(),
            }
            await socket.send_str(json.dumps(reply))


def _signed(master_url: str, channel_arn: str) -> str:
    url = master_url.replace("ws", "http", 1) + "/?X-Amz-ChannelARN=" + quote(channel_arn, safe="")
    request = AWSRequest("GET", url)
    SigV4QueryAuth(Credentials("test", "test"), "kinesisvideo", "us-east-1", 299).add_auth(request)
    return str(request.url).replace("http", "ws", 1)
