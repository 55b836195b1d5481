"""The machine-readable part of the test picture: camera, frame number and time as black and white cells."""

import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

COLUMNS: Final = 18
ROWS: Final = 8
LEAST_CONTRAST: Final = 60  # between the darkest and the lightest cell, of 255

_FORMAT: Final = ">IIQ"
_TIME_BITS: Final = 48
# Numbers have long runs of zeros; turned over by a fixed pattern, the cells are as mixed as a QR code's.
_MASK: Final = np.random.default_rng(20231219).integers(0, 2, COLUMNS * ROWS, dtype=np.uint8)


class UnreadablePictureError(Exception):
    """No code can be read in a picture: it is not a test picture, or too much of it is spoiled."""


@dataclass(frozen=True)
class Reading:
    """What a test picture says: the code of its camera's name, the frame number, and when it was drawn."""

    camera_code: int
    number: int
    time_ms: int


def camera_code(camera_name: str) -> int:
    """Four bytes that stand for a camera's name, the same on every machine."""
    return zlib.crc32(camera_name.encode())


def to_cells(reading: Reading) -> NDArray[np.uint8]:
    """Rows of cells, 1 for a light one. ValueError: a number over 32 bits, a time over 48."""
    if not (0 <= reading.number < 1 << 32 and 0 <= reading.time_ms < 1 << _TIME_BITS):
        raise ValueError(f"{reading} does not fit into the code")
    packed = struct.pack(_FORMAT, reading.camera_code, reading.number, reading.time_ms)
    content = packed[:8] + packed[10:]
    content += struct.pack(">I", zlib.crc32(content))
    bits = np.unpackbits(np.frombuffer(content, dtype=np.uint8))
    return (bits ^ _MASK).reshape(ROWS, COLUMNS)


def from_cells(luminance: NDArray[np.float64]) -> Reading:
    """The reading of cells from their mean luminance (0 to 255, rows by columns).

    UnreadablePictureError: too little contrast, or the checksum does not fit. A wrong reading passes the
    checksum once in four thousand million.
    """
    darkest, lightest = float(luminance.min()), float(luminance.max())
    if lightest - darkest < LEAST_CONTRAST:
        raise UnreadablePictureError("there is no code in the picture")
    bits = (luminance.reshape(-1) > (darkest + lightest) / 2).astype(np.uint8) ^ _MASK
    content = np.packbits(bits).tobytes()
    body, checksum = content[:-4], content[-4:]
    if struct.pack(">I", zlib.crc32(body)) != checksum:
        raise UnreadablePictureError("the code's checksum does not fit: the picture is spoiled, or another one")
    return Reading(*struct.unpack(_FORMAT, body[:8] + b"\0\0" + body[8:]))
