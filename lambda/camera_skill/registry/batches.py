"""What each row of a batch asks for, judged in order by the rules of a single camera; nothing is written here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from camera_skill.camera import Camera, CameraLink
from camera_skill.registration import Claim, ClaimKind, Registrations
from camera_skill.registry.adding import Adding, Wanted, checked, new_camera
from camera_skill.registry.features import features_of, with_features
from camera_skill.registry.names import check_has_room, check_name_is_free, short, spaced
from camera_skill.registry.refusals import Code, RefusedError
from camera_skill.registry.takeover import claims_of

_CLAIMS = {ClaimKind.CHANNEL: "channel", ClaimKind.THING: "thing", ClaimKind.EXTERNAL_ID: "external id"}
_STAND_IN = "#"
"""With which the stand-in for the endpoint id of a camera begins that is to be added; no endpoint id has it."""


class Outcome(StrEnum):
    """What became of a row."""

    ADDED = "ADDED"
    SHARED = "SHARED"
    ALREADY_THERE = "ALREADY_THERE"
    REFUSED = "REFUSED"
    TRY_AGAIN = "TRY_AGAIN"
    """Nothing is wrong with the row: there was no time for it, or AWS was too busy."""


@dataclass(frozen=True)
class Row:
    """A camera that a user is to have.

    `endpoint_id`: of a camera that is registered. `shares`: the camera may be another user's, and this user gets it,
    too.
    """

    wanted: Wanted
    endpoint_id: str = ""
    shares: bool = False


@dataclass
class Plan:
    """What is to become of a row, and then what became of it."""

    row: Row
    outcome: Outcome
    endpoint_id: str = ""
    refusal: RefusedError | None = None

    @property
    def is_stand_in(self) -> bool:
        """Whether the endpoint id stands for a camera of this batch that is not added yet."""
        return self.endpoint_id.startswith(_STAND_IN)


class Batch:
    """The rows of a request, and what the registry has of what they name."""

    def __init__(self, rows: Sequence[Row], registrations: Registrations, adding: Adding) -> None:
        """Reads what the rows need. Raises: AwsBusyError, AwsFailedError."""
        self._registrations = registrations
        self._adding = adding
        self._rows = rows
        self._holders = dict(registrations.holders({claim for row in rows for claim in row.wanted.claims}))
        self._named = registrations.named({_spoken(row) for row in rows if not (row.endpoint_id or row.wanted.claims)})
        of_row = [{row.endpoint_id, self._named.get(_spoken(row), ""), *self._held(row)} - {""} for row in rows]
        self._cameras = dict(registrations.cameras({name for names in of_row for name in names}))
        owned = {(row.wanted.user_id, name) for row, names in zip(rows, of_row, strict=True) for name in names}
        self._owned = dict(registrations.links_to(owned))
        self._links: dict[str, list[CameraLink]] = {}
        """All links of users: read only for those who get another camera, since a user may have hundreds."""

    def plans(self) -> list[Plan]:
        """The plan of each row, in their order. A row knows of those before it."""
        return [self._judged(number, row) for number, row in enumerate(self._rows)]

    def _held(self, row: Row) -> set[str]:
        return {self._holders[claim] for claim in row.wanted.claims if claim in self._holders}

    def _links_of(self, user_id: str) -> list[CameraLink]:
        """The user's links, those of earlier rows among them."""
        if user_id not in self._links:
            self._links[user_id] = self._registrations.links(user_id)
        return self._links[user_id]

    def _id_by_name(self, row: Row) -> str:
        """The endpoint id of the user's camera of this name, empty if there is none."""
        user_id, name = _spoken(row)
        known = self._owned.get((user_id, self._named.get((user_id, name), "")))
        if known is not None and known.friendly_name.casefold() == name:
            return known.endpoint_id
        links = (link for link in self._links_of(user_id) if link.friendly_name.casefold() == name)
        return next((link.endpoint_id for link in links), "")

    def _link(self, user_id: str, endpoint_id: str) -> CameraLink | None:
        """The user's link to the camera, if there is one."""
        loaded = (link for link in self._links.get(user_id, ()) if link.endpoint_id == endpoint_id)
        return self._owned.get((user_id, endpoint_id)) or next(loaded, None)

    def _camera(self, endpoint_id: str) -> Camera | str | None:
        if endpoint_id not in self._cameras:  # found by the name of a link
            self._cameras.update(self._registrations.cameras([endpoint_id]))
        return self._cameras.get(endpoint_id)

    def _add_link(self, link: CameraLink) -> None:
        self._links_of(link.user_id).append(link)
        self._owned[link.user_id, link.endpoint_id] = link

    def _judged(self, number: int, row: Row) -> Plan:
        try:
            row = replace(row, wanted=checked(row.wanted))
            endpoint_id = self._named_by(row)
            if endpoint_id:
                return self._to_share(row, endpoint_id)
            return self._to_add(row, f"{_STAND_IN}{number}")
        except RefusedError as refusal:
            return Plan(row, Outcome.REFUSED, refusal.endpoint_id, refusal)

    def _named_by(self, row: Row) -> str:
        """The endpoint id of the camera that the row names, empty if there is none yet. Raises: RefusedError."""
        found = self._held(row)
        if row.endpoint_id:
            if row.endpoint_id not in self._cameras:
                raise RefusedError(
                    Code.NO_SUCH_CAMERA,
                    f"There is no camera with the endpoint id {row.endpoint_id}. The stack makes endpoint ids: leave "
                    "the column empty for a new camera, and use external_id for a name of your own.",
                )
            found.add(row.endpoint_id)
        elif not row.wanted.claims:
            return self._id_by_name(row)
        if len(found) > 1:
            raise RefusedError(
                Code.DIFFERENT_CAMERA, f"The row names {len(found)} cameras: {', '.join(sorted(found))}."
            )
        return next(iter(found), "")

    def _to_add(self, row: Row, stand_in: str) -> Plan:
        wanted = row.wanted
        try:
            self._adding.check(wanted, self._links_of(wanted.user_id), self._holders)
        except RefusedError as refusal:
            # The camera of that name may be the row's own, which another request added between two reads.
            if refusal.code is Code.NAME_TAKEN and (found := self._named_meanwhile(row)):
                return self._to_share(row, found)
            raise
        self._add_link(CameraLink(wanted.user_id, stand_in, wanted.friendly_name))
        self._holders.update(dict.fromkeys(wanted.claims, stand_in))
        self._cameras[stand_in] = new_camera(wanted, stand_in)
        return Plan(row, Outcome.ADDED, stand_in)

    def _named_meanwhile(self, row: Row) -> str:
        """The endpoint id of the one camera that has what the row names, read anew; empty if there is none."""
        found = self._registrations.holders(row.wanted.claims)
        names = {*found.values()}
        if len(names) != 1:
            return ""
        self._holders.update(found)
        self._owned.update(self._registrations.links_to([(row.wanted.user_id, name) for name in names]))
        return names.pop()

    def _to_share(self, row: Row, endpoint_id: str) -> Plan:
        wanted = row.wanted
        self._check_agrees(wanted, endpoint_id)
        link = CameraLink(wanted.user_id, endpoint_id, wanted.friendly_name)
        there = self._link(wanted.user_id, endpoint_id)
        if there is not None:
            _check_same_name(there, link)
            return Plan(row, Outcome.ALREADY_THERE, endpoint_id)
        if not row.shares:
            raise _others_camera(wanted.claims, endpoint_id)
        links = self._links_of(wanted.user_id)
        check_name_is_free(links, link)
        check_has_room(links)
        self._add_link(link)
        return Plan(row, Outcome.SHARED, endpoint_id)

    def _check_agrees(self, wanted: Wanted, endpoint_id: str) -> None:
        """Raises: RefusedError if the camera cannot be read, or the row says otherwise of it."""
        there = self._camera(endpoint_id) or "there is a link to it, and no such camera"
        if not isinstance(there, Camera):
            message = f"The camera {endpoint_id} cannot be used: {there}. Remove it first."
            raise RefusedError(Code.CAMERA_DAMAGED, message, endpoint_id)
        has = {claim.kind: claim.value for claim in claims_of(there.channel_arn, there.thing, there.external_id)}
        others = [each for each in wanted.claims if has.get(each.kind) != each.value]
        if others:
            words = " and ".join(f"{_CLAIMS[claim.kind]} {has.get(claim.kind, 'none')}" for claim in others)
            raise RefusedError(
                Code.DIFFERENT_CAMERA,
                f"The camera {_shown(endpoint_id)} is registered already, with {words}. Check the row. To give a "
                "camera another channel or thing, remove it, and add it again.",
                endpoint_id,
            )
        old, new = features_of(there), features_of(with_features(there, wanted.features))
        differing = [f"{name} {_cell(old[name])}" for name in wanted.features if old[name] != new[name]]
        if differing:
            raise RefusedError(
                Code.DIFFERENT_CAMERA,
                f"The camera {_shown(endpoint_id)} is registered already, with {', '.join(differing)}. Leave these "
                "features out, or change the camera for all who have it.",
                endpoint_id,
            )


def _spoken(row: Row) -> tuple[str, str]:
    """User and name, as no two cameras of a user have it."""
    return row.wanted.user_id, spaced(row.wanted.friendly_name).casefold()


def _check_same_name(there: CameraLink, wanted: CameraLink) -> None:
    if there.friendly_name != wanted.friendly_name:
        raise RefusedError(
            Code.ALREADY_OWNER,
            f"The camera {_shown(there.endpoint_id)} is this user's “{short(there.friendly_name)}” already. Rename it "
            "to give it another name.",
            there.endpoint_id,
        )


def _others_camera(claims: Collection[Claim], endpoint_id: str) -> RefusedError:
    what = " and ".join(f"the {_CLAIMS[claim.kind]} {claim.value}" for claim in claims)
    has = f", has {what}" if what else ", has this endpoint id"
    return RefusedError(
        Code.OTHERS_CAMERA,
        f"A camera of another user, {_shown(endpoint_id)}{has}. To give it to this user as well, set share in the row. "
        "To move it, remove it from the other user first.",
        endpoint_id,
    )


def _shown(endpoint_id: str) -> str:
    return "of an earlier row" if endpoint_id.startswith(_STAND_IN) else endpoint_id


def _cell(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"“{value}”"
