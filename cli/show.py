"""`camera-skill show`: acts as the customer's Echo Show."""

import asyncio
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import AnyNameArgument
from cli.cameras.finding import UsersCamera, own_camera
from cli.errors import CommandError, explained
from cli.function import invoker
from cli.local_world.control_client import ControlClient
from cli.names import is_called
from cli.options import Choice, JsonOption, StunServerOption
from cli.output import Progress, progress, say, say_json
from cli.registry import registry_of
from cli.target import Target, target_of
from cli.users.accounts import account_of

if TYPE_CHECKING:
    from simulator.echo_show import AlexaError, Showing

DEFAULT_FRAMES = 30
DEFAULT_TIMEOUT = 20.0
LOGIN_ERRORS = {"EXPIRED_AUTHORIZATION_CREDENTIAL", "INVALID_AUTHORIZATION_CREDENTIAL"}
PICTURES = {"": "PNG", ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
"""What a snapshot may be, by the end of its name."""


@dataclass(frozen=True)
class Shown:
    """A camera that was shown."""

    endpoint_id: str
    friendly_name: str
    showing: "Showing"

    def as_dict(self) -> dict[str, Any]:
        """For machines: times in milliseconds since the directive was sent."""
        timeline, frames = self.showing.timeline, self.showing.frames
        return {
            "endpoint_id": self.endpoint_id,
            "friendly_name": self.friendly_name,
            "timeline_ms": {name: round(value, 1) for name, value in vars(timeline).items()},
            "frames": {"count": len(frames), "first": frames[0], "last": frames[-1]},
            "audio_frames": self.showing.audio_frames,
        }


def show(  # noqa: PLR0913  # each is an option of the command
    choice: Choice,
    name: AnyNameArgument,
    *,
    snapshot: Annotated[
        Path | None, typer.Option("--snapshot", metavar="FILE.png", help="Write the last frame.")
    ] = None,
    frames: Annotated[int, typer.Option("--frames", min=1, help="How many frames to watch.")] = DEFAULT_FRAMES,
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="Seconds to wait.")] = DEFAULT_TIMEOUT,
    stun_server: StunServerOption,
    as_json: JsonOption = False,
) -> None:
    """Show a camera as an Echo Show does: discover it, send an offer, receive its picture and sound."""
    if snapshot:
        picture_format(snapshot)  # told before a camera is woken
    target = target_of(choice)
    with progress() as step:
        shown = show_camera(target, name, step, frames=frames, timeout=timeout, stun_server=stun_server)
    if snapshot:
        write_snapshot(shown, snapshot)
    if as_json:
        say_json(shown.as_dict() | ({"snapshot": str(snapshot)} if snapshot else {}))
        return
    say_shown(shown)
    if snapshot:
        say(f"The last frame is in {snapshot}.")


def show_camera(
    target: Target,
    name: str,
    step: Progress,
    *,
    frames: int = DEFAULT_FRAMES,
    timeout: float = DEFAULT_TIMEOUT,  # seconds for all of it, as the option says
    stun_server: str | None = None,
) -> Shown:
    """Discovers the camera and shows it, as the customer who is logged in.

    Raises:
        CommandError: what went wrong, with which camera.
    """
    from simulator.echo_show import AlexaError, EchoShow, EchoShowError

    account = account_of(target)
    # A deployed stack has real cameras, somewhere; the local world's are on loopback, and show what can be verified.
    stun_server = _stun_server(target, stun_server)
    echo = EchoShow(invoker(target), account.access_token, outside=target.world is None, stun_server=stun_server)

    async def look() -> Shown:
        step("Discovering cameras")
        endpoints = await echo.discover()
        if not endpoints:  # Alexa knows no error here: a skill that fails in time says that there is nothing
            step("The skill discovered nothing: asking it once more")
            endpoints = await echo.discover()
        endpoint = _endpoint_named(target, name, endpoints)
        step(f"Showing “{endpoint['friendlyName']}”")
        camera_name = _name_in_picture(target, endpoint["endpointId"])
        showing = await echo.show(endpoint["endpointId"], frames=frames, timeout=timeout, camera_name=camera_name)
        return Shown(endpoint["endpointId"], endpoint["friendlyName"], showing)

    try:
        with explained(name, target.choice.world_words):
            return asyncio.run(look())
    except AlexaError as error:
        raise CommandError(f"“{name}”: {_explanation(target, name, error)}") from error
    except EchoShowError as error:
        raise CommandError(f"“{name}” could not be shown: {error}") from error


