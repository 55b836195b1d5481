"""Looks at the frames that an Echo Show gets: is it the camera's picture, and is every frame there?"""

import math

import av
import numpy as np
from PIL import Image

from simulator import test_picture
from simulator.echo_show.errors import FramesOutOfOrderError, NoVideoError, WrongPictureError

LEAST_PSNR = 18.0  # dB in the worst tile; aiortc's encoder gives over 25, a wrong letter or digit under 10


class Screen:
    """The frames of one showing, counted as they come: any camera's.

    ``numbers`` of the frames begin with 1. ``lowest_psnr`` says how alike they were to what was expected, in dB;
    here nothing was.
    """

    def __init__(self, camera_name: str) -> None:
        self.camera_name = camera_name
        self.numbers: list[int] = []
        self.lowest_psnr = math.inf
        self._latest: test_picture.Picture | None = None

    def show(self, frame: av.VideoFrame) -> None:
        """Takes the next frame."""
        self._latest = np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
        self.numbers.append(self._number_of(self._latest))

    def snapshot(self) -> Image.Image:
        """The latest frame. NoVideoError: there was none."""
        if self._latest is None:
            raise NoVideoError("The camera sent no frame.")
        return Image.fromarray(self._latest)

    def _number_of(self, _picture: test_picture.Picture) -> int:
        return len(self.numbers) + 1


class VerifyingScreen(Screen):
    """The frames of one showing of a simulated camera, verified one by one as they come.

    The first frame that the decoder gives sets the count: those that the camera sent before a key frame reached
    us cannot be decoded by anybody. Each frame after it must carry the next number. `show` raises
    WrongPictureError or FramesOutOfOrderError; the sentence says what was seen.
    """

    def _number_of(self, picture: test_picture.Picture) -> int:
        try:
            reading = test_picture.read(picture)
        except test_picture.UnreadablePictureError as error:
            raise WrongPictureError(f"A frame is not the test picture: {error}.") from error
        if reading.camera_code != test_picture.camera_code(self.camera_name):
            raise WrongPictureError(f"The picture is that of another camera than “{self.camera_name}”.")
        if self.numbers and reading.number != self.numbers[-1] + 1:
            raise FramesOutOfOrderError(f"Frame {reading.number} came after frame {self.numbers[-1]}.")
        self._compare(picture, reading)
        return reading.number

    def _compare(self, picture: test_picture.Picture, reading: test_picture.Reading) -> None:
        height, width = picture.shape[:2]
        drawn = test_picture.render(self.camera_name, reading.number, reading.time_ms, width, height)
        psnr = test_picture.psnr(picture, drawn)
        self.lowest_psnr = min(self.lowest_psnr, psnr)
        if psnr < LEAST_PSNR:
            raise WrongPictureError(
                f"Frame {reading.number} differs from what the camera drew:"
                f" {psnr:.1f} dB, and at least {LEAST_PSNR} are due."
            )
