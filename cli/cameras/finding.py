"""The cameras in a stack's registry, as the command sees them."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from camera_skill.camera import Camera, CameraLink
from cli.cameras.features import features_of
from cli.cameras.registrations import registrations_of
from cli.errors import CommandError
from cli.local_world.control_client import ControlClient
from cli.names import is_called, is_endpoint_id, suggestion
from cli.users.accounts import user_id_of
from cli.users.customers import email_of, user_id_named

if TYPE_CHECKING:
    from camera_skill.adapters.tables import Registry
    from camera_skill.camera import OwnedCameras
    from cli.target import Target


@dataclass(frozen=True)
class RegisteredCamera:
    """A camera as one of its owners has it."""

    camera: Camera
    friendly_name: str

    @property
    def endpoint_id(self) -> str:
        """What names it everywhere."""
        return self.camera.endpoint_id

    @property
    def channel_arn(self) -> str:
        """The ARN of its signaling channel."""
        return self.camera.channel_arn

    def as_row(self) -> dict[str, object]:
        """As `cameras list --json` prints it."""
        names = {"endpoint_id": self.endpoint_id, "friendly_name": self.friendly_name, "channel_arn": self.channel_arn}
        return {**names, **features_of(self.camera)}


@dataclass(frozen=True)
class Found:
    """A camera that was named. `link`: that of the user in question, None if it was named by its endpoint id alone."""

    endpoint_id: str
    owners: tuple[CameraLink, ...]
    link: CameraLink | None

    def __str__(self) -> str:
        """As sentences name it."""
        return f"“{self.link.friendly_name}”" if self.link else f"The camera {self.endpoint_id}"

    def others(self, user_id: str) -> list[CameraLink]:
        """The links of all other users who have it."""
        return [owner for owner in self.owners if owner.user_id != user_id]


def registry_of(target: "Target") -> "Registry":
    """The registry of a stack."""
    from camera_skill.adapters.connections import FreshClient
    from camera_skill.adapters.tables import Registry

    return Registry(
        FreshClient(target.dynamodb), target.output("RegistryTableName"), target.output("ActivityTableName")
    )


def cameras_of(target: "Target", user_id: str) -> list[RegisteredCamera]:
    """A user's cameras that can be read, sorted by name."""
    return as_registered(registry_of(target).cameras_of(user_id))


def as_registered(owned: "OwnedCameras") -> list[RegisteredCamera]:
    """The same of what the registry read."""
    return [RegisteredCamera(camera, link.friendly_name) for link, camera in owned.cameras]


def link_named(target: "Target", name: str, user_id: str) -> CameraLink:
    """The user's link to the camera of this friendly name, in any case, or endpoint id; a damaged camera has one, too.

    Raises:
        CommandError: there is none; names those that are close.
    """
    links = registrations_of(target).links(user_id)
    for link in links:
        if is_called(name, link.friendly_name, link.endpoint_id):
            return link
    names = [link.friendly_name for link in links]
    raise CommandError(f"There is no camera “{name}”. {suggestion(name, names, target.choice.words)}")


def own_camera(target: "Target", name: str) -> CameraLink:
    """The same of the user who is logged in.

    Raises:
        CommandError: nobody is logged in, or there is none.
    """
    return link_named(target, name, user_id_of(target))


def user_id_in_question(target: "Target", user: str | None) -> str:
    """The id of the user with this email or id, of who is logged in by default.

    Raises:
        CommandError: there is no such user, or nobody is logged in.
    """
    if user:
        return user_id_named(target, user)
    try:
        return user_id_of(target)
    except CommandError as error:
        raise CommandError(f"{error} Or say with --user whose cameras you mean.") from error


def find_camera(target: "Target", name: str, user: str | None) -> Found:
    """The camera that this user, or who is logged in, calls so; without `user` any camera of that endpoint id.

    One whose item is damaged is found too, so that it can be removed.

    Raises:
        CommandError: there is none.
    """
    registrations = registrations_of(target)
    try:
        link = link_named(target, name, user_id_in_question(target, user))
    except CommandError:  # told if no camera has that endpoint id
        if user or not is_endpoint_id(name):
            raise
        owners = tuple(registrations.owners(name))
        if not owners and not registrations.is_registered(name):
            raise
        return Found(name, owners, None)
    return Found(link.endpoint_id, tuple(registrations.owners(link.endpoint_id)), link)


def link_in_question(target: "Target", found: Found) -> CameraLink:
    """The link that was asked for: of a camera that was named by its endpoint id, that of its only owner.

    Raises:
        CommandError: there are several owners, or none.
    """
    if found.link:
        return found.link
    if len(found.owners) == 1:
        return found.owners[0]
    if not found.owners:
        raise CommandError(
            f"{found} belongs to nobody: give it to somebody with "
            f"`camera-skill cameras share {found.endpoint_id} --with EMAIL --as NAME{target.choice.words}`."
        )
    raise CommandError(f"{found} has {len(found.owners)} owners, {names_of(target, found.owners)}: say whose, --user.")


def names_of(target: "Target", owners: Iterable[CameraLink]) -> str:
    """The emails of owners, for sentences."""
    return ", ".join(email_of(target, owner.user_id) for owner in owners)


def channel_missing(target: "Target", camera: CameraLink) -> CommandError:
    """The failure of a camera whose signaling channel is gone."""
    name, words = shlex.quote(camera.friendly_name), target.choice.words
    return CommandError(
        f"“{camera.friendly_name}” is registered, but its signaling channel {camera.endpoint_id} is missing: "
        f"remove the camera and add it again with `camera-skill cameras remove {name}{words}` and "
        f"`camera-skill cameras add {name}{words}`."
    )


def publish(target: "Target") -> None:
    """Puts the cameras of the account that is logged in into the local world's file."""
    if target.world and target.world.account:
        cameras = cameras_of(target, target.world.account["user_id"])
        names = ("endpoint_id", "friendly_name", "channel_arn")
        ControlClient(target.world).put_cameras([{name: str(one.as_row()[name]) for name in names} for one in cameras])
