"""`camera-skill cameras`: the cameras of a stack, and whose they are."""

from collections.abc import Mapping
from typing import Annotated

import typer

from cli.arguments import AnyNameArgument, EndpointIdOption, NewNameArgument, UserOption, YesOption
from cli.cameras.adding import Added, add_camera, check_alexa_takes
from cli.cameras.details import details_of, say_details
from cli.cameras.features import changes_between, in_words, spoken, taking_features, with_features
from cli.cameras.finding import find_camera, user_id_in_question
from cli.cameras.listing import say_all_cameras, say_cameras
from cli.cameras.registrations import registrations_of
from cli.cameras.removing import ask, removal_of
from cli.cameras.sharing import rename, share, unshare
from cli.errors import CommandError, explained
from cli.importing.command import import_cameras
from cli.names import checked_friendly_name
from cli.options import Choice, JsonOption, with_choice
from cli.output import progress, say, say_json
from cli.target import target_of

app = typer.Typer(no_args_is_help=True, help="The cameras of a stack, and whose they are.")


@app.command()
@with_choice
@taking_features
def add(
    choice: Choice,
    features: Mapping[str, object],
    name: NewNameArgument,
    *,
    endpoint_id: EndpointIdOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a customer a camera: creates its signaling channel, or adopts it, and registers it."""
    name = checked_friendly_name(name)
    target = target_of(choice)
    with explained(name, choice.world_words), progress() as step:
        added = add_camera(target, user_id_in_question(target, user), name, endpoint_id, step, features)
    if as_json:
        say_json(added.camera.as_row())
    else:
        _say_added(added)


def _say_added(added: Added) -> None:
    camera = added.camera
    channel = "a new signaling channel" if added.channel_is_new else "the signaling channel that there was"
    say(f"Added “{camera.friendly_name}”, endpoint {camera.endpoint_id}, with {channel}:\n{camera.channel_arn}")
    if added.before:
        say("It was registered already, without an owner: it has the features of before, but for those that you gave.")


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
        registrations = registrations_of(target)
        before = registrations.camera(found.endpoint_id)
        after = with_features(before, features)
        check_alexa_takes(found.owners, after, before)
        if after != before:
            registrations.change(before, after)
    changes = changes_between(before, after)
    if as_json:
        say_json({"endpoint_id": found.endpoint_id, "changes": changes})
        return
    for feature, (old, new) in changes.items():
        say(f"{found}: {spoken(feature)} is {in_words(new)} from now on, and was {in_words(old)}.")
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
    delete_channel: Annotated[
        bool,
        typer.Option("--delete-channel/--keep-channel", help="What becomes of the signaling channel."),
    ] = False,
    yes: YesOption = False,
) -> None:
    """Take a camera from a customer; when nobody has it any more, it is gone."""
    target = target_of(choice)
    with explained(name, choice.world_words):
        removal = removal_of(target, find_camera(target, name, user), delete_channel=delete_channel)
        for sentence in removal.sentences(target):
            say(sentence)
        if not yes:
            ask("Remove it?")
        removal.carry_out(target)
    say("Removed.")
