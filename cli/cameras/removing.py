"""How a camera goes: what will happen, the question, and what still opens it afterwards."""

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from cli.errors import CommandError
from cli.local_world.control_client import ControlClient
from cli.terminal_text import printable
from cli.users.customers import email_of

if TYPE_CHECKING:
    from cli.target import Target

Ended = Mapping[str, Any]
"""What became of a camera, or would: the result of the registry's UnshareCamera and RemoveCamera."""
_CHANNEL = {
    "DELETED": "is deleted, and the camera behind it cut off",
    "KEPT": "stays, without the stack's tag",
    "LEFT": "stays as it is: the stack did not create it",
    "GONE": "was gone already",
}
_THING = {
    "DELETED": "is deleted",
    "KEPT": "stays with its certificates, without the stack's mark",
    "LEFT": "stays as it is: the stack did not create it",
    "GONE": "was gone already",
}


def sentences_before(target: "Target", ended: Ended) -> Iterator[str]:
    """What will happen to whom."""
    for link in ended["taken_from"]:
        yield f"“{link['friendly_name']}” will be taken from {email_of(target, link['user_id'])}."
    if not ended["taken_from"]:
        yield f"The camera {ended['endpoint_id']} belongs to nobody."
    if ended["other_owners"]:
        users = "1 other user" if ended["other_owners"] == 1 else f"{ended['other_owners']} other users"
        yield f"{users} will still have it. Session records of this user go."
        return
    yield "No user has it then, so it is removed, with its state and all session records."
    yield from _fates(ended["removed"])


def sentences_after(ended: Ended) -> Iterator[str]:
    """What still opens the camera, and for how long."""
    if "removed" not in ended:
        yield "A live view that is open now goes on until it ends."
        return
    removed = ended["removed"]
    if certificates := removed["certificates"]:
        yield f"{certificates} certificate{'s are' if certificates > 1 else ' is'} deactivated."
    yield "A live view that is open now goes on until it ends. No access token opens the camera any more."
    if removed["channel"] in {"LEFT", "KEPT"}:
        yield (
            f"The channel {_name(removed['channel_arn'])} still works for everyone with AWS credentials for it, the "
            "camera among them."
        )
    if removed["thing"] in {"DELETED", "GONE"}:
        yield "AWS credentials that the camera got with its certificate end within an hour."


def ask(question: str) -> None:
    """Goes on only if the answer is yes.

    Raises:
        CommandError: nobody can answer.
    """
    try:
        answer = typer.confirm(printable(question))
    except typer.Abort as error:
        if sys.stdin.isatty():
            raise
        raise CommandError("Nobody answered, so nothing was removed: --yes answers.") from error
    if not answer:
        raise typer.Abort


def unplug(target: "Target", endpoint_id: str) -> None:
    """Stops the local world's simulated camera of this endpoint, if there is one."""
    if target.world:
        control = ControlClient(target.world)
        if control.is_plugged_in(endpoint_id):
            control.unplug(endpoint_id)


def _fates(removed: Mapping[str, Any]) -> Iterator[str]:
    if removed["channel"]:
        yield f"Its signaling channel {_name(removed['channel_arn'])} {_CHANNEL[removed['channel']]}."
    if removed["thing"] in {"DELETED", "KEPT", "LEFT"}:
        yield f"Its AWS IoT thing {removed['thing_name']} {_THING[removed['thing']]}."


def _name(arn: str) -> str:
    return arn.split("/")[1] if arn.count("/") == 2 else arn
