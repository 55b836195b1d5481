"""What is known of a camera, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from camera_skill.budget import Budget
from camera_skill.camera import Camera, HealthSource

T = TypeVar("T")


@dataclass(frozen=True)
class Sample(Generic[T]):
    """What was so, and when that was, in seconds since 1970."""

    value: T
    at: float


@dataclass(frozen=True)
class Offers:
    """Offers of one RTC session, of which the last was at `at`.

    `answered`: whether the camera answered that one, if only to refuse it. `unanswered`: how many in a row it did not.
    """

    at: float
    answered: bool
    unanswered: int


@dataclass(frozen=True)
class CameraState:
    """A camera's state. `is_reachable` is always known from something; `motion` only once the camera told."""

    is_reachable: Sample[bool]
    motion: Sample[bool] | None = None


class States(Protocol):
    """Where cameras' states are kept."""

    def owned(self, user_id: str, endpoint_id: str, budget: Budget) -> tuple[Camera, CameraState]:
        """The user's camera of that name, and its state.

        Raises: CameraNotFoundError if there is none or it is another user's; RegistryError.
        """


def is_reachable(camera: Camera, presence: Sample[bool] | None, offers: Sequence[Offers]) -> Sample[bool]:
    """Whether the camera is there, as its health source tells, and since when that is known.

    `presence` at AWS IoT, None if there was no word of it: then the offers tell, as for cameras without a thing.
    `offers`: those that tell something of the camera, the latest first. Two in a row without an answer mean that it
    is not there; one may have been bad luck.
    """
    if camera.health is HealthSource.MQTT and presence is not None:
        return presence
    unanswered = 0
    for session in offers:
        if session.answered:
            return Sample(value=True, at=session.at)
        unanswered += session.unanswered
        if unanswered >= 2:
            return Sample(value=False, at=offers[0].at)
    return Sample(value=True, at=camera.added_at)
