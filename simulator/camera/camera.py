"""The simulated camera: its viewers, and the picture and sound that they get."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final, Self

from simulator.camera.events import Report
from simulator.camera.offer_repair import OfferRefusedError
from simulator.camera.pictures import PictureSource
from simulator.camera.session import Patience, ViewerSession
from simulator.media_addresses import use_loopback_only
from simulator.tone import ToneTrack

TONE_FREQUENCY: Final = 400


@dataclass(frozen=True)
class CameraSettings:
    """What kind of camera it is. ``places`` is how many viewers it serves at once."""

    name: str
    width: int = 640
    height: int = 360
    fps: int = 15
    places: int = 10
    patience: Patience = field(default_factory=Patience)


class Camera:
    """Answers offers with its picture, one session per sender client id. A context manager: leaving it ends all."""

    def __init__(self, settings: CameraSettings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._pictures = PictureSource(settings.name, settings.width, settings.height, settings.fps)
        self._sessions: dict[str, ViewerSession] = {}
        self._attending: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        use_loopback_only()
        await self._pictures.prepare()
        return self

    async def __aexit__(self, *_: object) -> None:
        # Not by cancelling: aiortc, closing a connection that its peer closes too, does not survive it in good order.
        for session in self._sessions.values():
            session.dismiss()
        await asyncio.gather(*self._attending)

    @property
    def viewers(self) -> list[str]:
        """The sender client ids of the sessions that take a place now, connected or about to."""
        return list(self._sessions)

    async def answer(self, sender_client_id: str, offer: str) -> str | None:
        """The answer to a viewer's offer; None, and an event that says why, for an offer that cannot be answered."""
        self._report({"event": "offer", "sender_client_id": sender_client_id, "bytes": len(offer)})
        try:
            return await self._open(sender_client_id, offer)
        except OfferRefusedError as refusal:
            self._report({"event": "offer_refused", "sender_client_id": sender_client_id, "reason": str(refusal)})
            return None

    async def add_candidate(
        self, sender_client_id: str, candidate: str, mid: str | None, line_index: int | None
    ) -> None:
        """Hands a candidate to the session of a viewer that trickles; nobody waits for one without a session."""
        session = self._sessions.get(sender_client_id)
        if session is not None:
            await session.add_candidate(candidate, mid, line_index)

    async def _open(self, sender_client_id: str, offer: str) -> str:
        if sender_client_id in self._sessions:
            raise OfferRefusedError("this client id has a session already")
        if len(self._sessions) >= self._settings.places:
            raise OfferRefusedError(f"all {self._settings.places} places are taken")
        session = ViewerSession(self._pictures.track(), ToneTrack(TONE_FREQUENCY), self._settings.patience)
        self._sessions[sender_client_id] = session
        try:
            answer = await session.answer(offer)
        except BaseException:
            del self._sessions[sender_client_id]
            await session.close()
            raise
        task = asyncio.create_task(self._attend(sender_client_id, session))
        self._attending.add(task)
        task.add_done_callback(self._attending.discard)
        return answer

    async def _attend(self, sender_client_id: str, session: ViewerSession) -> None:
        started = time.monotonic()
        reason = "the viewer never connected"
        try:
            if await session.until_connected():
                self._report({"event": "session_started", "sender_client_id": sender_client_id})
                reason = await session.until_gone()
        finally:
            del self._sessions[sender_client_id]
            await session.close()
            self._report(
                {
                    "event": "session_ended",
                    "sender_client_id": sender_client_id,
                    "reason": reason,
                    "seconds": round(time.monotonic() - started, 1),
                    "audio_frames": session.audio_frames,
                }
            )
