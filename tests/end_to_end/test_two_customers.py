"""Two customers and a camera that goes from one to nobody, or to the other: real media, real events, a real template.

The first camera stays on the wall: it is a program of its own, as at a customer's house, which nobody unplugs. Its
picture shows its name, so that it tells whose video somebody sees.
"""

import asyncio
import json
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator.echo_show import AlexaError, EchoShow
from tests.end_to_end.conftest import RunningWorld, channel_of
from tests.support.alexa_schema import checked
from tests.support.world_process import wait_until

pytestmark = [pytest.mark.world, pytest.mark.long, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]
FEATURES = ("--doorbell", "--motion")
HAPPENINGS = {"DoorbellPress", "ChangeReport"}
HERS, HIS = "Anns wall", "Bens wall"
"""What the pictures show."""


@dataclass
class Customer:
    """A customer who is linked with Alexa."""

    world: RunningWorld
    email: str
    token: str
    user_id: str

    def cameras(self) -> dict[str, str]:
        """What Alexa discovers: names by endpoint id."""
        endpoints = asyncio.run(self._echo().discover())
        return {one["endpointId"]: one["friendlyName"] for one in endpoints}

    def sees(self, endpoint_id: str, picture: str = "") -> str:
        """The picture that is on the Echo Show, which must be this one; else the error that Alexa gets."""

        async def look() -> str:
            echo = self._echo()
            await echo.discover()
            showing = await echo.show(endpoint_id, frames=5, camera_name=picture or "no picture")
            assert len(showing.frames) >= 5
            return picture

        try:
            return asyncio.run(look())
        except AlexaError as error:
            return error.type

    def _echo(self) -> EchoShow:
        async def invoke(directive: dict[str, Any]) -> dict[str, Any]:
            return checked(await asyncio.to_thread(self.world.invoke, directive))

        return EchoShow(invoke, self.token)


