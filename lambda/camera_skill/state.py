"""What is known of a camera, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from camera_skill.budget import Budget
from camera_skill.camera import Camera

T = TypeVar("T")


@dataclass(frozen=True)
class Sample(Generic[T]):
    """What was so, and when that was, in seconds since 1970: not before `at`, and at most `within` seconds later."""

    value: T
    at: float
    within: float = 0.0


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


def reachable_by_offers(offers: Iterable[Sample[bool]], added_at: float) -> Sample[bool]:
    """Whether a camera is there, as its offers tell: each was answered, if only with a refusal, or was not.

    Two in a row without an answer mean that it is not there; one may have been bad luck. Of a camera that no offer
    told of, the one who added it did: `added_at`.
    """
    last = _last_two(offers)
    for offer in last:
        if offer.value:
            return offer
    return last[0] if len(last) == 2 else Sample(value=True, at=added_at)


def are_the_last(offers: Iterable[Sample[bool]], until: float) -> bool:
    """Whether these offers tell all there is, when none of the others is younger than `until`."""
    last = [offer for offer in _last_two(offers) if offer.at >= until]
    return len(last) == 2 or any(offer.value for offer in last)


def _last_two(offers: Iterable[Sample[bool]]) -> list[Sample[bool]]:
    return sorted(offers, key=lambda offer: offer.at, reverse=True)[:2]
