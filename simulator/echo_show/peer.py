"""An Echo Show's end of the media: an aiortc peer that speaks SDP as an Echo does."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

import av
from aiortc import MediaStreamTrack, RTCBundlePolicy, RTCIceCandidate, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError
from aiortc.sdp import SessionDescription

from simulator.echo_show.answer_check import PARSER_FAILURES, check_answer
from simulator.echo_show.errors import NotConnectedError, NoVideoError, UnusableAnswerError
from simulator.echo_show.offer_form import Address, name_mids, write_offer
from simulator.media_addresses import peer_configuration
from simulator.tone import ToneTrack

MICROPHONE_FREQUENCY: Final = 300
H264_FMTP: Final = "a=fmtp:99 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"


class EchoPeer:
    """One session's peer connection; a context manager that leaves nothing open.

    ``stun_server`` (``stun:HOST:PORT``) tells the address that others see, where there is a NAT.
    A ``silent`` one sends no tone: a real camera has a loudspeaker, and somebody beside it.
    ``ice_connected_at`` is a time of ``time.monotonic``, once there is a connection. ``audio_frames`` counts what the
    loudspeaker got.
    """

    def __init__(self, stun_server: str | None = None, *, silent: bool = False) -> None:
        self.ice_connected_at: float | None = None
        self.audio_frames = 0
        self._peer = RTCPeerConnection(peer_configuration(RTCBundlePolicy.MAX_BUNDLE, stun_server))
        self._microphone = AudioStreamTrack() if silent else ToneTrack(MICROPHONE_FREQUENCY)
        self._changed = asyncio.Event()
        self._listening: list[asyncio.Task[None]] = []
        self._video: MediaStreamTrack | None = None
        self._held = ExitStack()
        self._peer.on("connectionstatechange", self._changed.set)
        self._peer.on("iceconnectionstatechange", self._on_ice_state)
        self._peer.on("track", self._on_track)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._microphone.stop()
        await self._peer.close()
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)
        self._held.close()

    async def offer(self) -> str:
        """The offer, in an Echo's form, with all candidates."""
        self._peer.addTransceiver(self._microphone, direction="sendrecv")
        self._peer.addTransceiver("video", direction="recvonly")
        created = await self._peer.createOffer()
        await self._peer.setLocalDescription(RTCSessionDescription(name_mids(created.sdp), "offer"))
        local = self._peer.localDescription.sdp
        gathered = SessionDescription.parse(local).media[0].ice_candidates
        addresses = [self._address(candidate) for candidate in gathered if ":" not in candidate.ip]
        if not addresses:
            raise NotConnectedError("This machine has no IPv4 address over which media could flow.")
        return write_offer(local, addresses)

    async def accept(self, answer: str) -> None:
        """Takes the answer, and begins to connect. UnusableAnswerError: an Echo could not use it."""
        check_answer(answer)
        lines = answer.splitlines()
        if not any(line.startswith("a=fmtp:99 ") for line in lines):
            # An answer may be as brief as an Echo's offer; aiortc takes H264 only with its parameters.
            index = next(i for i, line in enumerate(lines) if re.match(r"a=rtpmap:99 ", line))
            lines.insert(index + 1, H264_FMTP)
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription("\r\n".join([*lines, ""]), "answer"))
        except (*PARSER_FAILURES, OSError) as error:
            raise UnusableAnswerError(f"The answer cannot be used: {error}") from error

    async def until_connected(self) -> None:
        """Waits for ICE and DTLS. NotConnectedError: they failed."""
        while self._peer.connectionState in {"new", "connecting"}:
            await self._changed.wait()
            self._changed.clear()
        if self._peer.connectionState != "connected":
            raise NotConnectedError(
                "The connection to the camera failed: no candidate answered, or DTLS did not agree."
            )

    async def frames(self) -> AsyncGenerator[av.VideoFrame, None]:
        """The decoded frames, for as long as the camera sends. NoVideoError: it stopped."""
        if self._video is None:
            raise NoVideoError("The camera's answer announces no video.")
        try:
            while True:
                frame = await self._video.recv()
                if isinstance(frame, av.VideoFrame):
                    yield frame
        except MediaStreamError as error:
            raise NoVideoError("The camera stopped its video.") from error

    def _address(self, candidate: RTCIceCandidate) -> Address:
        if candidate.type != "host":
            return Address(candidate.ip, candidate.port)
        udp, tcp = socket.SOCK_DGRAM, socket.SOCK_STREAM
        held = self._hold(candidate.ip, udp), self._hold(candidate.ip, tcp), self._hold(candidate.ip, tcp)
        return Address(candidate.ip, candidate.port, held)

    def _hold(self, address: str, kind: int) -> int:
        """A port of our own on which nothing listens, held until the session ends."""
        held = self._held.enter_context(socket.socket(socket.AF_INET, kind))
        held.bind((address, 0))
        port: int = held.getsockname()[1]
        return port

    def _on_ice_state(self) -> None:
        if self._peer.iceConnectionState == "completed" and self.ice_connected_at is None:
            self.ice_connected_at = time.monotonic()

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "video":
            self._video = track
        else:
            self._listening.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                self.audio_frames += 1
        except MediaStreamError:
            return  # the camera's microphone ended
