"""Text that changes with every frame, written from glyphs that were drawn once."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

PADDING: Final = 2


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own scalable font: no font file of the machine has a say in how the picture looks."""
    return ImageFont.load_default(size)


class Glyphs:
    """The characters of an alphabet at one size and colour. Digits have one width, so that a clock stands still."""

    def __init__(self, alphabet: str, size: int, colour: tuple[int, int, int]) -> None:
        self._colour = np.array(colour, dtype=np.uint16)
        face = font(size)
        self._height = size + 2 * PADDING
        digit = max(round(face.getlength(character)) for character in "0123456789")
        self._masks: dict[str, NDArray[np.uint16]] = {}
        for character in alphabet:
            width = digit if character.isdigit() else max(1, round(face.getlength(character)))
            image = Image.new("L", (width, self._height))
            ImageDraw.Draw(image).text((width / 2, self._height / 2), character, 255, face, anchor="mm")
            if character in ".:- ":
                image.paste(0, (0, 0, width, self._height))
                ImageDraw.Draw(image).text((0, self._height / 2), character, 255, face, anchor="lm")
            self._masks[character] = np.asarray(image, dtype=np.uint16)[..., None]

    def write(self, picture: NDArray[np.uint8], place: tuple[int, int], text: str) -> None:
        """Blends a text into the picture, its upper left corner at ``place``. KeyError: not in the alphabet."""
        mask = np.concatenate([self._masks[character] for character in text], axis=1)
        x, y = place
        below = picture[y : y + mask.shape[0], x : x + mask.shape[1]]
        mask = mask[:, : below.shape[1]]
        below[:] = (below * (255 - mask) + self._colour * mask) // 255
