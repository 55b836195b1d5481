"""`camera-skill cameras`: the cameras of a stack, and whose they are."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import (
    AnyNameArgument,
    ChannelArnOption,
    ExternalIdOption,
    KeepChannelOption,
    NewNameArgument,
    ThingOption,
    UserOption,
    YesOption,
)
from cli.cameras.details import details_of, say_channel, say_details
from cli.cameras.features import in_words, spoken, taking_features
from cli.cameras.finding import find_camera, flat, publish, user_id_in_question
from cli.cameras.listing import say_all_cameras, say_cameras
from cli.cameras.sharing import rename, share, take, unshare
from cli.errors import CommandError, explained
from cli.importing.command import import_cameras
from cli.options import Choice, JsonOption, with_choice
from cli.output import progress, say, say_json
from cli.registry import registry_of
from cli.target import target_of

if TYPE_CHECKING:
    from cli.target import Target

app = typer.Typer(no_args_is_help=True, help="The cameras of a stack, and whose they are.")


@app.command()
@with_choice
@taking_features
def add(  # noqa: PLR0913  # each is an option of the command
    choice: Choice,
    features: Mapping[str, object],
    name: NewNameArgument,
    *,
    user: UserOption = None,
    channel_arn: ChannelArnOption = None,
    thing: ThingOption = None,
    external_id: ExternalIdOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the request, and write nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give a customer a camera: creates its signaling channel and its AWS IoT thing, or takes over what you name."""
    target = target_of(choice)
    given = {"channel_arn": channel_arn, "thing_name": thing, "external_id": external_id}
    named = {option: text for option, text in given.items() if text}
    with explained(name, choice.world_words), progress() as step:
        step(f"Adding “{name}”")
        added = add_camera(target, user_id_in_question(target, user), name, features, named, dry_run=dry_run)
    if as_json:
        say_json(added if dry_run else flat(added["camera"]))
        return
    if not dry_run:
        camera = added["camera"]
        channel = "over an existing signaling channel" if channel_arn else "with a new signaling channel"
        say(f"Added “{camera['friendly_name']}”, endpoint id {camera['endpoint_id']}, {channel}:")
        say(camera["channel_arn"])
    if "channel" in added:
        say_channel(added["channel"])
    if dry_run:
        say(f"“{name}” can be added. Nothing was written.")


def add_camera(
    target: "Target",
    user_id: str,
    name: str,
    features: Mapping[str, object],
    named: Mapping[str, str] | None = None,
    *,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Adds a camera; the registry's answer. The simulated cameras of a local world are connected to AWS IoT.

    `named`: channel_arn, thing_name and external_id, as far as they are given.

    Raises:
        CommandError: the registry refuses it.
    """
    known = {"health": "mqtt", **features} if target.world else features
    request = {"user_id": user_id, "friendly_name": name, "features": known, **(named or {})}
    if dry_run:
        return registry_of(target).read("AddCamera", dry_run=True, **request)
    added = registry_of(target).change("AddCamera", **request)
    publish(target)
    return added


@app.command("list")
@with_choice
def list_cameras(
    choice: Choice,
    *,
    user: UserOption = None,
    list_all: Annotated[bool, typer.Option("--all", help="All cameras of the stack, whosever they are.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List a customer's cameras, or all."""
    if list_all and user:
        raise CommandError("--all lists the cameras of everybody: leave --user out.")
    target = target_of(choice)
    if list_all:
        say_all_cameras(target, as_json=as_json)
    else:
        say_cameras(target, user_id_in_question(target, user), as_json=as_json)


@app.command()
@with_choice
def show(choice: Choice, name: AnyNameArgument, *, user: UserOption = None, as_json: JsonOption = False) -> None:
    """Show all there is to know of a camera: features, channel, owners, health, and what Alexa is told."""
    target = target_of(choice)
    with explained(name, choice.world_words):
        details = details_of(target, find_camera(target, name, user))
    if as_json:
        say_json(details)
    else:
        say_details(details)


@app.command("set")
@with_choice
@taking_features
def set_camera(
    choice: Choice,
    features: Mapping[str, object],
    name: AnyNameArgument,
    *,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change what a camera is and can do, for all who have it."""
    if not features:
        raise CommandError("What is to change? `camera-skill cameras set --help` lists what can be set.")
    target = target_of(choice)
    with explained(name, choice.world_words):
        found = find_camera(target, name, user)
        changed = registry_of(target).change("ChangeCamera", endpoint_id=found.endpoint_id, features=features)
    changes = changed["changes"]
    if as_json:
        say_json(changed)
        return
    for feature, change in changes.items():
        before, after = in_words(change["before"]), in_words(change["after"])
        say(f"{found}: {spoken(feature)} is {after} from now on, and was {before}.")
    say("Alexa is told of what it can see of that." if changes else f"{found} is so already.")


app.command()(with_choice(rename))
app.command()(with_choice(share))
app.command()(with_choice(unshare))
app.command("import")(with_choice(import_cameras))


@app.command()
@with_choice
def remove(
    choice: Choice,
    name: AnyNameArgument,
    *,
    user: UserOption = None,
    keep_channel: KeepChannelOption = False,
    yes: YesOption = False,
) -> None:
    """Take a camera from a customer. When no customer has it, it is removed with what the stack created for it."""
    target = target_of(choice)
    with explained(name, choice.world_words):
        found = find_camera(target, name, user)
        user_id = None if not found.own and not found.owners else found.user_in_question()
        take(target, found, user_id, keep_channel=keep_channel, yes=yes)
