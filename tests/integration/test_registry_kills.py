"""The registry function, killed at each write, throttled, and asked more than once: nothing is lost, or there twice."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conftest import SOAK
from tests.support.lambda_endpoint import Instances
from tests.support.registry_gate import Gate, HangUpError, Point
from tests.support.registry_house import House, MakeHouse, Request

ANN, BOB, EVE = "customer-0001", "customer-0002", "customer-0005"
SAMPLE_OF_EACH = 9
"""Without SOAK, every so manieth point."""

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1_200 if SOAK else 240)]


@contextmanager
def prepared(
    make: Callable[[], House], prepare: Callable[[House], Request], key: str = ""
) -> Iterator[tuple[House, Request]]:
    """A house where Eve has a camera that nothing concerns, and the request for a scenario."""
    house = make()
    try:
        house.direct.add(EVE, "Door", external_id="eve")
        request = prepare(house)
        if request["operation"] not in {"ImportCameras", "ErasePerson"}:
            request["idempotency_key"] = key or "key"
        yield house, request
    finally:
        house.close()


def add(_: House) -> Request:
    return {"operation": "AddCamera", "user_id": ANN, "friendly_name": "Door"}


def take_over(house: House) -> Request:
    return {**add(house), "channel_arn": house.arn, "thing_name": house.thing, "external_id": "7"}


def share(house: House) -> Request:
    return {
        "operation": "ShareCamera",
        "endpoint_id": house.direct.add(ANN, "Door"),
        "user_id": BOB,
        "friendly_name": "Gate",
    }


def rename(house: House) -> Request:
    return {
        "operation": "RenameCamera",
        "endpoint_id": house.direct.add(ANN, "Door"),
        "user_id": ANN,
        "friendly_name": "Gate",
    }


def change(house: House) -> Request:
    return {
        "operation": "ChangeCamera",
        "endpoint_id": house.direct.add(ANN, "Door"),
        "features": {"power": "battery"},
    }


def remove(house: House) -> Request:
    request = share(house)
    house.direct(**request)
    house.certify(request["endpoint_id"])
    return {"operation": "RemoveCamera", "endpoint_id": request["endpoint_id"]}


def unshare_of_the_last(house: House) -> Request:
    endpoint_id = house.direct.add(ANN, "Door")
    house.certify(endpoint_id)
    return {"operation": "UnshareCamera", "endpoint_id": endpoint_id, "user_id": ANN}


def remove_and_keep(house: House) -> Request:
    return {**unshare_of_the_last(house), "keep_channel": True}


def erase(house: House) -> Request:
    house.certify(house.direct.add(ANN, "Door"))
    bobs = house.direct.add(BOB, "Gate")
    house.direct("ShareCamera", endpoint_id=bobs, user_id=ANN, friendly_name="Bobs Gate")
    return {"operation": "ErasePerson", "user_id": ANN}


def import_rows(house: House) -> Request:
    rows = [
        {"user_id": ANN, "friendly_name": "Door"},
        {"user_id": ANN, "friendly_name": "Gate", "channel_arn": house.arn, "thing_name": house.thing},
        {"user_id": BOB, "friendly_name": "Gate", "external_id": "2", "features": {"power": "battery"}},
        {"user_id": ANN, "friendly_name": "Bobs Gate", "external_id": "2", "share": True},
    ]
    return {"operation": "ImportCameras", "rows": rows}


SCENARIOS = [add, take_over, share, rename, change, remove, unshare_of_the_last, remove_and_keep, erase, import_rows]


def check_outcome(request: Request, result: dict[str, Any]) -> None:
    for row in result.get("rows", ()):
        assert row["outcome"] in {"ADDED", "SHARED", "ALREADY_THERE"}, (request, row)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_all_is_as_if_nothing_had_happened_when_the_function_is_killed_at_a_write_and_asked_again(
    make_house: MakeHouse, gate: Gate, scenario: Callable[[House], Request]
) -> None:
    points: list[Point] = []
    with prepared(make_house, scenario) as (house, request), gate.told(points.append):
        house.insist(request)
        expected = house.state()
        assert expected["begun"] == expected["channels of no camera"] - 1 * (scenario is remove_and_keep) == 0
    points = [Point(name, number, side) for name, number, side in dict.fromkeys(points)]
    assert len(points) >= 2
    # Not each of them in a sample, but others for each scenario.
    offset = SCENARIOS.index(scenario)
    chosen = points if SOAK else points[offset % SAMPLE_OF_EACH % len(points) :: SAMPLE_OF_EACH]
    for point in chosen:
        with prepared(make_house, scenario) as (house, request):

            def kill(reached: Point, where: Point = point, what: Instances = house.instances) -> None:
                if reached == where:
                    what.kill()
                    raise HangUpError

            with gate.told(kill):
                first = house.ask(request)
            assert first is None, (point, first)  # it was killed
            result = house.insist(request)
            check_outcome(request, result)
            assert house.state() == expected, point
            again = house.insist(request)
            if "idempotency_key" in request:
                assert again == result, point
            assert house.state() == expected, point


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_all_is_done_once_when_the_tables_are_throttled_and_replies_are_lost(
    make_house: MakeHouse, gate: Gate, scenario: Callable[[House], Request]
) -> None:
    with prepared(make_house, scenario) as (house, request):
        house.insist(request)
        expected = house.state()
    for seed in range(12 if SOAK else 2):
        chance = random.Random(seed)  # noqa: S311 - which calls fail

        def lose(_: Point, chance: random.Random = chance) -> None:
            if chance.random() < 0.15:
                raise HangUpError

        with prepared(make_house, scenario) as (house, request):
            gate.throttles = lambda _, chance=chance: chance.random() < 0.35  # type: ignore[misc]
            try:
                with gate.told(lose):
                    check_outcome(request, house.insist(request))
            finally:
                gate.throttles = lambda _: False
            assert house.state() == expected, seed


def test_every_row_is_there_once_when_two_import_one_file_at_once(make_house: MakeHouse) -> None:
    house = make_house()
    try:
        rows = [
            *import_rows(house)["rows"],
            *({"user_id": f"customer-{one % 7}", "friendly_name": f"Camera {one}"} for one in range(60)),
            *(
                {
                    "user_id": f"customer-{one % 7 + 10}",
                    "friendly_name": f"Hall {one}",
                    "external_id": f"x{one}",
                    "share": True,
                }
                for one in (*range(10), *range(10))
            ),
        ]
        request = {"operation": "ImportCameras", "rows": rows}
        results: list[dict[str, Any]] = []
        threads = [threading.Thread(target=lambda: results.append(house.insist(request))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert len(results) == 3
        for result in results:
            assert [row for row in result["rows"] if row["outcome"] not in {"ADDED", "SHARED", "ALREADY_THERE"}] == []
        state = house.state()
        assert state["begun"] == state["channels of no camera"] == state["things of no camera"] == 0
        assert len([one for one in house.items() if one["sk"]["S"] == "CAMERA"]) == len(state["cameras"])
        ids = [[row.get("endpoint_id") for row in result["rows"]] for result in results]
        assert ids[0] == ids[1] == ids[2]
        assert len(state["cameras"]) == 3 + 60 + 10
    finally:
        house.close()
