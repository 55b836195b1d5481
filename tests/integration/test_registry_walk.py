"""Random orders of all that can become of cameras, against a naive model: each user has the own cameras and no other.

After every step each user asks Alexa for the own devices; what Alexa was told by itself must agree. Cameras ring and
move at any time, also after they were removed, and their events may wait in the queue meanwhile. Functions, tables,
things and the signaling service are real; what stands for Alexa's gateway takes notes.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.tables import Registry
from simulator.local_aws import LocalAws
from simulator.signaling import SignalingService
from tests.conftest import SOAK
from tests.support.account_server import AccountServer
from tests.support.camera_events import published
from tests.support.deliveries import QueuesInMemory
from tests.support.directives import about_session, discover
from tests.support.event_function import EventFunction, Told, changes_of
from tests.support.function import Function
from tests.support.house import House
from tests.support.registrations import Registrations
from tests.support.registry_function import RegistryFunction, RequestError, environment_of
from tests.support.registry_stream import RegistryStream
from tests.support.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

USERS = ("ann", "bob", "cleo")
NAMES = ("Bedroom", "Garden", "bedroom", "Front Door")
EXISTING = (0, 1)
"""Numbers of the channels and things that a maker has, made by other means."""
FEATURES = {"doorbell": True, "motion": True}

users, names = st.sampled_from(USERS), st.sampled_from(NAMES)
existing = st.sampled_from((None, None, *EXISTING))

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600 if SOAK else 300)]


@dataclass
class Camera:
    """What the model knows of a camera. `owners`: names by user; `since` is by user, too. `existing`: what it took."""

    endpoint_id: str
    thing: str
    existing: int | None
    added_at: float
    owners: dict[str, str] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    moves: bool = False


@dataclass(frozen=True)
class Surroundings:
    """What all walks share."""

    aws: LocalAws
    session: boto3.Session
    dynamodb: "DynamoDBClient"
    signaling: SignalingService
    accounts: AccountServer
    monkeypatch: pytest.MonkeyPatch


class Walk(RuleBasedStateMachine):
    """One walk, on tables of its own."""

    surroundings: Surroundings
    walks = 0

    def __init__(self) -> None:
        super().__init__()
        around = self.surroundings
        Walk.walks += 1
        self.tables = f"registry-walk-{Walk.walks}", f"activity-walk-{Walk.walks}"
        create_tables(around.dynamodb, *self.tables)
        self.registry = RegistryFunction(environment_of(around.aws.url, around.signaling, self.tables))
        for name, value in {"REGISTRY_TABLE": self.tables[0], "ACTIVITY_TABLE": self.tables[1]}.items():
            around.monkeypatch.setenv(name, value)
        self.smart_home = Function()
        self.told = Told()
        self.events = EventFunction(around.dynamodb, self.tables, self.told, QueuesInMemory())
        self.house = House(
            Registrations(around.dynamodb, self.tables[0]),
            Registry(FreshClient(around.dynamodb), *self.tables),
            RegistryStream(around.session, around.aws.url, self.tables[0]),
        )
        self.tokens = {user: around.accounts.token(sub=user) for user in USERS}
        self.arns, self.things = list(self._make_existing()), [f"thing-{self.tables[0]}-{one}" for one in EXISTING]
        self.cameras: list[Camera] = []
        self.known: list[Camera] = []
        """All that there ever were."""
        self.waiting: list[tuple[str, float]] = []
        """Presses that wait in the queue: thing and time."""
        self.alexas: dict[str, dict[str, str]] = {user: {} for user in USERS}
        """What Alexa knows without asking: names by endpoint id, by user."""
        self.batch: list[dict[str, Any]] = []

    def _make_existing(self) -> Iterator[str]:
        around = self.surroundings
        kvs = around.session.client("kinesisvideo", endpoint_url=around.signaling.control_plane_url)
        iot = around.session.client("iot", endpoint_url=around.aws.url)
        for one in EXISTING:
            iot.create_thing(thingName=f"thing-{self.tables[0]}-{one}")
            yield kvs.create_signaling_channel(ChannelName=f"SN-{self.tables[0]}-{one}")["ChannelARN"]

    def teardown(self) -> None:
        for table in self.tables:
            self.surroundings.dynamodb.delete_table(TableName=table)

    # What operators do.

    def _request(self, operation: str, **request: Any) -> dict[str, Any] | str:  # noqa: ANN401 - JSON
        """The result, or the code of the error."""
        time.sleep(0.003)  # so that events and changes are not of the same millisecond
        try:
            return self.registry(operation, **request)
        except RequestError as error:
            return error.code
        finally:
            time.sleep(0.003)

    def _named(self, user: str, name: str) -> Camera | None:
        return next((one for one in self.cameras if one.owners.get(user, "").casefold() == name.casefold()), None)

    def _holder(self, number: int | None) -> Camera | None:
        return next((one for one in self.cameras if number is not None and one.existing == number), None)

    def _wanted(self, user: str, name: str, number: int | None) -> dict[str, Any]:
        taken = {} if number is None else {"channel_arn": self.arns[number], "thing_name": self.things[number]}
        return {"user_id": user, "friendly_name": name, "features": FEATURES, **taken}

    def _note_added(self, endpoint_id: str, user: str, name: str, number: int | None) -> None:
        assert endpoint_id not in {one.endpoint_id for one in self.known}
        thing = f"camera-skill-{endpoint_id}" if number is None else self.things[number]
        found = self.registry("GetCamera", endpoint_id=endpoint_id)
        assert found["thing_name"] == thing
        assert (found["channel_arn"] in self.arns) is (number is not None)
        camera = Camera(endpoint_id, thing, number, time.time(), {user: name}, {user: time.time()})
        self.cameras.append(camera)
        self.known.append(camera)

    def _note_taken(self, camera: Camera, user: str) -> None:
        del camera.owners[user]
        if not camera.owners:
            self.cameras.remove(camera)

    @rule(user=users, name=names, number=existing)
    def add(self, user: str, name: str, number: int | None) -> None:
        allowed = set()
        if self._named(user, name):
            allowed.add("NAME_TAKEN")
        if self._holder(number):
            allowed.add("CHANNEL_TAKEN")
        result = self._request("AddCamera", **self._wanted(user, name, number))
        if allowed:
            assert result in allowed
        else:
            assert isinstance(result, dict), result
            self._note_added(result["camera"]["endpoint_id"], user, name, number)

    @precondition(lambda self: self.cameras)
    @rule(data=st.data(), other=users, name=names)
    def share(self, data: st.DataObject, other: str, name: str) -> None:
        camera = data.draw(st.sampled_from(self.cameras))
        result = self._request("ShareCamera", endpoint_id=camera.endpoint_id, user_id=other, friendly_name=name)
        if other in camera.owners:
            assert result == "ALREADY_OWNER"
        elif self._named(other, name):
            assert result == "NAME_TAKEN"
        else:
            assert isinstance(result, dict), result
            camera.owners[other], camera.since[other] = name, time.time()

    @precondition(lambda self: self.known)
    @rule(data=st.data(), user=users, keeps=st.booleans())
    def unshare(self, data: st.DataObject, user: str, keeps: bool) -> None:  # noqa: FBT001 - a rule's
        camera = data.draw(st.sampled_from(self.known))
        result = self._request("UnshareCamera", endpoint_id=camera.endpoint_id, user_id=user, keep_channel=keeps)
        if user in camera.owners:
            assert isinstance(result, dict), result
            self._note_taken(camera, user)
            assert ("removed" in result) is (not camera.owners)
        else:
            assert result == ("NOT_OWNER" if camera in self.cameras else "NO_SUCH_CAMERA")

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        camera = data.draw(st.sampled_from(self.known))
        result = self._request("RemoveCamera", endpoint_id=camera.endpoint_id)
        if camera not in self.cameras:
            assert result == "NO_SUCH_CAMERA"
            return
        assert isinstance(result, dict), result
        assert {one["user_id"] for one in result["taken_from"]} == camera.owners.keys()
        for user in [*camera.owners]:
            self._note_taken(camera, user)

    @precondition(lambda self: self.cameras)
    @rule(data=st.data(), name=names)
    def rename(self, data: st.DataObject, name: str) -> None:
        camera = data.draw(st.sampled_from(self.cameras))
        user = data.draw(st.sampled_from(sorted(camera.owners)))
        result = self._request("RenameCamera", endpoint_id=camera.endpoint_id, user_id=user, friendly_name=name)
        if self._named(user, name) not in (None, camera):
            assert result == "NAME_TAKEN"
        else:
            assert isinstance(result, dict), result
            camera.owners[user] = name

    @rule(user=users)
    def erase(self, user: str) -> None:
        result = self._request("ErasePerson", user_id=user)
        assert isinstance(result, dict), result
        theirs = [camera for camera in self.cameras if user in camera.owners]
        assert {one["endpoint_id"] for one in result["cameras"]} == {camera.endpoint_id for camera in theirs}
        for camera in theirs:
            self._note_taken(camera, user)

    @rule(rows=st.lists(st.tuples(users, names, existing, st.booleans()), min_size=1, max_size=5))
    def import_rows(self, rows: list[tuple[str, str, int | None, bool]]) -> None:
        self.batch = [{**self._wanted(user, name, number), "share": share} for user, name, number, share in rows]
        self._import()

    @precondition(lambda self: self.batch)
    @rule()
    def import_again(self) -> None:
        self._import()

    def _import(self) -> None:
        result = self._request("ImportCameras", rows=self.batch)
        assert isinstance(result, dict), result
        for row, became in zip(self.batch, result["rows"], strict=True):
            user, name = row["user_id"], row["friendly_name"]
            number = self.arns.index(row["channel_arn"]) if "channel_arn" in row else None
            holder = self._holder(number)
            match became["outcome"]:
                case "ADDED":
                    assert (holder, self._named(user, name)) == (None, None)
                    self._note_added(became["endpoint_id"], user, name, number)
                case "SHARED":
                    assert row["share"]
                    assert holder is not None
                    assert (holder.endpoint_id, user in holder.owners) == (became["endpoint_id"], False)
                    assert self._named(user, name) is None
                    holder.owners[user], holder.since[user] = name, time.time()
                case "ALREADY_THERE":
                    there = self._named(user, name)
                    assert there is not None
                    assert (there.endpoint_id, there.owners[user]) == (became["endpoint_id"], name)
                case outcome:
                    assert outcome == "REFUSED"
                    assert holder or self._named(user, name), became

    # What cameras do, those that are gone included: nobody took them off the wall.

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def ring(self, data: st.DataObject) -> None:
        thing = data.draw(st.sampled_from(self.known)).thing
        self._deliver(thing, time.time())

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def ring_while_the_queue_stands_still(self, data: st.DataObject) -> None:
        self.waiting.append((data.draw(st.sampled_from(self.known)).thing, time.time()))
        time.sleep(0.003)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def the_queue_goes_on(self, data: st.DataObject) -> None:
        self._deliver(*self.waiting.pop(data.draw(st.integers(0, len(self.waiting) - 1))), redriven=1)

    def _deliver(self, thing: str, at: float, **more: Any) -> None:  # noqa: ANN401 - of a message
        self.told.reports.clear()
        self.events(published("doorbell", {}, thing, at, **more))
        heard = [(one.user_id, one.message["event"]["endpoint"]["endpointId"]) for one in self.told.reports]
        camera = next((one for one in self.cameras if one.thing == thing), None)
        expected: list[tuple[str, str]] = []
        if camera is not None and (camera.existing is None or at >= camera.added_at):
            expected = [(user, camera.endpoint_id) for user in camera.owners if camera.since[user] < at]
        assert sorted(heard) == sorted(expected)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), moves=st.booleans())
    def move(self, data: st.DataObject, moves: bool) -> None:  # noqa: FBT001 - a rule's
        thing = data.draw(st.sampled_from(self.known)).thing
        self.told.reports.clear()
        self.events(published("motion", {"detected": moves}, thing, time.time()))
        camera = next((one for one in self.cameras if one.thing == thing), None)
        expected: set[tuple[str, str]] = set()
        if camera is not None and camera.moves is not moves:
            camera.moves = moves
            expected = {(user, "DETECTED" if moves else "NOT_DETECTED") for user in camera.owners}
        heard = [(one.user_id, changes_of(one)["changed"]["detectionState"]) for one in self.told.reports]
        assert sorted(heard) == sorted(expected)

    # What customers see.

    @precondition(lambda self: self.known)
    @rule(data=st.data(), user=users)
    def ask_for_the_state(self, data: st.DataObject, user: str) -> None:
        camera = data.draw(st.sampled_from(self.known))
        reply = self.smart_home(about_session("report_state", self.tokens[user], camera.endpoint_id))
        if user in camera.owners:
            assert reply["event"]["header"]["name"] == "StateReport"
            states = {one["name"]: one["value"] for one in reply["context"]["properties"]}
            assert states["detectionState"] == ("DETECTED" if camera.moves else "NOT_DETECTED")
        else:
            assert reply["event"]["payload"]["type"] == "NO_SUCH_ENDPOINT"

    @invariant()
    def everyone_has_the_own_cameras(self) -> None:
        for user in USERS:
            own = {one.endpoint_id: one.owners[user] for one in self.cameras if user in one.owners}
            endpoints = self.smart_home(discover(self.tokens[user]))["event"]["payload"]["endpoints"]
            assert {one["endpointId"]: one["friendlyName"] for one in endpoints} == own
            assert self._told_of(user) == own

    def _told_of(self, user: str) -> dict[str, str]:
        """What Alexa knows of a user's cameras without asking."""
        assert self.house.handle() == {}
        for report in self.house.told.reports:
            for endpoint in report.message["event"]["payload"]["endpoints"]:
                if report.name == "DeleteReport":
                    self.alexas[report.user_id].pop(endpoint["endpointId"], None)
                else:
                    self.alexas[report.user_id][endpoint["endpointId"]] = endpoint["friendlyName"]
        self.house.told.reports.clear()
        return self.alexas[user]


def test_each_user_has_the_own_cameras_whatever_becomes_of_them(
    local_aws: LocalAws,
    aws: boto3.Session,
    dynamodb: "DynamoDBClient",
    signaling_thread: SignalingService,
    account_server: AccountServer,
    function_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in function_environment.items():
        monkeypatch.setenv(name, value)
    Walk.surroundings = Surroundings(local_aws, aws, dynamodb, signaling_thread, account_server, monkeypatch)
    examples, steps = (150, 60) if SOAK else (6, 30)
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=[Phase.generate],  # to shrink what fails would take hours
            suppress_health_check=[*HealthCheck],
        ),
    )
