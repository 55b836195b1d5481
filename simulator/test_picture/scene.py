"""The still part of the test picture: a house at dusk, and the camera's name."""

import colorsys
import functools
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from simulator.test_picture.block_code import camera_code
from simulator.test_picture.glyphs import font
from simulator.test_picture.layout import Layout

Colour = tuple[int, int, int]
Point = tuple[float, float]

OVERSAMPLING: Final = 2  # the scene is drawn larger and shrunk, which smooths its edges

SKY: Final[tuple[tuple[float, Colour], ...]] = (
    (0.0, (24, 28, 66)),
    (0.34, (74, 62, 118)),
    (0.58, (196, 110, 122)),
    (0.74, (247, 178, 122)),
    (1.0, (252, 214, 150)),
)
SUN: Final = (458, 190)
HILLS: Final[tuple[tuple[Colour, tuple[Point, ...]], ...]] = (
    ((112, 76, 118), ((0, 196), (90, 168), (190, 190), (300, 166), (420, 196), (540, 172), (640, 190))),
    ((74, 60, 100), ((0, 222), (120, 204), (260, 226), (400, 206), (520, 222), (640, 204))),
    ((38, 56, 66), ((0, 262), (160, 244), (340, 256), (500, 240), (640, 252))),
)
GRASS: Final = (26, 42, 50)
PATH: Final = ((222, 278), (242, 278), (352, 360), (216, 360))
TREES: Final = ((40, 266, 92), (78, 272, 70), (338, 262, 78), (370, 268, 56), (600, 250, 64))


@dataclass(frozen=True)
class Backdrop:
    """What is the same in every frame of a camera."""

    layout: Layout
    pixels: NDArray[np.uint8]


def draw_backdrop(camera_name: str, layout: Layout) -> Backdrop:
    """The scene with the camera's name; the house's door has a colour of the camera's own."""
    hue = (camera_code(camera_name) + 310) % 360 / 360
    accent = _rgb(colorsys.hsv_to_rgb(hue, 0.62, 0.78))
    size = layout.width * OVERSAMPLING, layout.height * OVERSAMPLING
    scene = _Scene(size, layout.scale * OVERSAMPLING, layout)
    image = scene.draw(accent).resize((layout.width, layout.height), Image.Resampling.LANCZOS)
    _letter(image, layout, camera_name)
    return Backdrop(layout, np.asarray(image))


