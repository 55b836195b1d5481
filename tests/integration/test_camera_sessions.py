import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from simulator.camera import Camera, CameraSettings, Patience
from simulator.echo_show import AlexaError, EchoShow, NoVideoError
from tests.support.directives import ENDPOINT_ID, offer_of
from tests.support.media import Events, StandInSkill
from tests.support.project import ROOT

ECHO_OFFER = offer_of("echo-show")
VANISHED_SECONDS = 8.0

StartCamera = Callable[[CameraSettings], Awaitable[Camera]]


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
async def start_camera(events: Events) -> AsyncIterator[StartCamera]:
    async with AsyncExitStack() as cameras:

        async def start(settings: CameraSettings) -> Camera:
            return await cameras.enter_async_context(Camera(settings, events.report))

        yield start


def small(*, places: int = 10, fps: int = 15, patience: Patience | None = None) -> CameraSettings:
    return CameraSettings("Front Door", 320, 180, fps, places, patience or Patience())


def echo_of(camera: Camera) -> EchoShow:
    return EchoShow(StandInSkill(camera.answer).invoke, "example-token")


@asynccontextmanager
async def echo_process(camera: Camera) -> AsyncIterator[asyncio.subprocess.Process]:
    """An Echo Show as a process, to whose directives this process answers with the camera."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.echo_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=dict(os.environ),
    )
    answering = asyncio.create_task(answer_directives(process, StandInSkill(camera.answer)))
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


async def answer_directives(process: asyncio.subprocess.Process, skill: StandInSkill) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    async for line in process.stdout:
        process.stdin.write(json.dumps(await skill.invoke(json.loads(line))).encode() + b"\n")
        await process.stdin.drain()


async def test_echo_shows_every_frame_when_the_camera_answers(start_camera: StartCamera, events: Events) -> None:
    camera = await start_camera(CameraSettings("Front Door"))
    showing = await echo_of(camera).show(ENDPOINT_ID, frames=30)
    first = showing.frames[0]
    assert showing.frames == list(range(first, first + 31))
    assert showing.name == "Front Door"
    assert showing.snapshot.size == (640, 360)
    assert showing.audio_frames > 0
    times = showing.timeline
    assert 0 < times.answer < times.ice_connected < times.first_frame
    ended = await events.until("session_ended")
    assert ended["reason"] == "the viewer closed the connection"
    assert int(ended["audio_frames"]) > 0
    assert camera.viewers == []


async def test_both_show_video_when_two_echos_look_at_once(start_camera: StartCamera) -> None:
    camera = await start_camera(small())
    first, second = await asyncio.gather(
        echo_of(camera).show(ENDPOINT_ID, frames=30), echo_of(camera).show(ENDPOINT_ID, frames=30)
    )
    assert set(first.frames) & set(second.frames)
    assert min(first.audio_frames, second.audio_frames) > 0


async def test_all_show_video_when_ten_echos_look_at_once(start_camera: StartCamera, events: Events) -> None:
    camera = await start_camera(small(fps=5))
    showings = await asyncio.gather(*(echo_of(camera).show(ENDPOINT_ID, 5, 60) for _ in range(10)))
    assert [len(showing.frames) for showing in showings] == [6] * 10
    assert len(events.named("session_started")) == 10


async def test_echo_is_refused_until_another_leaves_when_all_places_are_taken(
    start_camera: StartCamera, events: Events
) -> None:
    camera = await start_camera(small(places=1))
    looking = asyncio.create_task(echo_of(camera).show(ENDPOINT_ID, frames=15))
    await events.until("session_started")
    with pytest.raises(AlexaError, match="ENDPOINT_UNREACHABLE"):
        await echo_of(camera).show(ENDPOINT_ID)
    assert events.named("offer_refused")[0]["reason"] == "all 1 places are taken"
    await looking
    await events.until("session_ended")
    assert len((await echo_of(camera).show(ENDPOINT_ID, frames=1)).frames) == 2


async def test_place_is_free_within_seconds_when_an_echo_vanishes_without_a_word(
    start_camera: StartCamera, events: Events
) -> None:
    camera = await start_camera(small(places=1))
    async with echo_process(camera) as process:
        await events.until("session_started", seconds=30)
        process.kill()
        await process.wait()
        ended = await events.until("session_ended", seconds=VANISHED_SECONDS)
    assert ended["reason"] == "the viewer fell silent"
    assert len((await echo_of(camera).show(ENDPOINT_ID, frames=1)).frames) == 2


async def test_place_is_free_when_a_viewer_never_connects(start_camera: StartCamera, events: Events) -> None:
    camera = await start_camera(small(places=1, patience=Patience(connect=0.3)))
    assert await camera.answer("echo-1", ECHO_OFFER) is not None
    ended = await events.until("session_ended")
    assert ended["reason"] == "the viewer never connected"
    assert camera.viewers == []


async def test_frame_numbers_go_on_when_a_second_echo_comes_later(start_camera: StartCamera) -> None:
    camera = await start_camera(small())
    earlier = await echo_of(camera).show(ENDPOINT_ID, frames=5)
    later = await echo_of(camera).show(ENDPOINT_ID, frames=5)
    assert later.frames[0] > earlier.frames[-1]


async def test_sessions_end_when_the_camera_is_switched_off(events: Events) -> None:
    async with Camera(small(), events.report) as camera:
        showing = asyncio.create_task(echo_of(camera).show(ENDPOINT_ID, frames=10_000))
        await events.until("session_started")
    assert events.named("session_ended")[0]["reason"] == "the camera was switched off"
    with pytest.raises(NoVideoError, match="The camera stopped its video"):
        await showing
