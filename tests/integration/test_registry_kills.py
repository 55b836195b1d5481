"""The registry function, killed at each write, throttled, and asked more than once: nothing is lost, or there twice."""

import json
import random
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from simulator.local_aws import LocalAws
from simulator.signaling import SignalingService
from tests.conftest import SOAK
from tests.support.lambda_endpoint import Instances
from tests.support.registry_function import MODULE, RegistryFunction, checked, environment_of
from tests.support.registry_gate import Gate, HangUpError, Point
from tests.support.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ANN, BOB, EVE = "customer-0001", "customer-0002", "customer-0005"
SAMPLE_OF_EACH = 9
"""Without SOAK, every so manieth point."""
ATTEMPTS = 8

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1_200 if SOAK else 240)]
Request = dict[str, Any]


@dataclass
class House:
    """A registry with tables and names of its own, the function in processes, and a look at all that it made."""

    aws: LocalAws
    session: boto3.Session
    dynamodb: "DynamoDBClient"
    signaling: SignalingService
    gate: Gate
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:10])
    certificates: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tables = f"registry-{self.name}", f"activity-{self.name}"
        self.prefix = f"{self.name}-"
        create_tables(self.dynamodb, *self.tables)
        values = environment_of(self.aws.url, self.signaling, self.tables, stack=self.name, prefix=self.prefix)
        self.direct = RegistryFunction(values)
        """Without anything in between, to prepare and to look."""
        urls = {"AWS_ENDPOINT_URL": self.gate.url, "AWS_ENDPOINT_URL_KINESIS_VIDEO": self.gate.kinesis_video_url}
        self.instances = Instances(MODULE, {**values, **urls})
        self.iot = self.session.client("iot", endpoint_url=self.aws.url)
        self.kvs = self.session.client("kinesisvideo", endpoint_url=self.signaling.control_plane_url)
        self.serial = f"SN-{self.name}"
        self.arn = self.kvs.create_signaling_channel(ChannelName=self.serial)["ChannelARN"]
        self.thing = f"thing-{self.name}"
        self.iot.create_thing(thingName=self.thing)

    def close(self) -> None:
        self.instances.close()
        for table in self.tables:
            self.dynamodb.delete_table(TableName=table)

    def certify(self, endpoint_id: str) -> None:
        """Gives a camera's thing a certificate."""
        certificate = self.iot.create_keys_and_certificate(setAsActive=True)
        thing = self.direct("GetCamera", endpoint_id=endpoint_id)["thing_name"]
        self.iot.attach_thing_principal(thingName=thing, principal=certificate["certificateArn"])
        self.certificates.append(certificate["certificateId"])

    def ask(self, request: Request) -> dict[str, Any] | None:
        """The response; None if the function was killed."""
        response = self.instances.invoke(json.dumps(request))
        return None if response is None else checked(request, response)

    def insist(self, request: Request) -> dict[str, Any]:
        """The result, as a caller gets it who asks again."""
        response: dict[str, Any] | None = None
        for _ in range(ATTEMPTS):
            response = self.ask(request)
            if response is None or response.get("error", {}).get("code") in {"TRY_AGAIN", "CONFLICT"}:
                continue
            rows = response.get("result", {}).get("rows", ())
            if not any(row["outcome"] == "TRY_AGAIN" for row in rows):
                break
        assert response is not None
        assert "result" in response, response
        result: dict[str, Any] = response["result"]
        return result

    def items(self) -> list[dict[str, Any]]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.tables[0])
        return [item for page in pages for item in page["Items"]]

    def state(self) -> dict[str, Any]:
        """All that there is, without names that differ from run to run."""
        items = self.items()
        keys = {(item["pk"]["S"], item["sk"]["S"]): item for item in items}
        cameras = {pk.removeprefix("CAMERA#"): item for (pk, sk), item in keys.items() if sk == "CAMERA"}
        links = {
            (pk.removeprefix("USER#"), sk.removeprefix("CAMERA#"), item["friendly_name"]["S"])
            for (pk, sk), item in keys.items()
            if pk.startswith("USER#") and sk.startswith("CAMERA#")
        }
        owners = {
            (sk.removeprefix("OWNER#"), pk.removeprefix("CAMERA#"), item["friendly_name"]["S"])
            for (pk, sk), item in keys.items()
            if sk.startswith("OWNER#")
        }
        claims = {(pk, item["endpoint_id"]["S"]) for (pk, sk), item in keys.items() if sk == "CLAIM"}
        names = sorted((pk, item["endpoint_id"]["S"]) for (pk, sk), item in keys.items() if sk.startswith("NAME#"))
        channels = [
            info
            for page in self.kvs.get_paginator("list_signaling_channels").paginate()
            for info in page["ChannelInfoList"]
            if info["ChannelName"].startswith(self.prefix)
        ]
        things = {
            thing["thingName"]
            for page in self.iot.get_paginator("list_things").paginate()
            for thing in page["things"]
            if thing["thingName"].startswith(self.prefix)
        }
        own = {name: item for name, item in cameras.items() if item["channel_arn"]["S"] != self.arn}
        ttls = {info["ChannelARN"]: info["SingleMasterConfiguration"]["MessageTtlSeconds"] for info in channels}
        assert owners == links
        assert {endpoint_id for _, endpoint_id, _ in links} == cameras.keys()
        assert {f"{self.prefix}{name}" for name in own} <= {*things, *(info["ChannelName"] for info in channels)}
        return {
            "cameras": sorted(
                (
                    sorted((user, name) for user, one, name in links if one == endpoint_id),
                    item["power"]["S"],
                    ttls.get(item["channel_arn"]["S"]),
                    endpoint_id not in own,
                    "ending_at" in item,
                )
                for endpoint_id, item in cameras.items()
            ),
            "channels of no camera": len(channels) - len({item["channel_arn"]["S"] for item in own.values()} & {*ttls}),
            "things of no camera": len(things - {item["thing_name"]["S"] for item in cameras.values()}),
            "claims": sorted(pk.partition("#")[0] for pk, _ in claims),
            "claims of no camera": sorted(pk for pk, holder in claims if holder not in cameras),
            "names": sorted(pk for pk, _ in names),
            "names of no camera": [pk for pk, holder in names if holder not in cameras],
            "begun": sum(sk.startswith("PENDING#") for _, sk in keys),
            "certificates": [
                self.iot.describe_certificate(certificateId=one)["certificateDescription"]["status"]
                for one in self.certificates
            ],
        }


MakeHouse = Callable[[], House]


@pytest.fixture
def gate(local_aws: LocalAws, signaling_thread: SignalingService) -> Iterator[Gate]:
    one = Gate(local_aws.url, signaling_thread.control_plane_url)
    with one.open():
        yield one


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


@pytest.fixture
def make_house(
    local_aws: LocalAws, aws: boto3.Session, dynamodb: "DynamoDBClient", signaling_thread: SignalingService, gate: Gate
) -> Callable[[], House]:
    return lambda: House(local_aws, aws, dynamodb, signaling_thread, gate)


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
