"""A skill, a camera and its events, for tests in which an Echo Show shows something."""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from simulator.camera import Event
from simulator.credentials import PROCESS_CREDENTIALS
from tests.support.directives import ENDPOINT_ID
from tests.support.project import ROOT
from tests.support.signaling_client import Account, unwrap, wrap

Answer = Callable[[str, str], Awaitable[str | None]]
"""Takes a sender client id and an offer, gives the camera's answer."""


class Events:
    """What a camera reported, in order."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self._arrived = asyncio.Event()

    def report(self, event: Event) -> None:
        self.all.append(event)
        self._arrived.set()

    def named(self, name: str) -> list[Event]:
        return [event for event in self.all if event["event"] == name]

    async def until(self, name: str, count: int = 1, seconds: float = 15.0) -> Event:
        """Waits for the event to have come so often; the last of them."""
        async with asyncio.timeout(seconds):
            while len(self.named(name)) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return self.named(name)[count - 1]


class StandInSkill:
    """Plays the skill: one camera, whose answers come from where the test says."""

    def __init__(self, answer: Answer, friendly_name: str = "Front Door") -> None:
        self.directives: list[dict[str, Any]] = []
        self._answer = answer
        self._endpoint = {"endpointId": ENDPOINT_ID, "friendlyName": friendly_name, "cookie": {"made": "by-test"}}

    async def invoke(self, directive: dict[str, Any]) -> dict[str, Any]:
        self.directives.append(directive)
        header, payload = directive["directive"]["header"], directive["directive"]["payload"]
        if header["name"] == "Discover":
            return event(header, "Discover.Response", {"endpoints": [self._endpoint]})
        if header["name"] != "InitiateSessionWithOffer":
            return event(header, header["name"], payload)
        answer = await self._answer(uuid.uuid4().hex, payload["offer"]["value"])
        if answer is None:
            error = {"type": "ENDPOINT_UNREACHABLE", "message": "no answer"}
            return event(header | {"namespace": "Alexa"}, "ErrorResponse", error)
        return event(header, "AnswerGeneratedForSession", {"answer": {"format": "SDP", "value": answer}})

    @property
    def names(self) -> list[str]:
        """The names of all directives, in the order of their arrival."""
        return [directive["directive"]["header"]["name"] for directive in self.directives]


def event(header: dict[str, str], name: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The event that answers a directive."""
    return {"event": {"header": header | {"name": name, "messageId": str(uuid.uuid4())}, "payload": payload}}


def by_signaling(account: Account, channel_arn: str) -> Answer:
    """Answers that come through SendAlexaOfferToMaster."""

    async def answer(sender: str, offer: str) -> str | None:
        reply = await account.offer(channel_arn, sender, wrap("offer", offer))
        return unwrap(reply["Answer"])["sdp"] if reply.get("Answer") else None

    return answer


class CameraProcess:
    """`python -m simulator.camera` with what it printed."""

    def __init__(self, process: asyncio.subprocess.Process, events: Events) -> None:
        self.process = process
        self.events = events

    async def terminate(self) -> int:
        """Sends SIGTERM and waits for the end; the exit code."""
        self.process.terminate()
        async with asyncio.timeout(10):
            return await self.process.wait()


@asynccontextmanager
async def camera_process(control_plane_url: str, name: str = "Front Door") -> AsyncIterator[CameraProcess]:
    """A camera of its own, which is ended with the block if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator.camera", "--name", name, "--channel-name", ENDPOINT_ID),
        *("--endpoint-url", control_plane_url, "--region", "us-east-1"),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=os.environ
        | {
            "AWS_ACCESS_KEY_ID": PROCESS_CREDENTIALS.access_key_id,
            "AWS_SECRET_ACCESS_KEY": PROCESS_CREDENTIALS.secret_access_key,
        },
    )
    assert process.stdout is not None
    events = Events()
    reading = asyncio.create_task(_read_events(process.stdout, events))
    try:
        yield CameraProcess(process, events)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def _read_events(stdout: asyncio.StreamReader, events: Events) -> None:
    async for line in stdout:
        events.report(json.loads(line))