def _name_in_picture(target: Target, endpoint_id: str) -> str | None:
    """What a simulated camera draws, whatever its owners call it."""
    return ControlClient(target.world).name_in_picture(endpoint_id) if target.world else None


def say_shown(shown: Shown) -> None:
    """The timeline, for people."""
    timeline, frames = shown.showing.timeline, shown.showing.frames
    say(f"“{shown.friendly_name}” is on the screen, {len(frames)} frames from number {frames[0]}.")
    say("directive sent       0 ms")
    say(f"answer         {timeline.answer:7.0f} ms")
    say(f"ICE connected  {timeline.ice_connected:7.0f} ms")
    say(f"first frame    {timeline.first_frame:7.0f} ms")


def write_snapshot(shown: Shown, path: Path) -> None:
    """Writes the last frame in the form that the file's name says.

    Raises:
        CommandError: the file cannot be written.
    """
    with explained("The snapshot could not be written"):
        shown.showing.snapshot.save(path, format=picture_format(path))


def picture_format(path: Path) -> str:
    """What a picture of this name is: PNG where it says nothing.

    Raises:
        CommandError: nothing that can be written.
    """
    form = PICTURES.get(path.suffix.lower())
    if form is None:
        raise CommandError(
            f"A picture {path.name} cannot be written: its name ends in {', '.join(filter(None, PICTURES))}."
        )
    return form


def _stun_server(target: Target, wanted: str | None) -> str | None:
    """The one that was asked for, empty for none; else AWS's own, with which cameras work."""
    if target.world is not None:
        return None
    return (f"stun:stun.kinesisvideo.{target.region}.amazonaws.com:443" if wanted is None else wanted) or None


def _endpoint_named(target: Target, name: str, endpoints: list[dict[str, Any]]) -> dict[str, Any]:
    for endpoint in endpoints:
        if is_called(name, endpoint["friendlyName"], endpoint["endpointId"]):
            return endpoint
    registered = own_camera(target, name)
    raise CommandError(
        f"“{registered.friendly_name}” is registered, but the skill did not discover it. Perhaps it does not take this "
        f"login: `camera-skill login{target.choice.words}`. The log of the function "
        f"{target.output('SmartHomeFunctionName')} tells why."
    )


def _hint(target: Target, camera: UsersCamera) -> str:
    """What to look at when a camera did not answer."""
    if target.world is None:
        return "is the camera switched on, and connected to its signaling channel?"
    name = shlex.quote(camera.friendly_name)
    if ControlClient(target.world).is_plugged_in(camera.endpoint_id):
        command = f"camera-skill world fault {name} --list{target.choice.words}"
        return f"it is plugged in; `{command}` lists what is made to fail"
    return f"plug it in with `camera-skill world plug-in {name}{target.choice.words}`"


def _explanation(target: Target, name: str, error: "AlexaError") -> str:
    """What an ErrorResponse means for whoever uses the command."""
    if error.type in LOGIN_ERRORS:
        return f"the skill does not take this login ({error.message}): `camera-skill login{target.choice.words}`"
    camera = own_camera(target, name)
    if error.type == "ENDPOINT_UNREACHABLE":
        return f"no usable answer came ({error.message}): {_hint(target, camera)}"
    if error.type == "NO_SUCH_ENDPOINT":
        warnings = registry_of(target).read("GetCamera", endpoint_id=camera.endpoint_id)["warnings"]
        if warnings:
            return "; ".join(warnings)
    return f"the skill answered {error.type}: {error.message}"
