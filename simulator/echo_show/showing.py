"""One showing of a camera, from the offer to the goodbye."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from PIL import Image

from simulator.echo_show.errors import EchoShowError, NotConnectedError, NoVideoError, SkillSilentError
from simulator.echo_show.peer import EchoPeer
from simulator.echo_show.rtc_session import RtcSession
from simulator.echo_show.screen import Screen

ANSWER_SECONDS: Final = 6.0  # Alexa waits for an answer to an offer no longer
GOODBYE_TIMEOUT: Final = 8.0  # seconds; Alexa gives up on a skill's reply after eight


@dataclass(frozen=True)
class Timeline:
    """Milliseconds since InitiateSessionWithOffer was sent."""

    answer: float
    ice_connected: float
    first_frame: float


@dataclass(frozen=True)
class Showing:
    """What was seen and heard of a camera.

    ``frames`` are the numbers read back: the first frame's and all that were asked for after it. ``name`` is the
    camera name against which every picture was verified, ``lowest_psnr`` how alike they were at least, in dB (see
    `test_picture.psnr`). ``snapshot`` is the last frame; ``audio_frames`` counts what the loudspeaker got.
    """

    timeline: Timeline
    frames: list[int]
    name: str
    snapshot: Image.Image
    lowest_psnr: float
    audio_frames: int


class Show:
    """Leads one session over one peer, and fills the screen. ``deadline`` is on the event loop's clock."""

    def __init__(self, session: RtcSession, peer: EchoPeer, screen: Screen, deadline: float) -> None:
        self._session = session
        self._peer = peer
        self._screen = screen
        self._deadline = deadline

    async def run(self, frames: int) -> Showing:
        """Offer, answer, and ``frames`` more pictures after the first; then the session is ended. Any EchoShowError."""
        offer = await self._peer.offer()
        silent = SkillSilentError(f"The skill did not reply within {ANSWER_SECONDS:.0f} s, and Alexa waits no longer.")
        async with self._within_deadline(silent, ANSWER_SECONDS):
            answer = await self._session.initiate(offer)
        answered = self._session.milliseconds()
        try:
            await self._connect(answer)
            first_frame = await self._watch(frames)
        except EchoShowError:
            with suppress(EchoShowError):  # what went wrong first is what the user must hear
                await self._say_goodbye()
            raise
        await self._say_goodbye()
        return self._showing(Timeline(answered, self._session.milliseconds(self._peer.ice_connected_at), first_frame))

    async def _connect(self, answer: str) -> None:
        await self._peer.accept(answer)
        async with self._within_deadline(NotConnectedError("No connection to the camera came about in time.")):
            await self._peer.until_connected()
            await self._session.connected()

    async def _watch(self, frames: int) -> float:
        first_frame = 0.0
        missing = NoVideoError("The camera's frames did not come in time.")
        async with self._within_deadline(missing), aclosing(self._peer.frames()) as pictures:
            async for picture in pictures:
                first_frame = first_frame or self._session.milliseconds()
                await asyncio.to_thread(self._screen.show, picture)
                if len(self._screen.numbers) > frames:
                    break
        return first_frame

    async def _say_goodbye(self) -> None:
        try:
            async with asyncio.timeout(GOODBYE_TIMEOUT):
                await self._session.disconnected()
        except TimeoutError as error:
            raise SkillSilentError("The skill did not reply to SessionDisconnected.") from error

    @asynccontextmanager
    async def _within_deadline(self, failure: EchoShowError, seconds: float = math.inf) -> AsyncIterator[None]:
        latest = min(self._deadline, asyncio.get_running_loop().time() + seconds)
        try:
            async with asyncio.timeout_at(latest):
                yield
        except TimeoutError as error:
            raise failure from error

    def _showing(self, timeline: Timeline) -> Showing:
        screen = self._screen
        return Showing(
            timeline, screen.numbers, screen.camera_name, screen.snapshot(), screen.lowest_psnr, self._peer.audio_frames
        )
