"""A camera's registration: who has it, what it claims, and the two tables that keep this."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar

from camera_skill.camera import Camera, CameraLink


class ClaimKind(StrEnum):
    """What belongs to one camera of the stack at most."""

    CHANNEL = "CHANNEL"
    THING = "THING"
    EXTERNAL_ID = "EXTERNAL"


class Claim(NamedTuple):
    """A camera's claim to a channel (its ARN), a thing (its name) or an external id."""

    kind: ClaimKind
    value: str


@dataclass(frozen=True)
class Registered:
    """A camera with its owners, as they were at one moment.

    `camera`: None if its record cannot be read or is not there; `damage` says why. `claims`: what it claims, as far as
    its record can be read. `version`: another one after each change of its owners or their names. `is_ending`: its
    removal has begun, and must be finished; `keeps_channel`: without the channel and the thing; `leaving`: the links
    that the removal takes, whether they are gone yet or not.
    """

    endpoint_id: str
    camera: Camera | None
    damage: str
    owners: tuple[CameraLink, ...]
    claims: tuple[Claim, ...] = ()
    version: str = ""
    is_ending: bool = False
    keeps_channel: bool = False
    leaving: tuple[CameraLink, ...] = ()

    def link_of(self, user_id: str) -> CameraLink | None:
        """This user's link, None if the user does not have the camera."""
        return next((link for link in self.owners if link.user_id == user_id), None)

    def takes_from(self, user_id: str) -> bool:
        """Whether a removal that has begun takes the camera from this user."""
        return any(link.user_id == user_id for link in self.leaving)


@dataclass(frozen=True)
class Beginning:
    """A camera that is being added. `key`: by which it is kept, for its user.

    `is_given_up`: it is not to be added, and what was created for it must go.
    """

    key: str
    endpoint_id: str
    is_given_up: bool


@dataclass(frozen=True)
class End:
    """That a camera's removal begins. `keeps_channel`: its channel and its thing are to stay."""

    keeps_channel: bool


@dataclass(frozen=True)
class RequestRecord:
    """What is remembered of a request with an idempotency key.

    `fingerprint`: of the request's content. `user_id`: the user it names, if it names one. `response`: None while it is
    not done. `taken`: the links that it took from users, whom its response names.
    """

    key: str
    fingerprint: str
    user_id: str = ""
    response: Mapping[str, object] | None = field(default=None, repr=False)
    taken: Collection[CameraLink] = field(default=(), repr=False)


@dataclass(frozen=True)
class ListedCamera:
    """A camera of the stack, and how many users have it. `camera` and `damage` as above."""

    endpoint_id: str
    owners: int
    camera: Camera | None
    damage: str


@dataclass(frozen=True)
class ListedUser:
    """A user of the stack, and how many cameras the user has."""

    user_id: str
    cameras: int


