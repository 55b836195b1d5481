"""`camera-skill demo`: the whole path once, from a world that may not run yet to a picture in a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.cameras.finding import UsersCamera, cameras_of, own_camera
from cli.cameras.verbs import add_camera
from cli.errors import CommandError, explained
from cli.local_world.control_client import ControlClient
from cli.local_world.verbs import plug_in_camera, welcome_customer
from cli.local_world.world_file import CrashedWorldError, NoWorldError, World, read_world
from cli.local_world.world_process import Launch, attached
from cli.options import DEFAULT_FOLDER, Choice, FolderOption, JsonOption, folder_words
from cli.output import Progress, progress, say, say_json
from cli.show import DEFAULT_FRAMES, Shown, picture_format, say_shown, show_camera, write_snapshot
from cli.target import Target, local
from cli.users.accounts import user_id_of
from cli.users.customers import forget_passwords

CAMERA_NAME = "Front Door"
FEATURES = {"doorbell": True, "motion": True, "person_detection": True}


def demo(
    *,
    folder: FolderOption = DEFAULT_FOLDER,
    snapshot: Annotated[Path, typer.Option("--snapshot", metavar="FILE.png", help="Where the picture goes.")] = Path(
        "front-door.png"
    ),
    as_json: JsonOption = False,
) -> None:
    """Show a camera called Front Door, on the local world that runs or on one of its own."""
    picture_format(snapshot)  # told before a world is started
    with explained(words=folder_words(folder)), progress() as step, _world(folder, step) as world:
        target = local(Choice(folder), world)
        camera = _front_door(target, step)
        _plug_in(target, camera, step)
        shown = show_camera(target, camera.friendly_name, step)
        _check(shown)
        write_snapshot(shown, snapshot)
        step.stop()
        if as_json:
            say_json(shown.as_dict() | {"snapshot": str(snapshot)})
        else:
            say_shown(shown)
            say(f"The picture is in {snapshot}.")


@contextmanager
def _world(folder: Path, step: Progress) -> Iterator[World]:
    """The world that runs, left running, or one for this demo alone."""
    try:
        world = read_world(folder)
    except (NoWorldError, CrashedWorldError):
        forget_passwords(folder)
        with attached(folder, Launch(), step) as (world, _):
            yield welcome_customer(world, step)
            step("Stopping the local world")
    else:
        step(f"Using the local world that runs in {folder}")
        yield world


def _front_door(target: Target, step: Progress) -> UsersCamera:
    user_id = user_id_of(target)
    if CAMERA_NAME not in [camera.friendly_name for camera in cameras_of(target, user_id)]:
        step(f"Adding “{CAMERA_NAME}”")
        with explained(CAMERA_NAME, target.choice.world_words):
            add_camera(target, user_id, CAMERA_NAME, FEATURES)
    return own_camera(target, CAMERA_NAME)


def _plug_in(target: Target, camera: UsersCamera, step: Progress) -> None:
    if target.world and not ControlClient(target.world).is_plugged_in(camera.endpoint_id):
        with explained(camera.friendly_name, target.choice.world_words):
            plug_in_camera(target, camera, step)


def _check(shown: Shown) -> None:
    """What was seen must be the camera's own picture, frame after frame.

    Raises:
        CommandError: it is not.
    """
    numbers = shown.showing.frames
    if len(numbers) < DEFAULT_FRAMES:
        raise CommandError(f"“{shown.friendly_name}”: frames are missing, only {len(numbers)} came.")
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise CommandError(f"“{shown.friendly_name}”: frames are missing or out of order: {numbers}.")
    if shown.showing.name != CAMERA_NAME:
        raise CommandError(f"The picture is not that of “{CAMERA_NAME}”, but of “{shown.showing.name}”.")
