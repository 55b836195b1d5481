"""Several owners per camera, each with a name of their own for it: `cameras rename`, `share` and `unshare`."""

import shlex
from dataclasses import replace
from typing import Annotated

import typer

from camera_skill.camera import CameraLink
from cli.arguments import AnyNameArgument, FromOption, UserOption, WithOption
from cli.cameras.activity import erase_activity
from cli.cameras.adding import check_alexa_takes, check_free, check_name_is_free
from cli.cameras.finding import Found, find_camera, link_in_question, names_of, publish
from cli.cameras.registrations import registrations_of
from cli.errors import CommandError, explained
from cli.names import checked_friendly_name, spaced
from cli.options import Choice
from cli.output import say
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
    new_name = checked_friendly_name(new_name)
    target = target_of(choice)
    with explained(name, choice.world_words):
        link = link_in_question(target, find_camera(target, name, user))
        registrations = registrations_of(target)
        renamed = replace(link, friendly_name=new_name)
        check_name_is_free(registrations.links(link.user_id), renamed)
        check_alexa_takes([renamed], registrations.camera(link.endpoint_id))
        registrations.rename(renamed)
        publish(target)
    say(f"{email_of(target, link.user_id)} calls “{link.friendly_name}” “{renamed.friendly_name}” from now on.")


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
        link = CameraLink(user_id_named(target, other), found.endpoint_id, spaced(new_name or _name_of(found)))
        registrations = registrations_of(target)
        check_free(registrations.links(link.user_id), link)
        check_alexa_takes([link], registrations.camera(found.endpoint_id))
        registrations.link(link)
        publish(target)
    say(f"{email_of(target, link.user_id)} has the camera {found.endpoint_id} from now on, as “{link.friendly_name}”.")


def unshare(choice: Choice, name: AnyNameArgument, *, other: FromOption, user: UserOption = None) -> None:
    """Take a camera from one of its owners, for whom it is gone at once, with the records of their sessions."""
    target = target_of(choice)
    with explained(name, choice.world_words):
        link = _shared_link(target, find_camera(target, name, user), user_id_named(target, other))
        erase_activity(target, link.endpoint_id, link.user_id)
        registrations_of(target).unlink(link)
        publish(target)
    email = email_of(target, link.user_id)
    say(f"{email} does not have “{link.friendly_name}”, endpoint {link.endpoint_id}, any more.")


def _name_of(found: Found) -> str:
    """What the user in question, or else the first of its owners, calls it. Raises: CommandError."""
    links = [found.link] if found.link else found.owners
    if not links:
        raise CommandError("Nobody has this camera, so that it has no name yet: say one with --as.")
    return links[0].friendly_name


def _shared_link(target: Target, found: Found, user_id: str) -> CameraLink:
    """The user's link to a camera that somebody else has, too. Raises: CommandError."""
    email = email_of(target, user_id)
    link = next((one for one in registrations_of(target).links(user_id) if one.endpoint_id == found.endpoint_id), None)
    if link is None:
        have = names_of(target, found.owners) or "nobody"
        raise CommandError(f"{email} does not have the camera {found.endpoint_id}, which belongs to {have}.")
    if not found.others(user_id):
        command = f"camera-skill cameras remove {found.endpoint_id} --user {shlex.quote(email)}{target.choice.words}"
        raise CommandError(f"{email} is the only owner of {found.endpoint_id}: `{command}` removes the camera.")
    return link
