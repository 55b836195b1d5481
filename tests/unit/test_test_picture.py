import fractions
import math
from collections.abc import Iterator

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from simulator import test_picture
from simulator.echo_show.screen import LEAST_PSNR
from simulator.test_picture import Picture, Reading, UnreadablePictureError
from simulator.test_picture.block_code import COLUMNS, ROWS, from_cells, to_cells

NOON_MS = 1_795_348_800_000
SIZES = [(640, 360), (320, 180), (854, 480), (1280, 720), (480, 640), (1920, 1080)]


def draw(
    number: int = 7, *, name: str = "Front Door", time_ms: int = NOON_MS, size: tuple[int, int] = (640, 360)
) -> Picture:
    return test_picture.render(name, number, time_ms, *size)


def through_h264(pictures: list[Picture], bit_rate: int) -> Iterator[Picture]:
    height, width = pictures[0].shape[:2]
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.bit_rate, encoder.time_base = bit_rate, fractions.Fraction(1, 15)
    encoder.framerate = fractions.Fraction(15)
    encoder.options = {"tune": "zerolatency", "level": "31"}
    encoder.profile = "Baseline"
    decoder = av.CodecContext.create("h264", "r")
    for packet in [
        *(packet for picture in pictures for packet in encoder.encode(frame_of(picture))),
        *encoder.encode(),
    ]:
        yield from map(picture_of, decoder.decode(packet))
    yield from map(picture_of, decoder.decode(None))


def picture_of(frame: av.VideoFrame) -> Picture:
    return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def frame_of(picture: Picture) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(picture, format="rgb24")


@pytest.mark.parametrize("size", SIZES)
def test_picture_is_read_back_when_it_was_drawn_at_any_size(size: tuple[int, int]) -> None:
    picture = draw(123_456, size=size)
    assert picture.shape == (size[1], size[0], 3)
    assert test_picture.read(picture) == Reading(test_picture.camera_code("Front Door"), 123_456, NOON_MS)


def test_picture_is_read_back_when_it_comes_as_an_image() -> None:
    assert test_picture.read(Image.fromarray(draw())).number == 7


@pytest.mark.parametrize(
    "name", ["", "Küche", "门口", "A camera whose name is so long that it does not fit into a picture at all"]
)
def test_picture_is_read_back_when_the_name_is_unusual(name: str) -> None:
    assert test_picture.read(draw(name=name)).camera_code == test_picture.camera_code(name)


def test_picture_is_the_same_when_it_is_drawn_again() -> None:
    assert test_picture.psnr(draw(), draw()) == math.inf


@pytest.mark.parametrize("other", [draw(8), draw(time_ms=NOON_MS + 67), draw(name="Back Yard")])
def test_pictures_differ_clearly_when_number_time_or_camera_differ(other: Picture) -> None:
    assert test_picture.psnr(draw(), other) < LEAST_PSNR - 8


@pytest.mark.parametrize(("size", "bit_rate"), [((640, 360), 150_000), ((320, 180), 120_000), ((1280, 720), 400_000)])
def test_every_frame_is_read_and_recognised_when_it_went_through_h264_at_a_low_rate(
    size: tuple[int, int], bit_rate: int
) -> None:
    drawn = [draw(number, time_ms=NOON_MS + number * 67, size=size) for number in range(1, 31)]
    received = list(through_h264(drawn, bit_rate))
    assert [test_picture.read(picture).number for picture in received] == list(range(1, 31))
    assert min(map(test_picture.psnr, drawn, received)) > LEAST_PSNR


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((360, 640, 3), np.uint8),
        np.random.default_rng(1).integers(0, 256, (360, 640, 3), dtype=np.uint8),
        draw()[:, ::-1],
        np.roll(draw(), 20, axis=1),
    ],
    ids=["black", "noise", "mirrored", "shifted"],
)
def test_nothing_is_read_when_it_is_not_the_test_picture(picture: Picture) -> None:
    with pytest.raises(UnreadablePictureError):
        test_picture.read(picture)


@given(
    reading=st.builds(
        Reading,
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**48 - 1),
    ),
    spoiled=st.sets(st.integers(0, ROWS * COLUMNS - 1), max_size=40),
)
def test_code_is_read_right_or_not_at_all_when_cells_are_spoiled(reading: Reading, spoiled: set[int]) -> None:
    cells = to_cells(reading).astype(np.float64).reshape(-1) * 255
    cells[list(spoiled)] = 255 - cells[list(spoiled)]
    if spoiled:
        with pytest.raises(UnreadablePictureError):
            from_cells(cells.reshape(ROWS, COLUMNS))
    else:
        assert from_cells(cells.reshape(ROWS, COLUMNS)) == reading


@pytest.mark.parametrize("size", [(641, 360), (640, 359), (160, 90)])
def test_drawing_is_refused_when_the_size_is_impossible(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="even sizes"):
        draw(size=size)


def test_drawing_is_refused_when_the_number_does_not_fit() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        draw(2**32)


def test_pictures_differ_clearly_when_only_a_corner_is_spoiled() -> None:
    spoiled = draw()
    spoiled[-40:, :60] = 128
    assert test_picture.psnr(draw(), spoiled) < LEAST_PSNR
