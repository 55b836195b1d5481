"""Requests to the registry function that meet: one waits at a write while others are carried out."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from camera_skill.adapters import items, tables
from camera_skill.adapters.connections import FreshClient
from camera_skill.budget import Budget
from camera_skill.errors import CameraNotFoundError
from camera_skill.registry.refusals import Code
from tests.support.registry_function import RequestError
from tests.support.registry_gate import Gate, HangUpError, Point
from tests.support.registry_house import House, MakeHouse, Request

ANN, BOB, EVE = "customer-0001", "customer-0002", "customer-0005"


@pytest.fixture
def house(make_house: MakeHouse) -> Iterator[House]:
    one = make_house()
    yield one
    one.close()


def meanwhile(house: House, gate: Gate, request: Request, where: Point, act: Callable[[], object]) -> dict[str, Any]:
    """The response to a request that waits at a point until the act is done."""
    acted: list[Point] = []

    def wait(point: Point) -> None:
        if point == where and not acted:
            acted.append(point)
            act()

    with gate.told(wait):
        response = house.ask(request)
    assert acted, "the request never came there"
    assert response is not None
    return response


@contextmanager
def killed(house: House, gate: Gate, where: Point) -> Iterator[None]:
    """The function ends at a point."""

    def kill(point: Point) -> None:
        if point == where:
            house.instances.kill()
            raise HangUpError

    with gate.told(kill):
        yield


def code_of(house: House, operation: str, **request: Any) -> str:  # noqa: ANN401 - JSON of any form
    """With which error the function refuses a request."""
    with pytest.raises(RequestError) as caught:
        house.direct(operation, **request)
    return caught.value.code


def test_a_removal_that_comes_late_takes_no_claim_of_the_next_camera(house: House, gate: Gate) -> None:
    takeover = {"channel_arn": house.arn, "thing_name": house.thing, "external_id": "7"}
    first = house.direct.add(ANN, "Door", **takeover)
    remove = {"operation": "RemoveCamera", "endpoint_id": first}

    def next_owner() -> None:
        house.direct("RemoveCamera", endpoint_id=first)
        house.direct.add(BOB, "Door", **takeover)

    meanwhile(house, gate, remove, Point("TransactWriteItems", 2, "before"), next_owner)
    assert house.state()["claims"] == ["CHANNEL", "EXTERNAL", "THING"]
    assert code_of(house, "AddCamera", user_id=EVE, friendly_name="Door", **takeover) == Code.CHANNEL_TAKEN
    (camera,) = house.direct("ListCameras", user_id=BOB)["cameras"]
    assert camera["channel_arn"] == house.arn


def test_the_camera_stays_when_it_is_shared_while_its_owners_are_read(house: House) -> None:
    """A Query may see a transaction's new version of the camera before it sees its new owner."""
    endpoint_id = house.direct.add(ANN, "Door")
    house.direct("ShareCamera", endpoint_id=endpoint_id, user_id=BOB, friendly_name="Door")
    key = items.owner_key(endpoint_id, BOB)
    table = house.tables[0]
    owner = house.dynamodb.get_item(TableName=table, Key=key)["Item"]
    house.dynamodb.delete_item(TableName=table, Key=key)
    late = threading.Timer(0.15, lambda: house.dynamodb.put_item(TableName=table, Item=owner))
    late.start()
    left = house.direct("UnshareCamera", endpoint_id=endpoint_id, user_id=ANN)
    late.join()
    assert (left["other_owners"], "removed" in left) == (1, False)
    assert house.direct("ListCameras", user_id=BOB)["cameras"][0]["endpoint_id"] == endpoint_id


def test_nobody_can_use_a_camera_of_many_from_the_moment_its_removal_begins(house: House, gate: Gate) -> None:
    endpoint_id = house.direct.add(ANN, "Door")
    people = [f"customer-{number}" for number in range(39)]
    for one in people:
        house.direct("ShareCamera", endpoint_id=endpoint_id, user_id=one, friendly_name="Door")
    request = {"operation": "RemoveCamera", "endpoint_id": endpoint_id, "idempotency_key": "key"}
    with killed(house, gate, Point("TransactWriteItems", 1, "after")):
        assert house.ask(request) is None
    registry = tables.Registry(FreshClient(house.dynamodb), *house.tables)
    for one in (ANN, *people):
        with pytest.raises(CameraNotFoundError):
            registry.owned(one, endpoint_id, Budget(5.0))
        assert registry.cameras_of(one).cameras == ()
    response = house.insist(request)
    assert {one["user_id"] for one in response["taken_from"]} == {ANN, *people}
    assert house.items() == []


@pytest.mark.parametrize(
    ("operation", "names"),
    [
        ("UnshareCamera", ("endpoint_id", "user_id")),
        ("RemoveCamera", ("endpoint_id",)),
        ("ErasePerson", ("user_id",)),
    ],
)
def test_a_removal_that_was_cut_off_goes_on_whoever_asks_for_it(
    house: House, gate: Gate, operation: str, names: tuple[str, ...]
) -> None:
    known = {"endpoint_id": house.direct.add(ANN, "Door"), "user_id": ANN}
    house.certify(known["endpoint_id"])
    begun = {"operation": "UnshareCamera", **known, "idempotency_key": "key"}
    with killed(house, gate, Point("TransactWriteItems", 1, "after")):
        assert house.ask(begun) is None
    request = {"operation": operation, **{name: known[name] for name in names}}
    dry = house.direct(**request, dry_run=True)
    result = house.direct(**request)
    (ended,) = result.get("cameras", [result])
    (planned,) = dry.get("cameras", [dry])
    taken = [{"user_id": ANN, "friendly_name": "Door"}]
    assert planned["taken_from"] == ended["taken_from"] == taken
    assert planned["removed"]["channel"] == ended["removed"]["channel"] == "DELETED"
    assert house.items() == []
    assert house.state()["certificates"] == ["INACTIVE"]
    if operation != "ErasePerson":  # which erases what was begun, too
        assert house.insist(begun)["taken_from"] == taken


