"""Draws the test picture, reads it back, and compares pictures.

A picture is an array of height by width by 3, RGB, 8 bits. The same arguments give the same picture on every
call: a receiver that has read one draws it again and compares every pixel.
"""

import datetime as dt
import functools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from simulator.test_picture import block_code
from simulator.test_picture.block_code import COLUMNS, ROWS, Reading
from simulator.test_picture.glyphs import Glyphs
from simulator.test_picture.layout import Layout
from simulator.test_picture.scene import Backdrop, draw_backdrop

Picture = NDArray[np.uint8]

LUMINANCE: Final = np.array([0.299, 0.587, 0.114])
RED: Final = (255, 76, 64)
DIM_RED: Final = (120, 52, 58)
TILES: Final = 8  # in each direction


def render(camera_name: str, number: int, time_ms: int, width: int, height: int) -> Picture:
    """The picture of one frame. ``time_ms`` counts from 1970 and is shown in UTC.

    ValueError: sizes that are odd or under 320 by 180; a number over 32 bits or a time after the year 9999.
    """
    stage = _stage(camera_name, width, height)
    layout = stage.backdrop.layout
    picture = stage.backdrop.pixels.copy()
    moment = dt.datetime.fromtimestamp(time_ms / 1000, dt.UTC)
    clock = f"{moment:%Y-%m-%d  %H:%M:%S}.{moment.microsecond // 100_000}"
    stage.clock.write(picture, layout.clock, clock)
    stage.caption.write(picture, layout.caption, f"frame {number:06}")
    _draw_cells(picture, layout, Reading(block_code.camera_code(camera_name), number, time_ms))
    _light_lamp(picture, layout, lit=moment.microsecond < 500_000)
    return picture


def read(image: Picture | Image.Image) -> Reading:
    """What the picture says. UnreadablePictureError: it is no test picture, or spoiled."""
    pixels = np.asarray(image)
    height, width = pixels.shape[:2]
    layout = Layout(width, height)
    cell, inset = layout.cell, layout.cell // 4
    x, y = layout.code
    code = pixels[y : y + ROWS * cell, x : x + COLUMNS * cell].astype(np.float64) @ LUMINANCE
    cells = code.reshape(ROWS, cell, COLUMNS, cell)[:, inset : cell - inset, :, inset : cell - inset]
    return block_code.from_cells(cells.mean(axis=(1, 3)))


def psnr(picture: Picture, other: Picture) -> float:
    """How alike two pictures of one size are where they differ most: the peak signal-to-noise ratio of the worst tile.

    In dB: infinite if they are equal, over 25 after usual coding, under 10 where one has something else than the other.
    A mean over the whole picture would hide a spoiled corner.
    """
    difference = np.subtract(picture, other, dtype=np.float32)
    squares = np.einsum("yxc,yxc->yx", difference, difference)
    rows, columns = (np.linspace(0, length, TILES, endpoint=False, dtype=int) for length in squares.shape)
    sums = np.add.reduceat(np.add.reduceat(squares, rows, axis=0), columns, axis=1)
    areas = np.outer(np.diff(rows, append=squares.shape[0]), np.diff(columns, append=squares.shape[1]))
    mean_square = float(np.max(sums / (3 * areas)))
    return 10 * math.log10(255**2 / mean_square) if mean_square else math.inf


@dataclass(frozen=True)
class _Stage:
    backdrop: Backdrop
    clock: Glyphs
    caption: Glyphs


@functools.lru_cache(maxsize=8)
def _stage(camera_name: str, width: int, height: int) -> _Stage:
    layout = Layout(width, height)
    return _Stage(
        draw_backdrop(camera_name, layout),
        Glyphs("0123456789:.- ", layout.clock_size, (255, 255, 255)),
        Glyphs("0123456789 frame", layout.caption_size, (70, 74, 84)),
    )


def _draw_cells(picture: Picture, layout: Layout, reading: Reading) -> None:
    cells = block_code.to_cells(reading)
    shades = np.where(cells, np.uint8(250), np.uint8(20))
    x, y = layout.code
    block = shades.repeat(layout.cell, axis=0).repeat(layout.cell, axis=1)
    picture[y : y + block.shape[0], x : x + block.shape[1]] = block[..., None]


def _light_lamp(picture: Picture, layout: Layout, *, lit: bool) -> None:
    (x, y), radius = layout.lamp, layout.lamp_radius
    rows, columns = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    cover = np.clip(radius - np.hypot(rows, columns) + 0.5, 0, 1)[..., None]
    below = picture[y - radius : y + radius + 1, x - radius : x + radius + 1]
    below[:] = (below * (1 - cover) + np.array(RED if lit else DIM_RED) * cover).astype(np.uint8)
