"""The cameras in a stack's registry, as the command finds them: by a user's name for them, or by endpoint id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from camera_skill.camera import CHANNEL_ARN
from cli.errors import CommandError
from cli.local_world.control_client import ControlClient
from cli.names import is_called, is_endpoint_id, suggestion
from cli.registry import NO_SUCH_CAMERA, RegistryRefusalError, registry_of
from cli.users.accounts import user_id_of
from cli.users.customers import email_of, user_id_named

if TYPE_CHECKING:
    from cli.target import Target


@dataclass(frozen=True)
class UsersCamera:
    """A camera as one of its users has it. `row`: of the registry's list; a damaged camera has little of it."""

    user_id: str
    endpoint_id: str
    friendly_name: str
    row: Mapping[str, Any] = field(repr=False)

    @property
    def features(self) -> Mapping[str, Any]:
        """What it can do and what it is; empty if it is damaged."""
        features: Mapping[str, Any] = self.row.get("features", {})
        return features

    @property
    def channel_name(self) -> str:
        """The name of its signaling channel, empty if it is damaged."""
        found = CHANNEL_ARN.fullmatch(self.row.get("channel_arn", ""))
        return found["name"] if found else ""

    @property
    def thing_name(self) -> str:
        """Its thing in AWS IoT, empty if it is damaged."""
        return str(self.row.get("thing_name", ""))

    def as_row(self) -> dict[str, object]:
        """As `cameras list --json` prints it."""
        return flat(self.row)


def flat(row: Mapping[str, Any]) -> dict[str, object]:
    """A camera of the registry with its features beside the rest."""
    plain = {name: value for name, value in row.items() if name != "features"}
    return {**plain, **row.get("features", {})}


@dataclass(frozen=True)
class Found:
    """A camera that was named. `own`: as the user in question has it, None if it was named by its endpoint id alone."""

    target: "Target" = field(repr=False)
    endpoint_id: str
    own: UsersCamera | None

    def __str__(self) -> str:
        """As sentences name it."""
        return f"“{self.own.friendly_name}”" if self.own else f"The camera {self.endpoint_id}"

    @cached_property
    def details(self) -> Mapping[str, Any]:
        """All that the registry tells of it. Raises: CommandError if it was removed meanwhile."""
        return registry_of(self.target).read("GetCamera", endpoint_id=self.endpoint_id)

    @property
    def owners(self) -> list[Mapping[str, Any]]:
        """All who have it: user_id, friendly_name, may_report."""
        return list(self.details["owners"])

    def user_in_question(self) -> str:
        """The user whose camera was named: of a camera that was named by its endpoint id, its only owner.

        Raises:
            CommandError: there are several owners, or none.
        """
        if self.own:
            return self.own.user_id
        if len(self.owners) == 1:
            return str(self.owners[0]["user_id"])
        if not self.owners:
            raise CommandError(
                f"{self} belongs to nobody: `camera-skill cameras remove {self.endpoint_id}{self.target.choice.words}` "
                "removes it."
            )
        names = names_of(self.target, self.owners)
        raise CommandError(f"{self} has {len(self.owners)} owners, {names}: say whose, --user.")


def cameras_of(target: "Target", user_id: str) -> list[UsersCamera]:
    """A user's cameras, sorted by name; damaged ones too."""
    rows = registry_of(target).read("ListCameras", user_id=user_id)["cameras"]
    return [UsersCamera(user_id, row["endpoint_id"], row["friendly_name"], row) for row in rows]


def camera_named(target: "Target", name: str, user_id: str) -> UsersCamera:
    """The user's camera of this friendly name, in any case, or endpoint id; a damaged one, too.

    Raises:
        CommandError: there is none; names those that are close.
    """
    cameras = cameras_of(target, user_id)
    for camera in cameras:
        if is_called(name, camera.friendly_name, camera.endpoint_id):
            return camera
    names = [camera.friendly_name for camera in cameras]
    raise CommandError(f"There is no camera “{name}”. {suggestion(name, names, target.choice.words)}")


def own_camera(target: "Target", name: str) -> UsersCamera:
    """The same of the user who is logged in.

    Raises:
        CommandError: nobody is logged in, or there is none.
    """
    return camera_named(target, name, user_id_of(target))


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

    Raises:
        CommandError: there is none.
    """
    try:
        own = camera_named(target, name, user_id_in_question(target, user))
    except CommandError as error:  # told if no camera has that endpoint id
        if user or not is_endpoint_id(name):
            raise
        found = Found(target, name, None)
        try:
            _ = found.details
        except RegistryRefusalError as refusal:
            if refusal.code != NO_SUCH_CAMERA:
                raise
            raise error from None
        return found
    return Found(target, own.endpoint_id, own)


def names_of(target: "Target", owners: Iterable[Mapping[str, Any]]) -> str:
    """The emails of owners, for sentences."""
    return ", ".join(email_of(target, str(owner["user_id"])) for owner in owners)


def publish(target: "Target") -> None:
    """Puts the cameras of the account that is logged in into the local world's file."""
    if target.world and target.world.account:
        names = ("endpoint_id", "friendly_name", "channel_arn")
        cameras = cameras_of(target, target.world.account["user_id"])
        readable = [camera.row for camera in cameras if "error" not in camera.row]
        ControlClient(target.world).put_cameras([{name: str(row[name]) for name in names} for row in readable])