class _Scene:
    """The house at dusk, drawn in units of a design of 640 by 360 that stands on the picture's lower edge."""

    def __init__(self, size: tuple[int, int], scale: float, layout: Layout) -> None:
        self._size = size
        self._scale = scale
        self._top = size[1] - 360 * scale
        self._stretch = size[0] / (640 * scale)
        self._layout = layout
        self._image = _gradient(size)
        self._draw = ImageDraw.Draw(self._image)

    def draw(self, accent: Colour) -> Image.Image:
        self._stars()
        self._glow(SUN, 150, (255, 196, 120), 0.55)
        self._ellipse(SUN, 26, (255, 238, 190))
        for colour, ridge in HILLS:
            self._polygon(((0, 360), *_smooth(ridge), (640, 360)), colour, wide=True)
        self._polygon(((0, 284), (200, 274), (420, 282), (640, 272), (640, 360), (0, 360)), GRASS, wide=True)
        for x, y, height in TREES:
            self._tree(x, y, height)
        self._polygon(PATH, (92, 84, 92))
        self._house(accent)
        self._card()
        return self._image

    def _house(self, accent: Colour) -> None:
        wall, shade, roof, light = (214, 190, 176), (178, 150, 146), (66, 50, 70), (255, 214, 128)
        self._rectangle((272, 146, 288, 186), (96, 66, 76))
        self._rectangle((142, 192, 312, 280), wall)
        self._rectangle((142, 192, 312, 200), shade)
        self._polygon(((126, 194), (158, 152), (296, 152), (328, 194)), roof)
        self._polygon(((196, 194), (232, 150), (268, 194)), (82, 62, 84))
        self._ellipse((232, 178), 7, light)
        for x in (156, 266):
            self._glow((x + 17, 228), 40, light, 0.35)
            self._rectangle((x - 3, 209, x + 37, 249), (244, 236, 226))
            self._rectangle((x, 212, x + 34, 246), light)
            self._rectangle((x + 16, 212, x + 18, 246), (244, 236, 226))
            self._rectangle((x, 228, x + 34, 230), (244, 236, 226))
        self._rectangle((209, 207, 255, 280), (244, 236, 226))
        self._rectangle((214, 212, 250, 280), accent)
        inset = _rgb(tuple(channel / 255 * 0.8 for channel in accent))
        for x, y in ((219, 218), (235, 218), (219, 248), (235, 248)):
            self._rectangle((x, y, x + 10, y + 24), inset)
        self._ellipse((246, 246), 2.2, (250, 222, 140))
        self._rectangle((204, 278, 260, 284), (150, 128, 126))
        self._glow((200, 216), 30, (255, 226, 150), 0.8)
        self._ellipse((200, 216), 4, (255, 248, 220))

    def _card(self) -> None:
        left, top, right, bottom = (edge * OVERSAMPLING for edge in self._layout.card)
        radius = 8 * self._scale
        blur = round(6 * self._scale)
        inside = 3 * blur, 3 * blur, right - left + 3 * blur, bottom - top + 3 * blur
        shadow = Image.new("L", (inside[2] + 3 * blur, inside[3] + 3 * blur))
        ImageDraw.Draw(shadow).rounded_rectangle(inside, radius, 120)
        shadow = shadow.filter(ImageFilter.GaussianBlur(blur))
        self._image.paste((8, 10, 24), (left - 3 * blur, top - 3 * blur + round(radius / 2)), mask=shadow)
        self._draw.rounded_rectangle((left, top, right, bottom), radius, (246, 246, 244))

    def _tree(self, x: float, y: float, height: float) -> None:
        self._rectangle((x - 2, y - 8, x + 2, y + 8), (40, 34, 44))
        for tier in range(3):
            base = y - tier * height * 0.26
            width = height * (0.28 - 0.06 * tier)
            tip = base - height * 0.46
            self._polygon(
                ((x - width, base), (x, tip), (x + width, base)), (20 + 4 * tier, 40 + 5 * tier, 50 + 4 * tier)
            )

    def _stars(self) -> None:
        for x, y in np.random.default_rng(7).uniform((0, 0), (640, 120), (46, 2)):
            radius = 0.5 + (x * 7 % 1) * 0.6
            self._ellipse((x, y), radius, (206, 200, 224), wide=True)

    def _glow(self, centre: Point, radius: float, colour: Colour, strength: float) -> None:
        (x, y), reach = self._at(*centre), radius * self._scale
        box = (
            max(0, round(x - reach)),
            max(0, round(y - reach)),
            min(self._size[0], round(x + reach)),
            min(self._size[1], round(y + reach)),
        )
        rows, columns = np.ogrid[box[1] : box[3], box[0] : box[2]]
        fade = np.clip(1 - np.hypot(columns - x, rows - y) / reach, 0, 1) ** 2 * strength
        layer = Image.fromarray((np.array(colour) * fade[..., None]).astype(np.uint8))
        self._image.paste(ImageChops.screen(self._image.crop(box), layer), box)

    def _rectangle(self, box: tuple[float, float, float, float], colour: Colour) -> None:
        left, top, right, bottom = box
        self._polygon(((left, top), (right, top), (right, bottom), (left, bottom)), colour)

    def _polygon(self, points: tuple[Point, ...], colour: Colour, *, wide: bool = False) -> None:
        self._draw.polygon([self._at(x, y, wide=wide) for x, y in points], colour)

    def _ellipse(self, centre: Point, radius: float, colour: Colour, *, wide: bool = False) -> None:
        (x, y), reach = self._at(*centre, wide=wide), radius * self._scale
        self._draw.ellipse((x - reach, y - reach, x + reach, y + reach), colour)

    def _at(self, x: float, y: float, *, wide: bool = False) -> Point:
        """A point of the design in the picture; ``wide`` ones spread over the whole width of a wider picture."""
        return x * self._scale * (self._stretch if wide else 1), self._top + y * self._scale


def _gradient(size: tuple[int, int]) -> Image.Image:
    stops, colours = zip(*SKY, strict=True)
    heights = np.linspace(0, 1.35, size[1])
    column = np.stack([np.interp(heights, stops, channel) for channel in zip(*colours, strict=True)], axis=1)
    return Image.fromarray(np.repeat(column[:, None, :], size[0], axis=1).astype(np.uint8))


def _smooth(ridge: tuple[Point, ...]) -> tuple[Point, ...]:
    xs, ys = np.array(ridge).T
    dense = np.linspace(xs[0], xs[-1], 160)
    angle = np.interp(dense, xs, np.arange(len(xs)))
    left = np.minimum(angle.astype(int), len(xs) - 2)
    ease = (1 - np.cos((angle - left) * np.pi)) / 2
    return tuple(zip(dense.tolist(), (ys[left] * (1 - ease) + ys[left + 1] * ease).tolist(), strict=True))


def _letter(image: Image.Image, layout: Layout, camera_name: str) -> None:
    camera_name = _in_letters_of_the_font(camera_name)
    room = layout.width - 2 * layout.name[0] - round(90 * layout.scale)
    size = next(
        (size for size in range(round(52 * layout.scale), 9, -1) if font(size).getlength(camera_name) <= room), 10
    )
    face, draw = font(size), ImageDraw.Draw(image)
    bottom = layout.clock[1] - round(6 * layout.scale)
    stroke = max(0.4, size / 60)
    draw.text((layout.name[0], bottom), camera_name, "white", face, anchor="ld", stroke_width=stroke)
    x, y = layout.lamp
    label = x + layout.lamp_radius + round(7 * layout.scale), y
    draw.text(label, "LIVE", "white", font(round(16 * layout.scale)), anchor="lm", stroke_width=0.4 * layout.scale)


def _in_letters_of_the_font(camera_name: str) -> str:
    # Pillow's font has ASCII only; the code still stands for the name as it is.
    plain = unicodedata.normalize("NFKD", camera_name).encode("ascii", "ignore").decode().strip()
    return plain or f"Camera {camera_code(camera_name):08x}"


@functools.cache
def _rgb(channels: tuple[float, ...]) -> Colour:
    red, green, blue = (round(channel * 255) for channel in channels)
    return red, green, blue