def test_an_erasure_leaves_the_removals_of_others_alone(house: House, gate: Gate) -> None:
    endpoint_id = house.direct.add(ANN, "Door")
    with killed(house, gate, Point("TransactWriteItems", 1, "after")):
        assert house.ask({"operation": "RemoveCamera", "endpoint_id": endpoint_id}) is None
    before = house.items()
    erased = house.direct("ErasePerson", user_id=BOB)
    assert erased["cameras"] == []
    assert house.items() == before


def test_a_name_is_free_again_when_it_was_given_while_the_camera_was_removed(house: House, gate: Gate) -> None:
    endpoint_id = house.direct.add(ANN, "Door")
    remove = {"operation": "RemoveCamera", "endpoint_id": endpoint_id}
    rename = {"endpoint_id": endpoint_id, "user_id": ANN, "friendly_name": "Gate"}
    point = Point("TransactWriteItems", 1, "before")
    response = meanwhile(house, gate, remove, point, lambda: house.direct("RenameCamera", **rename))
    assert [one["friendly_name"] for one in response["result"]["taken_from"]] == ["Gate"]
    assert house.items() == []
    assert house.direct.add(ANN, "Gate")


def test_nothing_is_left_of_a_camera_that_lost_its_name_to_another(house: House, gate: Gate) -> None:
    request = {"operation": "AddCamera", "user_id": ANN, "friendly_name": "Door", "external_id": "7"}
    point = Point("TransactWriteItems", 1, "before")
    response = meanwhile(house, gate, request, point, lambda: house.direct.add(ANN, "Door"))
    assert response["error"]["code"] == Code.NAME_TAKEN
    state = house.state()
    assert (state["begun"], state["channels of no camera"], state["things of no camera"]) == (0, 0, 0)


def test_nothing_is_left_of_an_addition_that_lost_and_was_killed_while_it_cleared_up(house: House, gate: Gate) -> None:
    request = {"operation": "AddCamera", "user_id": ANN, "friendly_name": "Door", "external_id": "7"}
    points: list[Point] = []

    def steal_and_kill(point: Point) -> None:
        points.append(point)
        if point == Point("TransactWriteItems", 1, "before"):
            house.direct.add(ANN, "Door")
        if point == Point("UpdateItem", 1, "after"):  # it is given up, and its channel is still there
            house.instances.kill()
            raise HangUpError

    with gate.told(steal_and_kill):
        assert house.ask(request) is None, points
    assert house.state()["channels of no camera"] == 1
    again = house.ask({**request, "friendly_name": "Gate"})
    assert again is not None
    assert "camera" in again["result"]
    state = house.state()
    assert (len(state["cameras"]), state["begun"], state["channels of no camera"]) == (2, 0, 0)


def test_a_person_who_is_erased_gets_no_camera_that_was_being_added(house: House, gate: Gate) -> None:
    request = {"operation": "AddCamera", "user_id": ANN, "friendly_name": "Door"}
    point = Point("TransactWriteItems", 1, "before")
    response = meanwhile(house, gate, request, point, lambda: house.direct("ErasePerson", user_id=ANN))
    assert response["error"]["code"] == Code.CONFLICT
    assert house.items() == []
    state = house.state()
    assert (state["channels of no camera"], state["things of no camera"]) == (0, 0)


def test_a_camera_that_was_just_added_keeps_its_name_when_its_user_is_erased_meanwhile(
    house: House, gate: Gate
) -> None:
    request = {"operation": "ErasePerson", "user_id": ANN}
    house.direct.add(ANN, "Gate")
    point = Point("TransactWriteItems", 2, "after")  # its camera is gone, and names are next
    meanwhile(house, gate, request, point, lambda: house.direct.add(ANN, "Door"))
    state = house.state()
    assert state["names of no camera"] == []
    assert len(state["names"]) == len(state["cameras"])


def test_an_idempotency_key_is_forgotten_after_its_day_though_the_table_still_has_it(house: House) -> None:
    request = {"operation": "AddCamera", "user_id": ANN, "friendly_name": "Door", "idempotency_key": "order-1"}
    first = house.insist(request)["camera"]["endpoint_id"]
    house.direct("RemoveCamera", endpoint_id=first)
    house.dynamodb.update_item(
        TableName=house.tables[1],
        Key=items.request_key("order-1"),
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 60)}},
    )
    second = house.insist(request)["camera"]["endpoint_id"]
    assert second != first
    assert house.insist(request)["camera"]["endpoint_id"] == second
    assert [one["endpoint_id"] for one in house.direct("ListCameras")["cameras"]] == [second]


def test_a_response_that_names_a_person_goes_when_the_person_is_erased(house: House) -> None:
    endpoint_id = house.direct.add(ANN, "Annas Door")
    house.direct("ShareCamera", endpoint_id=endpoint_id, user_id=BOB, friendly_name="Bobs Door")
    house.direct("RemoveCamera", endpoint_id=endpoint_id, idempotency_key="order-1")
    house.direct("ErasePerson", user_id=BOB)
    left = house.dynamodb.scan(TableName=house.tables[1])["Items"]
    assert BOB not in str(left)
    assert "Bobs Door" not in str(left)