def control(world: RunningWorld, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    request = urllib.request.Request(  # noqa: S310 - the world's own URL
        world.content["control_url"] + path,
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - the same
        return json.load(response)


class Wall:
    """A camera that nobody unplugs: it knows its channel and its thing, and nothing of endpoint ids."""

    def __init__(self, world: RunningWorld, row: dict[str, Any], name: str) -> None:
        self.world = world
        self.id = f"wall-{uuid.uuid4().hex[:8]}"
        names = {"channel_name": row["channel_arn"].split("/")[1], "thing_name": row["thing_name"]}
        started = control(world, "POST", "/cameras", {"endpoint_id": self.id, "friendly_name": name, **names})
        assert started["state"] == "connected"

    def publish(self, kind: str, event: dict[str, Any]) -> str:
        """Has something happen before it, and waits until the functions are done with it; what Alexa was told."""
        before = time.time()
        last = max((one["number"] for one in control(self.world, "GET", "/alexa/events")["events"]), default=0)
        event_id = str(control(self.world, "POST", f"/cameras/{self.id}/events/{kind}", event)["id"])
        lines: list[dict[str, Any]] = []

        def is_done() -> bool:
            found = [
                json.loads(line) for line in self.world.log(before) if event_id in line and "event_outcome" in line
            ]
            lines.extend(found)
            return bool(found)

        wait_until(is_done, 30)
        told = control(self.world, "GET", f"/alexa/events?since={last}&wait=0")["events"]
        # What was taken from somebody a moment before may be reported just now.
        whom = [str(one["user_id"]) for one in told if one["status"] == 202 and one["name"] in HAPPENINGS]
        return " ".join([str(lines[-1]["event_outcome"]), *whom])

    def ring(self) -> str:
        return self.publish("doorbell", {})

    def move(self) -> str:
        return self.publish("motion", {"detected": True})

    def close(self) -> None:
        control(self.world, "DELETE", f"/cameras/{self.id}")


@pytest.fixture
def walls() -> Iterator[list[Wall]]:
    started: list[Wall] = []
    yield started
    for wall in started:
        wall.close()


@pytest.fixture
def customers(world: RunningWorld) -> Iterator[Callable[[str], Customer]]:
    """Makes customers, who are gone afterwards."""
    made: list[Customer] = []

    def make(name: str) -> Customer:
        email = f"{name}-{uuid.uuid4().hex[:8]}@example.com"
        assert world.run("users", "add", email).exit_code == 0
        assert world.run("login", "--as", email).exit_code == 0
        account = world.content["account"]
        made.append(Customer(world, email, account["access_token"], account["user_id"]))
        return made[-1]

    yield make
    for customer in made:
        world.run("users", "remove", customer.email, "--yes")
    assert world.run("login").exit_code == 0


def add(world: RunningWorld, who: Customer, name: str = "Bedroom") -> dict[str, Any]:
    outcome = world.run("cameras", "add", name, "--user", who.email, *FEATURES, "--json")
    assert outcome.exit_code == 0, outcome
    row: dict[str, Any] = outcome.json
    return row


def import_it(world: RunningWorld, who: Customer, folder: Path) -> dict[str, Any]:
    file = folder / f"{uuid.uuid4().hex}.csv"
    file.write_text(f"friendly_name,user,doorbell,motion\nBedroom,{who.email},yes,yes\n")
    for _ in range(2):  # the same file again changes nothing
        outcome = world.run("cameras", "import", file)
        assert outcome.exit_code == 0, outcome
    return row_of(world, who, "Bedroom")


def row_of(world: RunningWorld, who: Customer, name: str) -> dict[str, Any]:
    rows = world.run("cameras", "list", "--user", who.email, "--json").json
    found: list[dict[str, Any]] = [row for row in rows if row["friendly_name"] == name]
    (row,) = found
    return row


WAYS_TO_LOSE_IT: dict[str, Callable[[Customer], tuple[str, ...]]] = {
    "users remove": lambda ann: ("users", "remove", ann.email),
    "users remove, channels kept": lambda ann: ("users", "remove", ann.email, "--keep-channels"),
    "cameras remove": lambda ann: ("cameras", "remove", "Bedroom", "--user", ann.email),
    "cameras remove, channel kept": lambda ann: ("cameras", "remove", "Bedroom", "--user", ann.email, "--keep-channel"),
    "cameras unshare": lambda ann: ("cameras", "unshare", "Bedroom", "--user", ann.email, "--from", ann.email),
}
WAYS_TO_GET_ONE: dict[str, Callable[[RunningWorld, Customer, Path], dict[str, Any]]] = {
    "cameras add": lambda world, ben, _: add(world, ben),
    "cameras import": import_it,
}


@pytest.mark.parametrize("gets", WAYS_TO_GET_ONE)
@pytest.mark.parametrize("loses", WAYS_TO_LOSE_IT)
def test_nobody_sees_or_hears_the_camera_of_another_who_had_the_same_name_for_it(
    world: RunningWorld,
    customers: Callable[[str], Customer],
    walls: list[Wall],
    tmp_path: Path,
    loses: str,
    gets: str,
) -> None:
    ann, ben = customers("ann"), customers("ben")
    hers = add(world, ann)
    walls.append(Wall(world, hers, HERS))
    assert ann.sees(hers["endpoint_id"], HERS) == HERS
    assert walls[0].ring() == f"REPORTED {ann.user_id}"
    assert walls[0].move() == f"REPORTED {ann.user_id}"

    gone = world.run(*WAYS_TO_LOSE_IT[loses](ann), "--yes")
    assert gone.exit_code == 0, gone
    assert walls[0].ring() == "REFUSED"
    his = WAYS_TO_GET_ONE[gets](world, ben, tmp_path)
    assert {his[part] for part in ("endpoint_id", "channel_arn", "thing_name")}.isdisjoint(hers.values())
    assert ben.cameras() == {his["endpoint_id"]: "Bedroom"}
    assert ben.sees(his["endpoint_id"]) == "ENDPOINT_UNREACHABLE"  # his own is not on the wall yet
    assert (walls[0].ring(), walls[0].move()) == ("REFUSED", "REFUSED")

    walls.append(Wall(world, his, HIS))
    assert ben.sees(his["endpoint_id"], HIS) == HIS
    assert ben.sees(hers["endpoint_id"]) == "NO_SUCH_ENDPOINT"
    assert walls[1].ring() == f"REPORTED {ben.user_id}"
    assert walls[0].ring() == "REFUSED"
    if "users" not in loses:
        assert ann.cameras() == {}
        assert {ann.sees(one["endpoint_id"]) for one in (hers, his)} == {"NO_SUCH_ENDPOINT"}


def test_a_shared_camera_is_seen_and_heard_by_those_who_have_it_under_the_names_that_they_gave_it(
    world: RunningWorld, customers: Callable[[str], Customer], walls: list[Wall]
) -> None:
    ann, ben = customers("ann"), customers("ben")
    hers, his = add(world, ann), add(world, ben)
    walls += [Wall(world, hers, HERS), Wall(world, his, HIS)]
    share = world.run("cameras", "share", "Bedroom", "--user", ann.email, "--with", ben.email)
    assert "already has a camera “Bedroom”" in share.sentence
    share = world.run(
        *("cameras", "share", "Bedroom", "--user", ann.email, "--with", ben.email, "--as", "Anns Bedroom")
    )
    assert share.exit_code == 0, share
    assert ben.cameras() == {hers["endpoint_id"]: "Anns Bedroom", his["endpoint_id"]: "Bedroom"}
    assert [ben.sees(hers["endpoint_id"], HERS), ben.sees(his["endpoint_id"], HIS)] == [HERS, HIS]
    both = sorted([ann.user_id, ben.user_id])
    assert sorted(walls[0].ring().split()[1:]) == both
    assert walls[1].ring() == f"REPORTED {ben.user_id}"

    rename = world.run("cameras", "rename", "Bedroom", "Den", "--user", ann.email)
    assert rename.exit_code == 0, rename
    assert ben.cameras()[hers["endpoint_id"]] == "Anns Bedroom"
    unshare = world.run("cameras", "unshare", "Den", "--user", ann.email, "--from", ann.email, "--yes")
    assert unshare.exit_code == 0, unshare
    assert (ann.cameras(), ann.sees(hers["endpoint_id"])) == ({}, "NO_SUCH_ENDPOINT")
    assert ben.sees(hers["endpoint_id"], HERS) == HERS
    assert walls[0].ring() == f"REPORTED {ben.user_id}"
    erased = world.run("users", "remove", ben.email, "--yes")
    assert erased.exit_code == 0, erased
    assert (walls[0].ring(), walls[1].ring()) == ("REFUSED", "REFUSED")
    again = add(world, ann)
    assert again["endpoint_id"] not in {hers["endpoint_id"], his["endpoint_id"]}
    assert ann.sees(again["endpoint_id"]) == "ENDPOINT_UNREACHABLE"
    assert again["channel_arn"].split("/")[1] == channel_of(again["endpoint_id"])
