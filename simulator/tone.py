"""A quiet tone: what the camera's microphone and the Echo's microphone hear."""

import asyncio
import fractions
from typing import Final

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

SAMPLE_RATE: Final = 48_000
SAMPLES_PER_FRAME: Final = 960
TIME_BASE: Final = fractions.Fraction(1, SAMPLE_RATE)
LEVEL: Final = 0.01  # of full scale: -40 dBFS, heard on headphones and never startling


class ToneTrack(MediaStreamTrack):
    """A sine wave in frames of 20 ms, paced by the event loop's clock.

    The frequency is a multiple of 50 Hz, so that each frame holds whole periods and all frames are alike.
    """

    kind = "audio"

    def __init__(self, frequency: int) -> None:
        super().__init__()
        if frequency % (SAMPLE_RATE // SAMPLES_PER_FRAME):
            raise ValueError(f"{frequency} Hz is not a multiple of 50 Hz")
        phase = np.arange(SAMPLES_PER_FRAME) * (2 * np.pi * frequency / SAMPLE_RATE)
        self._samples = (np.sin(phase) * LEVEL * 32767).astype(np.int16).reshape(1, -1)
        self._sent = 0
        self._start = 0.0

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms, when they are due. MediaStreamError: the track was stopped."""
        if self.readyState != "live":
            raise MediaStreamError
        now = asyncio.get_running_loop().time()
        if self._sent == 0:
            self._start = now
        await asyncio.sleep(self._start + self._sent / SAMPLE_RATE - now)
        frame = av.AudioFrame.from_ndarray(self._samples, format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self._sent
        frame.time_base = TIME_BASE
        self._sent += SAMPLES_PER_FRAME
        return frame
