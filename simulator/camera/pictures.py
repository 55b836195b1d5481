"""One picture source for all viewers of a camera, so that all see the same numbered frames."""

import asyncio
import fractions
import time
from collections.abc import Callable
from typing import Final

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import VIDEO_CLOCK_RATE, VIDEO_TIME_BASE, MediaStreamError
from numpy.typing import NDArray

from simulator import test_picture

Pixels = NDArray[np.uint8]
MAXIMUM_FPS: Final = 30  # aiortc's H.264 encoder counts in thirtieths of a second: faster frames would collide
WAITING_FRAMES: Final = 60  # what a viewer may lag behind before it loses frames, four seconds at 15 fps


class PictureTrack(MediaStreamTrack):
    """The frames of one viewer, every number in order from the one that was next when it was made."""

    kind = "video"

    def __init__(self, fps: int, on_stop: Callable[["PictureTrack"], None]) -> None:
        super().__init__()
        self.lost = 0
        self._fps = fps
        self._on_stop = on_stop
        self._frames: asyncio.Queue[tuple[int, Pixels] | None] = asyncio.Queue()

    def put(self, number: int, pixels: Pixels) -> None:
        """Queues a frame; a viewer that is too slow loses its oldest, which its frame numbers will show."""
        if self._frames.qsize() >= WAITING_FRAMES:
            self._frames.get_nowait()
            self.lost += 1
        self._frames.put_nowait((number, pixels))

    async def recv(self) -> av.VideoFrame:
        """The next frame, in yuv420p. MediaStreamError: the track was stopped."""
        item = await self._frames.get() if self.readyState == "live" else None
        if item is None:
            raise MediaStreamError
        number, pixels = item
        # A frame object of its own for each viewer: the encoder writes picture type and time stamp into it.
        frame = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
        frame.pts = int(fractions.Fraction(number * VIDEO_CLOCK_RATE, self._fps))
        frame.time_base = VIDEO_TIME_BASE
        return frame

    def stop(self) -> None:
        """Ends the track and leaves the source."""
        if self.readyState == "live":
            self._on_stop(self)
            self._frames.put_nowait(None)
        super().stop()


class PictureSource:
    """Draws the test picture at a steady rate, while anybody looks. Frame numbers count all drawn frames."""

    def __init__(self, camera_name: str, width: int, height: int, fps: int) -> None:
        if not 1 <= fps <= MAXIMUM_FPS:
            raise ValueError(f"{fps} frames per second: 1 to {MAXIMUM_FPS} are possible")
        self._camera_name = camera_name
        self._width = width
        self._height = height
        self._fps = fps
        self._number = 0
        self._tracks: list[PictureTrack] = []
        self._drawing: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Draws what all frames share, so that the first viewer does not wait for it."""
        await asyncio.to_thread(self._pixels, 0, 0)

    def track(self) -> PictureTrack:
        """A track for one more viewer; the source runs until the last of them is stopped."""
        track = PictureTrack(self._fps, self._leave)
        self._tracks.append(track)
        if self._drawing is None:
            self._drawing = asyncio.create_task(self._draw())
        return track

    def _leave(self, track: PictureTrack) -> None:
        self._tracks.remove(track)
        if not self._tracks and self._drawing is not None:
            self._drawing.cancel()
            self._drawing = None

    async def _draw(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            self._number += 1
            pixels = await asyncio.to_thread(self._pixels, self._number, time.time_ns() // 1_000_000)
            for track in self._tracks:
                track.put(self._number, pixels)
            # A late frame moves the ones after it: a burst would only hit the encoders that made it late.
            due = max(due + 1 / self._fps, loop.time())
            await asyncio.sleep(due - loop.time())

    def _pixels(self, number: int, time_ms: int) -> Pixels:
        picture = test_picture.render(self._camera_name, number, time_ms, self._width, self._height)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        return np.asarray(frame.to_ndarray(format="yuv420p"), dtype=np.uint8)
