"""Where everything in the test picture has its place."""

from dataclasses import dataclass
from typing import Final

from simulator.test_picture.block_code import COLUMNS, ROWS

LEAST_WIDTH: Final = 320
LEAST_HEIGHT: Final = 180


@dataclass(frozen=True)
class Layout:
    """Where things are, in pixels, for a picture of one size. ValueError: odd, or under 320 by 180."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2 or self.width < LEAST_WIDTH or self.height < LEAST_HEIGHT:
            raise ValueError(f"{self.width} by {self.height}: even sizes from 320 by 180 are possible")

    @property
    def scale(self) -> float:
        """Picture pixels for one unit of the design, which is 640 by 360."""
        return min(self.width / 640, self.height / 360)

    @property
    def cell(self) -> int:
        """The side of one cell of the code; even, so that the edges lie on those of the chroma samples."""
        return int(10 * self.scale) // 2 * 2

    @property
    def code(self) -> tuple[int, int]:
        """The upper left corner of the code."""
        margin = round(26 * self.scale)
        return (
            (self.width - margin - COLUMNS * self.cell) // 2 * 2,
            (self.height - margin - ROWS * self.cell) // 2 * 2,
        )

    @property
    def card(self) -> tuple[int, int, int, int]:
        """The white card under code and caption: left, top, right, bottom."""
        (x, y), pad = self.code, round(10 * self.scale)
        top = self.caption[1] - round(4 * self.scale)
        return x - pad, top, x + COLUMNS * self.cell + pad, y + ROWS * self.cell + pad

    @property
    def caption(self) -> tuple[int, int]:
        """The upper left corner of the frame number."""
        x, y = self.code
        return x, y - self.caption_size - round(8 * self.scale)

    @property
    def caption_size(self) -> int:
        """The size of the frame number's letters."""
        return round(13 * self.scale)

    @property
    def name(self) -> tuple[int, int]:
        """The upper left corner of the camera's name."""
        return round(28 * self.scale), round(18 * self.scale)

    @property
    def clock(self) -> tuple[int, int]:
        """The upper left corner of the clock."""
        return round(31 * self.scale), round(80 * self.scale)

    @property
    def clock_size(self) -> int:
        """The size of the clock's digits."""
        return round(23 * self.scale)

    @property
    def lamp(self) -> tuple[int, int]:
        """The middle of the lamp that blinks while the picture is live."""
        return self.width - round(78 * self.scale), round(36 * self.scale)

    @property
    def lamp_radius(self) -> int:
        """The lamp's radius."""
        return max(3, round(6 * self.scale))
