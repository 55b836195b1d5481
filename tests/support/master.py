"""A channel, and a master on its WebSocket that answers each offer with a given text."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import boto3

from simulator.credentials import PROCESS_CREDENTIALS
from simulator.signaling import SignalingService
from tests.support import secrets
from tests.support.directives import ENDPOINT_ID
from tests.support.signaling_client import Peer, encoded, signed_url, unwrap

Answer = Callable[[dict[str, str]], str | None]
"""Takes the decoded message of an offer, returns the text to send back (before base64), or None for silence."""


def create_channel(signaling: SignalingService, name: str = ENDPOINT_ID) -> str:
    """The ARN of a new channel. Must not run in the service's own loop."""
    client = boto3.client(
        "kinesisvideo",
        endpoint_url=signaling.control_plane_url,
        region_name="us-east-1",
        aws_access_key_id=PROCESS_CREDENTIALS.access_key_id,
        aws_secret_access_key=PROCESS_CREDENTIALS.secret_access_key,
    )
    arn: str = client.create_signaling_channel(ChannelName=name)["ChannelARN"]
    return arn


def answer_with(sdp: str) -> Answer:
    """Gives this SDP to every offer."""
    return lambda _: json.dumps({"type": "answer", "sdp": sdp})


class Master:
    """`offers` are the decoded messages that came, `peers` their senders."""

    def __init__(self) -> None:
        self.offers: list[dict[str, str]] = []
        self.peers: list[str] = []


@asynccontextmanager
async def running_master(master_url: str, channel_arn: str, answer: Answer) -> AsyncIterator[Master]:
    master = Master()
    async with Peer(signed_url(master_url, channel_arn)) as peer:
        task = asyncio.create_task(_serve(peer, master, answer))
        try:
            yield master
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _serve(peer: Peer, master: Master, answer: Answer) -> None:
    async for frame in peer.socket:
        if not frame.data:
            continue
        event = json.loads(frame.data)
        if event["messageType"] != "SDP_OFFER":
            continue
        secrets.learn("MessagePayload", event["messagePayload"])
        message, sender = unwrap(event["messagePayload"]), event["senderClientId"]
        master.offers.append(message)
        master.peers.append(sender)
        text = answer(message)
        if text is not None:
            secrets.learn_sdp(text)
            secrets.learn("MessagePayload", encoded(text))
            await peer.send("SDP_ANSWER", encoded(text), recipientClientId=sender)
