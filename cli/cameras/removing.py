"""How a camera goes: from one of its owners, or for good."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from camera_skill.camera import CameraLink
from cli.cameras import channels
from cli.cameras.activity import erase_activity
from cli.cameras.finding import Found, link_in_question, names_of, publish
from cli.cameras.registrations import registrations_of
from cli.errors import CommandError
from cli.local_world.control_client import ControlClient
from cli.users.customers import email_of

if TYPE_CHECKING:
    from cli.target import Target


@dataclass(frozen=True)
class Removal:
    """A camera that is about to go from the user of the `link`; from the registry, if nobody else has it."""

    found: Found
    link: CameraLink | None
    others: tuple[CameraLink, ...]
    delete_channel: bool

    def sentences(self, target: "Target") -> list[str]:
        """What will happen, to whom."""
        owner = f"taken from {email_of(target, self.link.user_id)}" if self.link else "removed; it belongs to nobody"
        said = [f"{self._name} will be {owner}."]
        if self.others:
            said.append(f"{names_of(target, self.others)} will still have it. The records of this one's sessions go.")
        elif self.link:
            said.append("Nobody else has it, so that it will be gone, with its state and the records of all sessions.")
        fate = "will be deleted, and the camera behind it cut off" if self.delete_channel else "stays"
        return [*said, f"Its signaling channel {self.found.endpoint_id} {fate}."]

    def carry_out(self, target: "Target") -> None:
        """The registration goes last: if anything fails before, the same command does it."""
        if not self.others:
            unplug(target, self.found.endpoint_id)
        if self.delete_channel:
            channels.delete(target.kinesis_video, self.found.endpoint_id)
        registrations = registrations_of(target)
        erase_activity(target, self.found.endpoint_id, self.link.user_id if self.link and self.others else None)
        if self.link and self.others:
            registrations.unlink(self.link)
        else:
            registrations.forget(self.found.endpoint_id, *([self.link] if self.link else []))
        publish(target)

    @property
    def _name(self) -> str:
        return f"“{self.link.friendly_name}”" if self.link else str(self.found)


def removal_of(target: "Target", found: Found, *, delete_channel: bool) -> Removal:
    """What removing a camera would do.

    Raises:
        CommandError: others need the channel, or have the camera, and nobody said whose it was to be taken from.
    """
    link = link_in_question(target, found) if found.link or found.owners else None
    others = tuple(found.others(link.user_id)) if link else ()
    removal = Removal(found, link, others, delete_channel)
    if others and delete_channel:
        raise CommandError(
            f"{found} has {len(others)} other owner(s), who need its signaling channel: {names_of(target, others)}. "
            "Leave --delete-channel out, or take the camera from them first."
        )
    return removal


def ask(question: str) -> None:
    """Goes on only if the answer is yes.

    Raises:
        CommandError: nobody can answer.
    """
    try:
        answer = typer.confirm(question)
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
