"""Changes of the registry: of which cameras of which customers Alexa may have to be told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from camera_skill.budget import Budget
from camera_skill.camera import Camera, CameraLink


@dataclass(frozen=True)
class LinkChange:
    """That a camera became a customer's, is not any more, or is called otherwise.

    `id`: the stream's, the same whenever the change is told of again. `at`: in seconds since 1970. `before`, `after`:
    its name; empty where there was or is no link.
    """

    id: str
    at: float
    user_id: str
    endpoint_id: str
    before: str
    after: str


@dataclass(frozen=True)
class CameraChange:
    """That a camera is registered otherwise. `before`, `after`: None where it cannot be read. Else as above."""

    id: str
    at: float
    endpoint_id: str
    before: Camera | None
    after: Camera | None


Change = LinkChange | CameraChange


@dataclass(frozen=True)
class Shown:
    """A customer's camera as the registry has it now."""

    link: CameraLink
    camera: Camera


@dataclass(frozen=True)
class Unreadable:
    """A customer's camera of which the registry has something that cannot be read, and why."""

    reason: str


class RegisteredCameras(Protocol):
    """What the registry says now, consistently read."""

    def owners(self, endpoint_id: str, budget: Budget) -> Sequence[str]:
        """The user ids of all who have this camera. Raises: RegistryError."""

    def linked(self, user_id: str, endpoint_ids: Collection[str], budget: Budget) -> Mapping[str, Shown | Unreadable]:
        """Those of these cameras that the user has, by endpoint id. Raises: RegistryError."""