T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a list. `next_token`: where the rest begins, empty after the last part."""

    rows: tuple[T, ...]
    next_token: str = ""


@dataclass(frozen=True)
class Erased:
    """How many rows of a user were erased in a part of a table, and where to go on; `next_token` is empty at the end.

    `others`: mentions of the user in rows of something else. `unfinished`: the endpoint ids of cameras in this part
    that a removal, which was begun and not finished, takes from the user.
    """

    rows: int
    next_token: str = ""
    others: int = 0
    unfinished: tuple[str, ...] = ()


class Registrations(Protocol):
    """Cameras, links, owners and claims. Changes are transactions: all of it or nothing.

    Every method raises AwsBusyError or AwsFailedError.
    """

    def registered(self, endpoint_id: str) -> Registered | None:
        """The camera with its owners, consistently read; None if nothing is there."""

    def cameras(self, endpoint_ids: Collection[str]) -> Mapping[str, Camera | str]:
        """Those of these cameras that there are; in place of one whose record cannot be read, why."""

    def links(self, user_id: str) -> list[CameraLink]:
        """A user's links, sorted by name; one that cannot be read has the endpoint id for a name."""

    def links_to(self, owned: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], CameraLink]:
        """Those links that there are, each by user id and endpoint id."""

    def named(self, names: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """The endpoint ids of users' cameras by user id and name; not of cameras from before names were kept."""

    def holders(self, claims: Iterable[Claim]) -> Mapping[Claim, str]:
        """The endpoint ids of the cameras that have these claims."""

    def may_report(self, user_ids: Collection[str]) -> Mapping[str, bool]:
        """Whether Alexa has a grant from each of these users, so that it takes reports for them."""

    def add(self, camera: Camera, link: CameraLink, natural_key: str, record: RequestRecord | None) -> Collection[str]:
        """Adds a camera with its first owner.

        Returns what was in the way, if anything: "camera", "name", the kind of a claim, "pending", "request".
        """

    def change(self, before: Camera, after: Camera, record: RequestRecord | None) -> Collection[str]:
        """Writes what is different now. What was in the way: "camera", "request"."""

    def rename(self, found: Registered, after: CameraLink, record: RequestRecord | None) -> Collection[str]:
        """Gives a user's link another name. What was in the way: "camera", "name", "request"."""

    def link(self, found: Registered, link: CameraLink, record: RequestRecord | None) -> Collection[str]:
        """Gives one more user the camera. What was in the way: "camera", "name", "request"."""

    def unlink(
        self, found: Registered, links: Collection[CameraLink], end: End | None, record: RequestRecord | None
    ) -> Collection[str]:
        """Takes the camera from these users. With an `end`, nobody may get or use it from now on.

        What was in the way: "camera", "request".
        """

    def forget(self, found: Registered) -> None:
        """Removes a camera that nobody has any more, with those claims that are still its own."""


class Beginnings(Protocol):
    """Endpoint ids of cameras that are being added, so that an addition that was cut off goes on with the same one.

    One that is given up can be added no more. It is kept until what was created for it is gone. `natural_key`: what the
    camera is to the caller. Every method raises AwsBusyError or AwsFailedError.
    """

    def begin(self, user_id: str, natural_key: str, endpoint_id: str) -> Beginning:
        """Keeps the endpoint id of a camera that is about to be added; the one that was kept before, if one was."""

    def is_on(self, user_id: str, begun: Beginning) -> bool:
        """Whether it is still kept, and not given up."""

    def give_up(self, user_id: str, begun: Beginning) -> bool:
        """Gives it up. False if it is not kept any more, so that the camera may have been added."""

    def forget(self, user_id: str, begun: Beginning) -> None:
        """Forgets one that was given up."""

    def of_user(self, user_id: str) -> list[Beginning]:
        """Those that were begun for the user, and are not finished."""


class Lists(Protocol):
    """All that is in the registry, a part of the table at a time.

    Every method raises AwsBusyError, AwsFailedError, or PlaceUnknownError for a token that no earlier part had.
    """

    def cameras(self, next_token: str) -> Page[ListedCamera]:
        """Cameras of the stack."""

    def users(self, next_token: str) -> Page[ListedUser]:
        """Users of the stack."""


class Requests(Protocol):
    """What became of requests with an idempotency key. Every method raises AwsBusyError or AwsFailedError."""

    def get(self, key: str) -> RequestRecord | None:
        """What is remembered of the request with this idempotency key."""

    def put(self, record: RequestRecord) -> None:
        """Remembers it."""

    def put_first(self, record: RequestRecord) -> bool:
        """Remembers it, unless the request is remembered already; whether it did."""


class UserRows(Protocol):
    """What the registry keeps of a user beside cameras. Every method raises AwsBusyError or AwsFailedError."""

    def erase(self, user_id: str, *, is_dry: bool) -> Mapping[str, int]:
        """Erases what is under the user's key: "grants", "others". Counts only, if `is_dry`.

        What belongs to links and to cameras that are being added stays: it goes with them.
        """

    def erase_owners(self, user_id: str, linked: Collection[str], next_token: str, *, is_dry: bool) -> Erased:
        """Erases rows that name the user as an owner of other cameras than the `linked`, a part of the table at a time.

        Tells which cameras a removal that was not finished takes from the user.
        """


class Activity(Protocol):
    """The activity table. Every method raises AwsBusyError or AwsFailedError."""

    def erase_camera(self, endpoint_id: str) -> int:
        """Erases all that is kept of a camera; how many sessions were among it."""

    def erase_user_at(self, endpoint_id: str, user_id: str, *, is_dry: bool = False) -> int:
        """Erases what is kept of a user at a camera; how many sessions that are."""

    def erase_user(self, user_id: str, next_token: str, *, is_dry: bool) -> Erased:
        """Erases what names the user anywhere, a part of the table at a time."""
