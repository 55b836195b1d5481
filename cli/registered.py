"""The cameras in a stack's registry, as the command sees them."""

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.accounts import user_id_of
from cli.control_client import ControlClient
from cli.errors import CommandError
from cli.names import is_called, suggestion

if TYPE_CHECKING:
    from camera_skill.adapters.tables import Registry
    from cli.target import Target


@dataclass(frozen=True)
class RegisteredCamera:
    """A customer's camera."""

    endpoint_id: str
    friendly_name: str
    channel_arn: str
    offer_style: str

    def as_row(self) -> dict[str, str]:
        """As `cameras list --json` prints it."""
        return dict(vars(self))


def registry_of(target: "Target") -> "Registry":
    """The registry of a stack."""
    from camera_skill.adapters.connections import FreshClient
    from camera_skill.adapters.tables import Registry

    return Registry(
        FreshClient(target.dynamodb), target.output("RegistryTableName"), target.output("ActivityTableName")
    )


def cameras_of(target: "Target", user_id: str) -> list[RegisteredCamera]:
    """A customer's cameras, sorted by name."""
    return [
        RegisteredCamera(camera.endpoint_id, link.friendly_name, camera.channel_arn, camera.offer_style)
        for link, camera in registry_of(target).cameras_of(user_id).cameras
    ]


def camera_named(target: "Target", cameras: list[RegisteredCamera], name: str) -> RegisteredCamera:
    """The camera with this friendly name, in any case, or endpoint id.

    Raises:
        CommandError: there is none; names those that are close.
    """
    for camera in cameras:
        if is_called(name, camera.friendly_name, camera.endpoint_id):
            return camera
    hint = suggestion(name, [one.friendly_name for one in cameras], target.choice.words)
    raise CommandError(f"There is no camera “{name}”. {hint}")


def own_camera(target: "Target", name: str) -> RegisteredCamera:
    """The camera of that name which the customer who is logged in has.

    Raises:
        CommandError: nobody is logged in, or there is none.
    """
    return camera_named(target, cameras_of(target, user_id_of(target)), name)


def channel_missing(target: "Target", camera: RegisteredCamera) -> CommandError:
    """The failure of a camera whose signaling channel is gone."""
    name, words = shlex.quote(camera.friendly_name), target.choice.words
    return CommandError(
        f"“{camera.friendly_name}” is registered, but its signaling channel {camera.endpoint_id} is missing: "
        f"remove the camera and add it again with `camera-skill cameras remove {name}{words}` and "
        f"`camera-skill cameras add {name}{words}`."
    )


def publish(target: "Target", user_id: str) -> None:
    """Puts the cameras into the world file, if they are those of the account that is logged in there."""
    if target.world and target.world.account and target.world.account["user_id"] == user_id:
        ControlClient(target.world).put_cameras([one.as_row() for one in cameras_of(target, user_id)])
