import asyncio
from collections.abc import AsyncIterator, Callable

import av
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import VIDEO_TIME_BASE, MediaStreamError

from simulator import test_picture
from simulator.camera import Camera, CameraSettings, Patience
from simulator.camera.session import ViewerSession
from simulator.echo_show import EchoShow, EchoShowError, FramesOutOfOrderError, NoVideoError, WrongPictureError
from simulator.tone import ToneTrack
from tests.support.directives import ENDPOINT_ID
from tests.support.media import StandInSkill

NOON_MS = 1_795_348_800_000


@pytest.fixture
async def camera() -> AsyncIterator[Camera]:
    async with Camera(CameraSettings("Front Door", 320, 180), lambda _: None) as camera:
        yield camera


class Pictures(MediaStreamTrack):
    """A camera's video that shows these frame numbers, and ends."""

    kind = "video"

    def __init__(self, numbers: list[int], *, name: str = "Front Door", spoiled: bool = False) -> None:
        super().__init__()
        self._numbers = enumerate(numbers)
        self._name = name
        self._spoiled = spoiled

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(0.05)
        if (following := next(self._numbers, None)) is None:
            raise MediaStreamError
        index, number = following
        picture = test_picture.render(self._name, number, NOON_MS + number * 67, 320, 180)
        if self._spoiled:
            picture[120:, :60] = 128
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = index * 6000, VIDEO_TIME_BASE
        return frame


async def show(skill: StandInSkill, timeout: float = 20.0) -> None:  # noqa: ASYNC109 - that of the Echo Show
    await EchoShow(skill.invoke, "example-token").show(ENDPOINT_ID, frames=3, timeout=timeout)


async def test_wrong_picture_is_named_when_it_is_another_cameras(camera: Camera) -> None:
    with pytest.raises(WrongPictureError, match="another camera than “Back Yard”"):
        await show(StandInSkill(camera.answer, "Back Yard"))


@pytest.mark.parametrize(
    ("track", "error", "sentence"),
    [
        (lambda: Pictures([5, 6, 8, 9, 10]), FramesOutOfOrderError, "Frame 8 came after frame 6"),
        (lambda: Pictures([5, 6, 6, 7, 8]), FramesOutOfOrderError, "Frame 6 came after frame 6"),
        (lambda: Pictures([5, 6, 7]), NoVideoError, "stopped its video|did not come in time"),
        (lambda: Pictures([]), NoVideoError, "stopped its video|did not come in time"),
        (lambda: Pictures(list(range(20)), spoiled=True), WrongPictureError, "differs from what the camera drew"),
    ],
    ids=["a gap", "a repetition", "an early end", "no frame", "a spoiled corner"],
)
async def test_video_is_refused_when_it_is_not_what_the_camera_should_send(
    track: Callable[[], MediaStreamTrack], error: type[EchoShowError], sentence: str
) -> None:
    sessions = []

    async def answer(_sender: str, offer: str) -> str:
        session = ViewerSession(track(), ToneTrack(400), Patience())
        sessions.append(session)
        return await session.answer(offer)

    skill = StandInSkill(answer)
    try:
        with pytest.raises(error, match=sentence):
            await show(skill, timeout=4.0)
    finally:
        for session in sessions:
            await session.close()
    assert skill.names[-1] == "SessionDisconnected"
