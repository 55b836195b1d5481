"""Several owners per camera, each with a name of their own for it: `cameras rename`, `share` and `unshare`."""

from typing import Annotated

import typer

from cli.arguments import AnyNameArgument, FromOption, KeepChannelOption, UserOption, WithOption, YesOption
from cli.cameras.finding import Found, find_camera, publish
from cli.cameras.removing import ask, sentences_after, sentences_before, unplug
from cli.errors import CommandError, explained
from cli.options import Choice
from cli.output import say
from cli.registry import registry_of
from cli.target import Target, target_of
from cli.users.customers import email_of, user_id_named


def rename(
    choice: Choice,
    name: AnyNameArgument,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME", help="What the customer will call it.")],
    *,
    user: UserOption = None,
) -> None:
    """Let a customer call a camera otherwise; its other owners keep their names for it."""
    target = target_of(choice)
    with explained(name, choice.world_words):
        found = find_camera(target, name, user)
        renamed = registry_of(target).change(
            "RenameCamera",
            endpoint_id=found.endpoint_id,
            user_id=found.user_in_question(),
            friendly_name=new_name,
        )
        publish(target)
    email = email_of(target, renamed["user_id"])
    say(f"{email} calls “{renamed['before']}” “{renamed['friendly_name']}” from now on.")


def share(
    choice: Choice,
    name: AnyNameArgument,
    *,
    other: WithOption,
    new_name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="What they will call it; the same by default.")
    ] = None,
    user: UserOption = None,
) -> None:
    """Give a camera to one more customer, who sees and opens it as its other owners do."""
    target = target_of(choice)
    with explained(name, choice.world_words):
        found = find_camera(target, name, user)
        shared = registry_of(target).change(
            "ShareCamera",
            endpoint_id=found.endpoint_id,
            user_id=user_id_named(target, other),
            friendly_name=new_name or _name_of(found),
        )
        publish(target)
    email = email_of(target, shared["user_id"])
    say(f"{email} has the camera {found.endpoint_id} from now on, as “{shared['friendly_name']}”.")


def unshare(
    choice: Choice,
    name: AnyNameArgument,
    *,
    other: FromOption,
    user: UserOption = None,
    keep_channel: KeepChannelOption = False,
    yes: YesOption = False,
) -> None:
    """Take a camera from one of its owners. It is gone for them at once; from its last owner, it is removed."""
    target = target_of(choice)
    with explained(name, choice.world_words):
        found = find_camera(target, name, user)
        take(target, found, user_id_named(target, other), keep_channel=keep_channel, yes=yes)


def take(target: Target, found: Found, user_id: str | None, *, keep_channel: bool, yes: bool) -> None:
    """Takes a camera from a user, or from all, once the operator agrees.

    Raises:
        CommandError: the registry refuses, or nobody answers.
    """
    registry = registry_of(target)
    operation = "RemoveCamera" if user_id is None else "UnshareCamera"
    request = {"endpoint_id": found.endpoint_id, "keep_channel": keep_channel}
    if user_id is not None:
        request["user_id"] = user_id
    plan = registry.read(operation, dry_run=True, **request)
    for sentence in sentences_before(target, plan):
        say(sentence)
    if not yes:
        ask("Remove it?" if "removed" in plan else "Take it?")
    if "removed" in plan:
        unplug(target, found.endpoint_id)
    ended = registry.change(operation, **request)
    publish(target)
    say("Removed." if "removed" in ended else "Taken.")
    for sentence in sentences_after(ended):
        say(sentence)


def _name_of(found: Found) -> str:
    """What the user in question, or else the first of its owners, calls it. Raises: CommandError."""
    if found.own:
        return found.own.friendly_name
    if not found.owners:
        raise CommandError(f"{found} belongs to nobody, so it has no name. Say one with --as.")
    return str(found.owners[0]["friendly_name"])
