"""One viewer of the camera: its peer connection from the offer until the viewer is gone."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp
from aiortc.stats import RTCTransportStats

from simulator.camera.offer_repair import OfferRefusedError, repair_answer, repair_offer, split_sections
from simulator.media_addresses import peer_configuration

CHECK_INTERVAL: Final = 0.5

# What aiortc's parser and negotiation raise at SDP that they do not understand: it asserts, indexes and converts
# without checks, and a StopIteration of its becomes a RuntimeError on the way through a coroutine.
SDP_FAILURES: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    InvalidAccessError,
    InvalidStateError,
    LookupError,
    OperationError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Patience:
    """How long a session waits for a viewer, in seconds, before its place is free again.

    A viewer that vanishes without a word is noticed by silence: every live peer sends RTCP reports about once
    a second (RFC 3550, 6.2). aioice's own consent check (RFC 7675) gives up after six failures at intervals
    of 4 to 6 seconds, half a minute, and connects for ever while no candidate answers.
    """

    connect: float = 15.0
    silence: float = 5.0


class ViewerSession:
    """The camera's side of one session. ``video`` and ``audio`` are its own tracks and end with it."""

    def __init__(self, video: MediaStreamTrack, audio: MediaStreamTrack, patience: Patience) -> None:
        self.audio_frames = 0
        self._tracks = {"video": video, "audio": audio}
        self._patience = patience
        self._peer = RTCPeerConnection(peer_configuration())
        self._changed = asyncio.Event()
        self._dismissed = False
        self._listening: list[asyncio.Task[None]] = []
        self._peer.on("connectionstatechange", self._changed.set)
        self._peer.on("track", self._on_track)

    @property
    def connected(self) -> bool:
        """Whether media flows: ICE and DTLS are through, and the viewer has not left."""
        return self._peer.connectionState == "connected"

    async def answer(self, offer: str) -> str:
        """The answer to the viewer's offer, complete with all candidates. OfferRefusedError: there is none."""
        repaired = repair_offer(offer)
        try:
            self._add_tracks(repaired)
            await self._peer.setRemoteDescription(RTCSessionDescription(repaired, "offer"))
            await self._peer.setLocalDescription()
        except SDP_FAILURES as error:
            raise OfferRefusedError(f"aiortc cannot take the offer: {type(error).__name__}: {error}") from error
        return repair_answer(self._peer.localDescription.sdp, offer)

    async def add_candidate(self, candidate: str, mid: str | None, line_index: int | None) -> None:
        """Takes a candidate that a trickling viewer sent after its offer; one that makes no sense is passed over."""
        fields = candidate.removeprefix("candidate:").split()
        if len(fields) < 8 or fields[1] != "1" or fields[2].lower() != "udp" or fields[4].endswith(".local"):
            return
        parsed = candidate_from_sdp(" ".join(fields))
        parsed.sdpMid, parsed.sdpMLineIndex = mid, line_index
        await self._peer.addIceCandidate(parsed)

    async def until_connected(self) -> bool:
        """Whether the viewer connected in time."""
        try:
            async with asyncio.timeout(self._patience.connect):
                while not self._dismissed and self._peer.connectionState in {"new", "connecting"}:
                    await self._next_change()
        except TimeoutError:
            return False
        return self.connected

    async def until_gone(self) -> str:
        """Waits until the viewer has left or was dismissed, and tells how: by silence, or in order."""
        received, heard_at = -1, time.monotonic()
        while self.connected and not self._dismissed:
            count = await self._packets_received()
            if count != received:
                received, heard_at = count, time.monotonic()
            elif time.monotonic() - heard_at >= self._patience.silence:
                return "the viewer fell silent"
            try:
                async with asyncio.timeout(CHECK_INTERVAL):
                    await self._next_change()
            except TimeoutError:
                continue
        return "the camera was switched off" if self._dismissed else "the viewer closed the connection"

    def dismiss(self) -> None:
        """Ends the waiting for the viewer, so that whoever attends to the session closes it."""
        self._dismissed = True
        self._changed.set()

    async def close(self) -> None:
        """Ends the session and everything it holds; more than once is allowed."""
        for track in self._tracks.values():
            track.stop()
        await self._peer.close()
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)

    def _add_tracks(self, offer: str) -> None:
        # Before setRemoteDescription: aiortc ignores transceivers that are added after it. Only for the kinds that are
        # offered: the transport of a transceiver without a media line never connects.
        offered = [section[0].removeprefix("m=").split(" ", 1)[0] for section in split_sections(offer)[1]]
        if "audio" in offered:
            self._peer.addTransceiver(self._tracks["audio"], direction="sendrecv")
        if "video" in offered:
            self._peer.addTransceiver(self._tracks["video"], direction="sendonly")

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._listening.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                self.audio_frames += 1
        except MediaStreamError:
            return  # the viewer's microphone ended

    async def _next_change(self) -> None:
        await self._changed.wait()
        self._changed.clear()

    async def _packets_received(self) -> int:
        report = await self._peer.getStats()
        return sum(stats.packetsReceived for stats in report.values() if isinstance(stats, RTCTransportStats))
