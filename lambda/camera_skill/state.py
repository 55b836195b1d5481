"""What is known of a camera, and since when."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar

from camera_skill.budget import Budget
from camera_skill.camera import Camera

T = TypeVar("T")

OWNERS_WORD_SECONDS, BATTERYS_WORD_SECONDS = 24 * 3600.0, 600.0
"""So long a camera's word on privacy and sleep counts, which its owner chose, and that on its battery, which recovers.

After that the camera is asked: what is not known for certain refuses nobody.
"""
LEEWAY_SECONDS = 60.0
"""So far the clock of whoever added a camera, or the broker's, may be ahead of ours; later times are wrong."""


class Sleep(StrEnum):
    """How a camera sleeps: not at all, to save power, or because its owner wants it so."""

    NONE = "none"
    POWER_SAVING = "power-saving"
    OWNER = "owner"


@dataclass(frozen=True)
class Sample(Generic[T]):
    """What was so, and when that was, in seconds since 1970: not before `at`, and at most `within` seconds later."""

    value: T
    at: float
    within: float = 0.0


@dataclass(frozen=True)
class CameraState:
    """A camera's state, for one customer.

    `is_reachable` is always known from something; `motion` only once the camera told. `wanted`: the kinds of objects
    of which the customer's Alexa asked to be told, None if it never asked.
    """

    is_reachable: Sample[bool]
    motion: Sample[bool] | None = None
    wanted: frozenset[str] | None = None


@dataclass(frozen=True)
class Transition(Generic[T]):
    """A value, since when, by which event (`CameraEvent.name`), and when it was last said to be so."""

    value: T
    at: float
    event: str
    seen_at: float


@dataclass(frozen=True)
class Connection:
    """A camera's last connection to the broker, as far as is known: its name, when it began, its number; else empty.

    `ended`: connections of which the end was told, the last ones. Perhaps before their beginning was.
    """

    session: str = ""
    at: float = 0.0
    number: int = 0
    ended: tuple[str, ...] = ()

    @property
    def is_there(self) -> bool:
        """Whether the camera is connected."""
        return bool(self.session) and self.session not in self.ended


@dataclass(frozen=True)
class KnownState:
    """What a camera said of itself, and the broker of it, each with the time at which it reached the broker."""

    connectivity: Transition[bool] | None = None
    motion: Transition[bool] | None = None
    presence: Connection = Connection()
    last_press: Transition[bool] | None = None
    charge: Sample[float] | None = None
    low_power: Sample[bool] | None = None
    sleep: Sample[str] | None = None
    privacy: Sample[bool] | None = None
    firmware: Sample[str] | None = None

    @property
    def sleeps(self) -> bool:
        """Whether it said so, and did not connect since."""
        return self.sleep is not None and self.sleep.value != Sleep.NONE and self.sleep.at >= self.presence.at


class Refusal(NamedTuple):
    """Why a camera shows nothing: PRIVACY, ASLEEP or LOW_POWER; `charge` of its battery, in per cent, if known."""

    reason: str
    charge: float | None = None


def refusal(known: KnownState, since: float, now: float) -> Refusal | None:
    """What an offer is told without asking the camera, if its last word on that, `since` it was added, is fresh."""

    def said(word: Sample[T] | None, seconds: float) -> T | None:
        is_fresh = word is not None and max(since, now - seconds) <= word.at <= now + LEEWAY_SECONDS
        return word.value if word is not None and is_fresh else None

    if said(known.privacy, OWNERS_WORD_SECONDS):
        return Refusal("PRIVACY")
    if said(known.sleep, OWNERS_WORD_SECONDS) == Sleep.OWNER and known.sleeps:
        return Refusal("ASLEEP")
    if said(known.low_power, BATTERYS_WORD_SECONDS):
        return Refusal("LOW_POWER", said(known.charge, BATTERYS_WORD_SECONDS))
    return None


def plausibly_added(camera: Camera, now: float) -> Camera:
    """The camera, as added at no known time if that is still to come: a clock was wrong, and nothing would count."""
    return camera if camera.added_at <= now + LEEWAY_SECONDS else replace(camera, added_at=0.0)


class States(Protocol):
    """Where cameras' states are kept."""

    def owned(self, user_id: str, endpoint_id: str, budget: Budget) -> tuple[Camera, CameraState]:
        """The user's camera of that name, and its state.

        Raises: CameraNotFoundError if there is none or it is another user's; RegistryError.
        """

    def set_wanted(self, user_id: str, endpoint_id: str, classes: Iterable[str], budget: Budget) -> None:
        """Keeps of which kinds of objects this user's Alexa wants to be told. Raises: RegistryError."""


class KnownStates(Protocol):
    """Where what cameras say of themselves is kept."""

    def change(self, endpoint_id: str, step: Callable[[KnownState], tuple[KnownState, T]], budget: Budget) -> "Step[T]":
        """Takes the camera's state a step further, whoever else does the same; what `step` said of the last try.

        Raises: RegistryError.
        """


@dataclass(frozen=True)
class Step(Generic[T]):
    """A camera's state after a step, what the step said of it, and which kinds of objects each customer's Alexa wants.

    `wanted_by(user_id)` is None for a customer whose Alexa never asked.
    """

    state: KnownState
    result: T
    wanted_by: Callable[[str], frozenset[str] | None]


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
