"""What is planned for rows of cameras: by what is registered, and by the rows before."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from camera_skill.camera import Camera, CameraLink, TwoWayAudio
from cli.errors import CommandError
from cli.importing.camera_file import Row
from cli.importing.plan import Outcome, Plan, Planner

ADDED, SHARED, THERE = Outcome.ADDED, Outcome.SHARED, Outcome.ALREADY_THERE
REPEATED, REFUSED = Outcome.REPEATED, Outcome.REFUSED


@dataclass
class Registry:
    known: dict[str, Camera | CommandError] = field(default_factory=dict)
    owned: dict[str, list[CameraLink]] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)

    def add(self, link: CameraLink, camera: Camera) -> None:
        self.known.setdefault(camera.endpoint_id, camera)
        self.owned.setdefault(link.user_id, []).append(link)

    def cameras(self, endpoint_ids: Collection[str]) -> Mapping[str, Camera | CommandError]:
        self.reads += sorted(endpoint_ids)
        return {name: self.known[name] for name in endpoint_ids if name in self.known}

    def links(self, user_id: str) -> Iterable[CameraLink]:
        self.reads.append(user_id)
        return self.owned.get(user_id, [])

    def has_owner(self, endpoint_id: str) -> bool:
        return any(link.endpoint_id == endpoint_id for links in self.owned.values() for link in links)


def user_id_of(user: str) -> str:
    if user == "nobody":
        raise CommandError("There is no user nobody.")
    return user.upper()


def planner(registry: Registry, *, writes: bool = True) -> Planner:
    return Planner(registry, user_id_of, "camera-", "us-east-1", writes=writes)


def row(name: str, user: str = "ann", endpoint_id: str = "", **features: str) -> Row:
    values = {"friendly_name": name, "user": user, "endpoint_id": endpoint_id, **features}
    return Row(1, {key: value for key, value in values.items() if value}, [])


def plans(registry: Registry, *rows: Row) -> list[Plan]:
    return planner(registry).plan(rows)


def outcomes(registry: Registry, *rows: Row) -> list[Outcome]:
    return [plan.outcome for plan in plans(registry, *rows)]


def registered(name: str = "Front Door", **features: object) -> Registry:
    """Ann has camera-front-door."""
    registry = Registry()
    camera = Camera("camera-front-door", "arn", "us-east-1", "https://endpoint", **features)  # type: ignore[arg-type]  # any
    registry.add(CameraLink("ANN", "camera-front-door", name), camera)
    return registry


def test_a_camera_is_added_with_its_features_when_nobody_has_it() -> None:
    (plan,) = plans(Registry(), row(" Front  Door ", two_way_audio="half", doorbell="Yes"))
    assert plan.outcome is ADDED
    assert plan.link == CameraLink("ANN", "camera-front-door", "Front Door")
    assert (plan.camera.two_way_audio, plan.camera.is_doorbell) == (TwoWayAudio.HALF_DUPLEX, True)


def test_a_camera_is_shared_when_another_user_has_it() -> None:
    first, second = row("Door", endpoint_id="camera-1", doorbell="yes"), row("Porch", "bob", "camera-1")
    added, shared = plans(Registry(), first, second)
    assert (added.outcome, shared.outcome) == (ADDED, SHARED)
    assert shared.camera == added.camera
    assert outcomes(registered(), row("Porch", "bob", "camera-front-door")) == [SHARED]


def test_nothing_is_left_to_do_when_the_camera_is_there() -> None:
    registry = registered(is_doorbell=True)
    assert outcomes(registry, row("Front Door"), row("Front Door", doorbell="yes")) == [THERE, REPEATED]
    assert registry.reads == ["camera-front-door", "ANN"]


def test_a_row_is_a_repetition_when_it_comes_twice() -> None:
    assert outcomes(Registry(), row("Door"), row("Door"), row("Door")) == [ADDED, REPEATED, REPEATED]


def test_a_camera_is_added_again_when_its_item_is_lost() -> None:
    registry = registered()
    del registry.known["camera-front-door"]
    assert outcomes(registry, row("Front Door")) == [ADDED]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (row("Front Door!"), "has ! in it"),
        (row("x" * 129), "has 129 characters"),
        (row(""), "has no friendly_name"),
        (Row(1, {}, []), "has no friendly_name and no user"),
        (Row(1, {"friendly_name": "Door", "user": "ann"}, [], "The line is no CSV."), "is no CSV"),
        (row("Door", "nobody"), "There is no user nobody"),
        (row("Door", endpoint_id="front"), "does not begin with “camera-”"),
        (row("Door", endpoint_id="camera-ü"), "cannot be an endpoint id"),
        (row("Door", two_way_audio="both"), "takes none or half or full"),
        (row("Door", doorbell="perhaps"), "takes yes or no"),
        (row("Door", model="x" * 129), "has 129 characters"),
        (row("front DOOR", endpoint_id="camera-2"), "There is a camera “Front Door” already"),
        (row("Porch", endpoint_id="camera-front-door"), "is this customer's “Front Door” already"),
        (row("Front Door", motion="yes"), "is a camera already, with motion no"),
        (row("Porch", "bob", "camera-front-door", power="battery"), "is a camera already, with power “mains”"),
        (row("Front Door", "bob"), "would be camera-front-door, which is another customer's camera"),
    ],
)
def test_a_row_is_refused_alone_when_it_breaks_a_rule(bad: Row, rule: str) -> None:
    before, refused, after = plans(registered(), row("Garden"), bad, row("Garage"))
    assert (before.outcome, refused.outcome, after.outcome) == (ADDED, REFUSED, ADDED)
    assert rule in refused.rule


def test_a_row_is_refused_when_rows_before_took_what_it_needs() -> None:
    refused = [
        row("Garden", endpoint_id="camera-2"),  # the name
        row("Garden", "bob"),  # the endpoint that would be made of the name
        row("Lawn", "bob", "camera-garden", motion="no"),  # what the camera can do
        row("Lawn", endpoint_id="camera-garden"),  # the user has it by another name
    ]
    assert outcomes(Registry(), row("Garden", motion="yes"), *refused) == [ADDED, *([REFUSED] * 4)]


def test_a_camera_that_cannot_be_read_is_refused_when_it_is_named() -> None:
    registry = Registry(known={"camera-1": CommandError("It is damaged.")})
    assert [plan.rule for plan in plans(registry, row("Door", endpoint_id="camera-1"))] == ["It is damaged."]


def test_no_more_than_300_cameras_are_planned_when_a_user_has_rows_for_301() -> None:
    registry = registered()
    found = plans(registry, *(row(f"Camera {number}") for number in range(300)), row("Front Door"), row("Door", "bob"))
    assert [plan.outcome for plan in found] == [*([ADDED] * 299), REFUSED, THERE, ADDED]
    assert "Alexa takes 300" in found[299].rule


@pytest.mark.parametrize("writes", [True, False])
def test_rows_of_earlier_batches_count_when_they_were_written_or_would_have_been(writes: bool) -> None:  # noqa: FBT001 - a case
    registry = Registry()
    plan = planner(registry, writes=writes)
    (first,) = plan.plan([row("Door", endpoint_id="camera-1")])
    if writes:
        registry.add(first.link, first.camera)
    later = plan.plan([row("Door", endpoint_id="camera-1"), row("Porch", "bob", "camera-1"), row("Door", doorbell="1")])
    assert [one.outcome for one in later] == [REPEATED, SHARED, REFUSED]


def test_a_row_that_was_not_carried_out_takes_nothing_when_the_next_comes() -> None:
    plan = planner(Registry())
    (first,) = plan.plan([row("Door")])
    plan.take_back(first)
    assert [one.outcome for one in plan.plan([row("Door", endpoint_id="camera-2")])] == [ADDED]
