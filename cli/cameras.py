"""`camera-skill cameras`: the cameras of a customer."""

import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer

from camera_skill.camera import Camera, CameraLink, OfferStyle
from camera_skill.errors import CameraNotFoundError, RegistryError
from cli import channels
from cli.accounts import user_id_of
from cli.control_client import ControlClient
from cli.customers import customer_of, email_of
from cli.errors import CommandError, explained
from cli.names import checked_endpoint_id, checked_friendly_name, endpoint_id_of
from cli.options import Choice, JsonOption, with_choice
from cli.output import progress, say, say_json, say_rows
from cli.registered import RegisteredCamera, camera_named, cameras_of, publish
from cli.registrations import registrations_of
from cli.target import Target, target_of

app = typer.Typer(no_args_is_help=True, help="The cameras of a customer.")
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the customer calls it: “Front Door”.")]
OFFER_STYLE_HELP = "How the camera gets its offers: as the Echo wrote them, or with what they imply written out."
UserOption = Annotated[
    str | None, typer.Option("--user", metavar="EMAIL", help="Whose camera; the one who is logged in by default.")
]


@app.command()
@with_choice
def add(
    choice: Choice,
    name: NameArgument,
    *,
    endpoint_id: Annotated[
        str | None, typer.Option("--endpoint-id", help="Name of the signaling channel; made of NAME by default.")
    ] = None,
    offer_style: Annotated[
        OfferStyle | None,
        typer.Option("--offer-style", help=OFFER_STYLE_HELP, show_default="verbatim, or as the camera has it already"),
    ] = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a customer a camera: creates its signaling channel, or adopts it, and registers it."""
    name = checked_friendly_name(name)
    target = target_of(choice)
    with explained(name, choice.world_words), progress() as step:
        camera, is_new = add_camera(target, _user_id(target, user), name, endpoint_id, step, offer_style)
    if as_json:
        say_json(camera.as_row())
        return
    channel = "a new signaling channel" if is_new else "the signaling channel that there was"
    say(f"Added “{camera.friendly_name}”, endpoint {camera.endpoint_id}, with {channel}:\n{camera.channel_arn}")


@app.command("list")
@with_choice
def list_cameras(choice: Choice, *, user: UserOption = None, as_json: JsonOption = False) -> None:
    """List a customer's cameras."""
    target = target_of(choice)
    rows = [camera.as_row() for camera in cameras_of(target, _user_id(target, user))]
    columns = {
        "friendly_name": "Name",
        "endpoint_id": "Endpoint id",
        "offer_style": "Offers",
        "channel_arn": "Signaling channel",
    }
    nothing = f"No cameras yet: `camera-skill cameras add NAME{choice.words}` adds one."
    say_rows(rows, columns=columns, as_json=as_json, nothing=nothing)


@app.command("set")
@with_choice
def set_camera(
    choice: Choice,
    name: NameArgument,
    *,
    offer_style: Annotated[OfferStyle, typer.Option("--offer-style", help=OFFER_STYLE_HELP)],
    user: UserOption = None,
) -> None:
    """Change how a camera is treated, for all who have it."""
    target = target_of(choice)
    user_id = _user_id(target, user)
    with explained(name, choice.world_words):
        registered = camera_named(target, cameras_of(target, user_id), name)
        registrations = registrations_of(target)
        registrations.replace(replace(registrations.camera(registered.endpoint_id), offer_style=offer_style))
    say(f"“{registered.friendly_name}” gets {offer_style} offers from now on.")


@app.command()
@with_choice
def remove(
    choice: Choice,
    name: NameArgument,
    *,
    user: UserOption = None,
    delete_channel: Annotated[
        bool,
        typer.Option("--delete-channel/--keep-channel", help="What becomes of the signaling channel."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take a camera from a customer."""
    target = target_of(choice)
    user_id = _user_id(target, user)
    camera = camera_named(target, cameras_of(target, user_id), name)
    with explained(camera.friendly_name, choice.world_words):
        others = [owner for owner in registrations_of(target).owners(camera.endpoint_id) if owner.user_id != user_id]
        if others and delete_channel:
            raise CommandError(
                f"“{camera.friendly_name}” has {len(others)} other owner(s), who need its signaling channel: "
                "leave --delete-channel out."
            )
        fate = "will be deleted, and the camera behind it cut off" if delete_channel else "stays"
        say(f"“{camera.friendly_name}” will be taken from {email_of(target, user_id)}.")
        say(f"Its signaling channel {camera.endpoint_id} {fate}.")
        if not yes:
            _ask()
        _remove(target, user_id, camera, is_last=not others, delete_channel=delete_channel)
    say("Removed.")


def add_camera(
    target: Target,
    user_id: str,
    name: str,
    endpoint_id: str | None,
    step: Callable[[str], None],
    offer_style: OfferStyle | None = None,
) -> tuple[RegisteredCamera, bool]:
    """Registers a camera, and tells whether its channel is new.

    Raises:
        CommandError: the name or the endpoint id is taken, or the customer has as many as Alexa takes.
    """
    prefix = target.output("ChannelNamePrefix")
    wanted = checked_endpoint_id(endpoint_id, prefix) if endpoint_id else endpoint_id_of(name, prefix)
    step(f"Looking “{name}” up")
    _check_free(target, user_id, name, wanted)
    if endpoint_id is None and registrations_of(target).owners(wanted):
        user, words = shlex.quote(email_of(target, user_id)), target.choice.words
        command = f"camera-skill cameras add {shlex.quote(name)} --user {user} --endpoint-id"
        raise CommandError(
            f"“{name}” would be endpoint {wanted}, which is another customer's camera: share that one with "
            f"`{command} {wanted}{words}`, or name a new one with --endpoint-id {prefix}…"
        )
    step(f"Making the signaling channel {wanted} ready")
    channel = channels.create_or_adopt(target.kinesis_video, wanted)
    step(f"Registering “{name}”")
    style = offer_style or _offer_style(target, wanted)
    camera = Camera(wanted, channel.arn, target.region, channel.signaling_endpoint, offer_style=style)
    registrations_of(target).register(camera, CameraLink(user_id, wanted, name))
    publish(target, user_id)
    return RegisteredCamera(wanted, name, channel.arn, style), channel.is_new


def _offer_style(target: Target, endpoint_id: str) -> OfferStyle:
    """That of a camera which another customer has already, else the default."""
    try:
        return registrations_of(target).camera(endpoint_id).offer_style
    except (CameraNotFoundError, RegistryError):  # an item that cannot be read is about to be replaced
        return OfferStyle.VERBATIM


def _ask() -> None:
    """Goes on only if the answer is yes. Raises: CommandError if nobody can answer."""
    try:
        answer = typer.confirm("Remove it?")
    except typer.Abort as error:
        if sys.stdin.isatty():
            raise
        raise CommandError("Nobody answered, so nothing was removed: --yes answers.") from error
    if not answer:
        raise typer.Abort


def _check_free(target: Target, user_id: str, name: str, endpoint_id: str) -> None:
    from camera_skill.interfaces.discovery import MOST_ENDPOINTS

    cameras = cameras_of(target, user_id)
    for camera in cameras:
        if camera.friendly_name.casefold() == name.casefold():
            raise CommandError(
                f"There is a camera “{camera.friendly_name}” already, and Alexa could not tell the two apart: "
                "choose another name, or remove that one."
            )
        if camera.endpoint_id == endpoint_id:
            raise CommandError(
                f"Endpoint {endpoint_id} is this customer's “{camera.friendly_name}” already: remove it to give it "
                f"the name “{name}”, or name a new endpoint with --endpoint-id."
            )
    if len(cameras) >= MOST_ENDPOINTS:
        raise CommandError(f"This customer has {MOST_ENDPOINTS} cameras, as many as Alexa takes: remove one.")


def _remove(target: Target, user_id: str, camera: RegisteredCamera, *, is_last: bool, delete_channel: bool) -> None:
    if target.world and is_last:
        control = ControlClient(target.world)
        if control.is_plugged_in(camera.endpoint_id):
            control.unplug(camera.endpoint_id)
    registrations = registrations_of(target)
    if is_last:
        registrations.forget(camera.endpoint_id)
    else:
        registrations.unlink(CameraLink(user_id, camera.endpoint_id, camera.friendly_name))
    if delete_channel:
        channels.delete(target.kinesis_video, camera.endpoint_id)
    publish(target, user_id)


def _user_id(target: Target, email: str | None) -> str:
    return customer_of(target, email).user_id if email else user_id_of(target)
