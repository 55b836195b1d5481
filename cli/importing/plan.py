"""What each row of a file of cameras asks for, judged by the rules of `cameras add`, with nothing written yet."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from camera_skill.camera import Camera, CameraLink
from cli.cameras.adding import check_alexa_takes, check_free
from cli.cameras.features import FEATURES, features_of, with_features
from cli.errors import CommandError
from cli.importing.camera_file import NEEDED, Row
from cli.names import checked_endpoint_id, endpoint_id_of, spaced

MOST_USERS = 1_000
"""Whose cameras are remembered from batch to batch; the registry knows those of the others."""


class Outcome(StrEnum):
    """What became of a row."""

    ADDED = "added"
    SHARED = "shared"
    ALREADY_THERE = "already_there"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True)
class Plan:
    """What is to become of a row. `rule`: why it is refused, a sentence.

    `link` and `camera` are those to be written; a camera that is to be added has no signaling channel yet.
    """

    row: Row
    outcome: Outcome
    link: CameraLink
    camera: Camera
    rule: str = ""


class Registered(Protocol):
    """What the registry has."""

    def cameras(self, endpoint_ids: Collection[str]) -> Mapping[str, Camera | CommandError]:
        """Those of these cameras that there are; in place of one that cannot be read, why."""

    def links(self, user_id: str) -> Iterable[CameraLink]:
        """A user's links."""

    def has_owner(self, endpoint_id: str) -> bool:
        """Whether anybody has this camera."""


UserId = Callable[[str], str]
"""The id of the user with this email or id. Raises: CommandError if there is none."""


@dataclass
class _Owned:
    """A user's cameras, by endpoint id. `seen`: those of the rows so far."""

    links: dict[str, CameraLink]
    seen: set[str] = field(default_factory=set)

    def check_free(self, link: CameraLink) -> None:
        """Raises: CommandError if the user can have no such camera; having this one by this name is right."""
        its = self.links.get(link.endpoint_id)
        if its is None or its.friendly_name != link.friendly_name:
            check_free(self.links.values(), link)


@dataclass(frozen=True)
class _Wish:
    """A row of which each value by itself is right."""

    row: Row
    link: CameraLink
    camera: Camera
    features: Mapping[str, str]
    is_named: bool
    """Whether the row names the endpoint; else it is made of the friendly name."""


class Planner:
    """Plans rows in batches. After each, what it planned has been written, but for what was taken back."""

    def __init__(self, registered: Registered, user_id: UserId, prefix: str, region: str, *, writes: bool) -> None:
        """`prefix`: with which all endpoint ids begin; `writes`: False if nothing of the plans is carried out."""
        self._registered = registered
        self._user_id = user_id
        self._prefix = prefix
        self._region = region
        self._writes = writes
        self._owned: dict[str, _Owned] = {}
        self._new: dict[str, Camera] = {}

    def plan(self, rows: Sequence[Row]) -> list[Plan]:
        """The plans for these rows, in their order."""
        if self._writes:
            self._forget()
        wishes = [self._wish(row) for row in rows]
        ids = {wish.link.endpoint_id for wish in wishes if isinstance(wish, _Wish)}
        known = self._registered.cameras(ids - self._new.keys())
        return [wish if isinstance(wish, Plan) else self._judged(wish, known) for wish in wishes]

    def take_back(self, plan: Plan) -> None:
        """The row was refused when it was to be carried out."""
        owned = self._owned[plan.link.user_id]
        del owned.links[plan.link.endpoint_id]
        owned.seen.discard(plan.link.endpoint_id)

    def _forget(self) -> None:
        self._new.clear()
        for user_id in list(self._owned)[:-MOST_USERS]:
            del self._owned[user_id]

    def _wish(self, row: Row) -> _Wish | Plan:
        try:
            _check_values(row)
            name = spaced(row.values["friendly_name"])
            user_id = self._user_id(row.values["user"])
            named = row.values.get("endpoint_id")
            endpoint_id = checked_endpoint_id(named, self._prefix) if named else endpoint_id_of(name, self._prefix)
            features = {feature: row.values[feature] for feature in FEATURES if feature in row.values}
            camera = with_features(Camera(endpoint_id, "", self._region, ""), features)
            link = CameraLink(user_id, endpoint_id, name)
            check_alexa_takes([link], camera)
        except CommandError as error:
            return refusal(row, str(error))
        return _Wish(row, link, camera, features, is_named=bool(named))

    def _judged(self, wish: _Wish, known: Mapping[str, Camera | CommandError]) -> Plan:
        row, link, endpoint_id = wish.row, wish.link, wish.link.endpoint_id
        owned = self._cameras_of(link.user_id)
        there = self._new.get(endpoint_id) or known.get(endpoint_id)
        try:
            camera = _agreed(wish, there) if there else wish.camera
            owned.check_free(link)
            if there and not wish.is_named and endpoint_id not in owned.links:
                self._check_without_owner(link)
        except CommandError as error:
            return Plan(row, Outcome.REFUSED, link, wish.camera, str(error))
        if there and endpoint_id in owned.links:
            outcome = Outcome.REPEATED if endpoint_id in owned.seen else Outcome.ALREADY_THERE
        else:
            outcome = Outcome.SHARED if there else Outcome.ADDED
            owned.links[endpoint_id] = link
        owned.seen.add(endpoint_id)
        if outcome is Outcome.ADDED:
            self._new[endpoint_id] = camera
        return Plan(row, outcome, link, camera)

    def _check_without_owner(self, link: CameraLink) -> None:
        """Raises: CommandError if an endpoint id that was made of a name is another user's camera."""
        if link.endpoint_id in self._new or self._registered.has_owner(link.endpoint_id):
            raise CommandError(
                f"“{link.friendly_name}” would be {link.endpoint_id}, which is another customer's camera: name that "
                "one in the column endpoint_id to share it, or a new one."
            )

    def _cameras_of(self, user_id: str) -> _Owned:
        if user_id not in self._owned:
            self._owned[user_id] = _Owned({link.endpoint_id: link for link in self._registered.links(user_id)})
        return self._owned[user_id]


def _check_values(row: Row) -> None:
    """Raises: CommandError if the row cannot be read, or lacks what every row needs."""
    if row.defect:
        raise CommandError(row.defect)
    if missing := [name for name in NEEDED if name not in row.values]:
        raise CommandError(f"The row has no {' and no '.join(missing)}.")


def _agreed(wish: _Wish, there: Camera | CommandError) -> Camera:
    """The camera that there is. Raises: CommandError if it cannot be read, or the row says otherwise of it."""
    if isinstance(there, CommandError):
        raise there
    old, new = features_of(there), features_of(with_features(there, wish.features))
    differing = [f"{name} {_cell(old[name])}" for name in wish.features if old[name] != new[name]]
    if differing:
        raise CommandError(
            f"Endpoint {there.endpoint_id} is a camera already, with {', '.join(differing)}: leave these columns "
            "empty, or change the camera for all who have it with `camera-skill cameras set`."
        )
    return there


def refusal(row: Row, rule: str) -> Plan:
    """The plan for a row of which even the values are wrong."""
    nothing = CameraLink("", "", ""), Camera("", "", "", "")
    return Plan(row, Outcome.REFUSED, *nothing, rule)


def _cell(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"“{value}”"
