"""What is planned for rows of cameras: by what is registered, and by the rows before."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from camera_skill.camera import Camera, CameraLink
from camera_skill.registration import Claim, ClaimKind, Registrations
from camera_skill.registry.adding import Adding, Wanted
from camera_skill.registry.batches import Batch, Outcome, Plan, Row
from camera_skill.registry.refusals import Code
from camera_skill.registry.stack import Stack

ADDED, SHARED, THERE, REFUSED = Outcome.ADDED, Outcome.SHARED, Outcome.ALREADY_THERE, Outcome.REFUSED
ARN = "arn:aws:kinesisvideo:us-east-1:000000000000:channel/SN-1/1700000000000"
FRONT = "frontdoorfrontdoorfrontdo2"


@dataclass
class Registry:
    known: dict[str, Camera | str] = field(default_factory=dict)
    owned: dict[str, list[CameraLink]] = field(default_factory=dict)
    claimed: dict[Claim, str] = field(default_factory=dict)
    keeps_names: bool = True
    queries: list[str] = field(default_factory=list)

    def cameras(self, endpoint_ids: Collection[str]) -> Mapping[str, Camera | str]:
        return {name: self.known[name] for name in endpoint_ids if name in self.known}

    def links(self, user_id: str) -> list[CameraLink]:
        self.queries.append(user_id)
        return list(self.owned.get(user_id, []))

    def links_to(self, owned: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], CameraLink]:
        every = [link for links in self.owned.values() for link in links]
        return {(link.user_id, link.endpoint_id): link for link in every if (link.user_id, link.endpoint_id) in owned}

    def named(self, names: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        if not self.keeps_names:
            return {}
        every = [link for links in self.owned.values() for link in links]
        ids = {(link.user_id, link.friendly_name.casefold()): link.endpoint_id for link in every}
        return {name: ids[name] for name in names if name in ids}

    def holders(self, claims: Iterable[Claim]) -> Mapping[Claim, str]:
        return {claim: self.claimed[claim] for claim in claims if claim in self.claimed}


def row(name: str, user: str = "ann", endpoint_id: str = "", *, share: bool = False, **more: Any) -> Row:  # noqa: ANN401 - as in a request
    names = {each: more.pop(each) for each in ("channel_arn", "thing_name", "external_id") if each in more}
    return Row(Wanted(user, name, features=more, **names), endpoint_id, share)


def plans(registry: Registry, *rows: Row) -> list[Plan]:
    stack = Stack("us-east-1", "000000000000", "camera-skill-", ("SN-*",), ("thing-*",))
    adding = Adding(stack, *cast("tuple[Any, ...]", (None, None, None, None)))
    return Batch(rows, cast("Registrations", registry), adding).plans()


def outcomes(registry: Registry, *rows: Row) -> list[Outcome]:
    return [plan.outcome for plan in plans(registry, *rows)]


def registered(name: str = "Front Door", **features: Any) -> Registry:  # noqa: ANN401 - whatever a Camera has
    """Ann has a camera with the external id SN1 and the channel SN-1."""
    camera = Camera(FRONT, ARN, "us-east-1", "https://endpoint", external_id="SN1", **features)
    claimed = {Claim(ClaimKind.EXTERNAL_ID, "SN1"): FRONT, Claim(ClaimKind.CHANNEL, ARN): FRONT}
    return Registry({FRONT: camera}, {"ann": [CameraLink("ann", FRONT, name)]}, claimed)


def test_a_camera_is_added_with_its_name_as_alexa_takes_it() -> None:
    (plan,) = plans(Registry(), row(" Front  Door ", two_way_audio="half", doorbell=True))
    assert (plan.outcome, plan.is_stand_in, plan.row.wanted.friendly_name) == (ADDED, True, "Front Door")


def test_rows_of_one_camera_share_it_when_they_say_so() -> None:
    first, second = row("Door", external_id="SN2", doorbell=True), row("Porch", "bob", external_id="SN2", share=True)
    added, shared = plans(Registry(), first, second)
    assert (added.outcome, shared.outcome, shared.endpoint_id) == (ADDED, SHARED, added.endpoint_id)
    assert outcomes(Registry(), second, first, row("Door", "bob")) == [
        ADDED,
        REFUSED,
        ADDED,
    ]  # ann's row shares nothing


@pytest.mark.parametrize(
    "named",
    [{"external_id": "SN1"}, {"channel_arn": ARN}, {"external_id": "SN1", "channel_arn": ARN}],
    ids=["external id", "channel", "both"],
)
def test_a_camera_of_another_user_is_taken_by_nobody_who_only_names_it(named: dict[str, Any]) -> None:
    (plan,) = plans(registered(), row("Bedroom", "bob", **named))
    assert plan.refusal is not None
    assert (plan.outcome, plan.refusal.code, plan.refusal.endpoint_id) == (REFUSED, Code.OTHERS_CAMERA, FRONT)
    assert outcomes(registered(), row("Bedroom", "bob", share=True, **named)) == [SHARED]
    (plan,) = plans(registered(), row("Anything", "bob", FRONT))
    assert plan.refusal is not None
    assert plan.refusal.code == Code.OTHERS_CAMERA
    assert outcomes(registered(), row("Anything", "bob", FRONT, share=True)) == [SHARED]


def test_a_name_finds_a_camera_only_among_that_users() -> None:
    there, added = plans(registered(), row("Front Door"), row("Front Door", "bob"))
    assert (there.outcome, there.endpoint_id) == (THERE, FRONT)
    assert (added.outcome, added.is_stand_in) == (ADDED, True)


def test_nothing_is_left_to_do_when_the_camera_is_there() -> None:
    registry = registered(is_doorbell=True)
    rows = row("Front Door"), row("Front Door", external_id="SN1"), row("Front Door", channel_arn=ARN, doorbell=True)
    assert outcomes(registry, *rows) == [THERE, THERE, THERE]
    assert outcomes(Registry(), row("Door"), row("Door"), row("Door")) == [ADDED, THERE, THERE]


def test_all_links_of_a_user_are_read_only_for_another_camera() -> None:
    registry = registered()
    plans(registry, row("Front Door"), row("FRONT  Door"), row("Front Door", external_id="SN1"))
    assert registry.queries == []
    plans(registry, row("Front Door"), row("Garden"), row("Porch"), row("Bedroom", "bob", FRONT, share=True))
    assert sorted(registry.queries) == ["ann", "bob"]


def test_a_name_from_before_names_were_kept_is_found_among_the_links() -> None:
    registry = replace(registered(), keeps_names=False)
    there, added, twice = plans(registry, row("Front Door"), row("Garden"), row("GARDEN"))
    assert (there.outcome, there.endpoint_id) == (THERE, FRONT)
    assert (added.outcome, twice.outcome) == (ADDED, REFUSED)  # the third row has another name for the second's camera


@pytest.mark.parametrize(
    ("bad", "code", "rule"),
    [
        (row("Front Door!"), Code.ALEXA_REFUSES, "has ! in it"),
        (row("x" * 129), Code.ALEXA_REFUSES, "has 129 characters"),
        (row("Door", model="x" * 129), Code.ALEXA_REFUSES, "has 129 characters"),
        (row("Door", two_way_audio="both"), Code.INVALID_FEATURE, "takes none or half or full"),
        (row("Door", endpoint_id="nowhere"), Code.NO_SUCH_CAMERA, "There is no camera with the endpoint id nowhere"),
        (row("front DOOR", external_id="SN2"), Code.NAME_TAKEN, "already has a camera “Front Door”"),
        (row("Porch", endpoint_id=FRONT), Code.ALREADY_OWNER, "is this user's “Front Door” already"),
        (row("Front Door", motion=True), Code.DIFFERENT_CAMERA, "is registered already, with motion no"),
        (row("Porch", "bob", FRONT, power="battery"), Code.DIFFERENT_CAMERA, "with power “mains”"),
        (row("Door", channel_arn=ARN.replace("SN-1", "other")), Code.CHANNEL_FORBIDDEN, "ExistingChannelNames"),
        (row("Door", channel_arn=ARN.replace("000000", "111111")), Code.CHANNEL_FORBIDDEN, "AWS account 111111"),
        (row("Door", channel_arn="SN-1"), Code.NO_SUCH_CHANNEL, "is not the ARN of a signaling channel"),
        (row("Door", thing_name="toaster"), Code.THING_FORBIDDEN, "ExistingThingNames"),
        (row("Door", thing_name="thing 1"), Code.NO_SUCH_THING, "is not the name of a thing"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_a_row_is_refused_alone_when_it_breaks_a_rule(bad: Row, code: Code, rule: str) -> None:
    before, refused, after = plans(registered(), row("Garden"), bad, row("Garage"))
    assert (before.outcome, refused.outcome, after.outcome) == (ADDED, REFUSED, ADDED)
    assert refused.refusal is not None
    assert refused.refusal.code is code
    assert rule in str(refused.refusal)


def test_a_row_is_refused_when_it_names_two_cameras() -> None:
    registry = registered()
    registry.claimed[Claim(ClaimKind.EXTERNAL_ID, "SN2")] = "another"
    (plan,) = plans(registry, row("Door", external_id="SN2", channel_arn=ARN))
    assert plan.refusal is not None
    assert plan.refusal.code is Code.DIFFERENT_CAMERA


def test_a_row_is_refused_when_rows_before_took_what_it_needs() -> None:
    refused = [
        row("Garden", external_id="SN3"),  # the name
        row("Lawn", "bob", external_id="SN2"),  # the camera, of another user
        row("Lawn", "bob", external_id="SN2", share=True, motion=False),  # what the camera can do
        row("Lawn", external_id="SN2"),  # the user has it by another name
    ]
    assert outcomes(Registry(), row("Garden", external_id="SN2", motion=True), *refused) == [ADDED, *([REFUSED] * 4)]


def test_a_camera_that_cannot_be_read_is_refused_when_it_is_named() -> None:
    registry = Registry(known={"damaged": "its item has a power that there is not"})
    (plan,) = plans(registry, row("Door", endpoint_id="damaged"))
    assert "The camera damaged cannot be used: its item has a power that there is not" in str(plan.refusal)


def test_no_more_than_300_cameras_are_planned_when_a_user_has_rows_for_301() -> None:
    found = plans(
        registered(), *(row(f"Camera {number}") for number in range(300)), row("Front Door"), row("Door", "bob")
    )
    assert [plan.outcome for plan in found] == [*([ADDED] * 299), REFUSED, THERE, ADDED]
    assert "Alexa takes at most 300" in str(found[299].refusal)


def test_a_row_finds_its_own_camera_when_another_request_adds_it_between_two_reads() -> None:
    """Claims are read before links: a camera that comes in between has the row's name, and no claim that is known."""

    class Late(Registry):
        looks = 0

        def holders(self, claims: Iterable[Claim]) -> Mapping[Claim, str]:
            self.looks += 1
            return {} if self.looks == 1 else super().holders(claims)

    known = registered()
    late = Late(known.known, known.owned, known.claimed)
    (plan,) = plans(late, row("Front Door", external_id="SN1"))
    assert (plan.outcome, plan.endpoint_id) == (THERE, FRONT)
    other = Late(known.known, known.owned, known.claimed)
    (plan,) = plans(other, row("Front Door", external_id="SN2"))
    assert plan.refusal is not None
    assert plan.refusal.code == Code.NAME_TAKEN
