"""ReportState through the real function, for cameras in every state."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.items import camera_to_item, link_to_item, state_key
from camera_skill.adapters.sessions import SessionRecords
from camera_skill.alexa.capability import time_of_sample
from camera_skill.budget import Budget
from camera_skill.camera import Camera, HealthSource
from camera_skill.errors import (
    AnswerInvalidError,
    CameraRefusedError,
    CameraSkillError,
    ChannelForbiddenError,
    ChannelNotFoundError,
    DeadlineExceededError,
    LittleTimeError,
    NoAnswerError,
    OfferInvalidError,
    SignalingThrottledError,
    SignalingUnreachableError,
)
from camera_skill.session import Session
from simulator.local_aws import LocalAws
from tests.conftest import SOAK
from tests.support.account_server import USER_ID, AccountServer
from tests.support.directives import about_session
from tests.support.function import Function
from tests.support.registry_items import camera_of, items_of, link_of, put
from tests.support.servers import dynamodb_reply
from tests.support.wire import Wire, running_wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HEALTH, MOTION, OBJECTS = "Alexa.EndpointHealth", "Alexa.MotionSensor", "Alexa.SmartVision.ObjectDetectionSensor"
OK, UNREACHABLE = {"value": "OK"}, {"value": "UNREACHABLE"}
ADDED_AT, ADDED = 1_700_000_000.0, "2023-11-14T22:13:20.000Z"
PORCH = "camera-skill-porch"

Report = Callable[..., dict[str, Any]]
AddCamera = Callable[..., Camera]
AddState = Callable[..., None]


@pytest.fixture
def report(function_in_process: Function, account_server: AccountServer) -> Report:
    """The reply to ReportState, once the schemas accept it."""

    def invoke(endpoint_id: str = PORCH, **claims: object) -> dict[str, Any]:
        return function_in_process(about_session("report_state", account_server.token(**claims), endpoint_id))  # type: ignore[arg-type]  # claims

    return invoke


@pytest.fixture
def add_camera(dynamodb: "DynamoDBClient", table_names: tuple[str, str]) -> AddCamera:
    def add(endpoint_id: str = PORCH, **features: Any) -> Camera:  # noqa: ANN401 - whatever a Camera has
        camera = camera_of(endpoint_id, **{"added_at": ADDED_AT, **features})
        put(dynamodb, table_names[0], items_of(camera, "Porch"))
        return camera

    return add


@pytest.fixture
def add_state(dynamodb: "DynamoDBClient", table_names: tuple[str, str]) -> AddState:
    """Writes what a camera said of itself: each attribute a value and its time."""

    def add(endpoint_id: str = PORCH, **samples: tuple[bool, float]) -> None:
        said = {name: {"M": {"value": {"BOOL": value}, "at": {"N": str(at)}}} for name, (value, at) in samples.items()}
        put(dynamodb, table_names[1], [{**state_key(endpoint_id), **said}])

    return add


@pytest.fixture
def records(dynamodb: "DynamoDBClient", table_names: tuple[str, str]) -> SessionRecords:
    return SessionRecords(FreshClient(dynamodb), table_names[1])


def offer(records: SessionRecords, endpoint_id: str, session_id: str, at: float, error: Exception | None) -> None:
    """An offer that went so."""
    session = Session(endpoint_id, session_id, USER_ID, started_at=at)
    with suppress(CameraSkillError, ValueError), records.recorded(session, Budget(5.0)):
        if error is not None:
            raise error
    assert session.unrecorded in {"", "DeadlineExceededError"}, session.unrecorded


def properties_of(reply: dict[str, Any]) -> dict[str, tuple[object, str]]:
    """Values and times by interface."""
    assert reply["event"]["header"]["name"] == "StateReport"
    found = reply["context"]["properties"]
    return {each["namespace"]: (each["value"], each["timeOfSample"]) for each in found}


def test_the_report_answers_when_the_camera_is_the_customers(report: Report, add_camera: AddCamera) -> None:
    add_camera()
    event = report()["event"]
    header = event["header"]
    assert (header["namespace"], header["name"], header["payloadVersion"]) == ("Alexa", "StateReport", "3")
    assert header["correlationToken"]
    assert (event["endpoint"], event["payload"]) == ({"endpointId": PORCH}, {})


def test_each_retrievable_property_is_reported_when_the_camera_has_it_and_no_other(
    report: Report, add_camera: AddCamera, add_state: AddState
) -> None:
    add_camera()
    assert properties_of(report()) == {HEALTH: (OK, ADDED)}
    add_camera(is_doorbell=True, detects_motion=True)
    assert properties_of(report()) == {HEALTH: (OK, ADDED), MOTION: ("NOT_DETECTED", ADDED)}
    add_camera(detects_motion=True)
    add_state(motion=(True, ADDED_AT + 0.9999))
    assert properties_of(report()) == {HEALTH: (OK, ADDED), MOTION: ("DETECTED", "2023-11-14T22:13:20.999Z")}
    add_camera(detects_packages=True)
    assert properties_of(report())[OBJECTS][0] == [{"imageNetClass": "package"}]


def test_what_the_registry_says_was_so_when_it_was_read(report: Report, add_camera: AddCamera) -> None:
    add_camera(detects_persons=True, detects_packages=True)
    before = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    value, at = properties_of(report())[OBJECTS]
    assert value == [{"imageNetClass": "person"}, {"imageNetClass": "package"}]
    assert before <= at <= time.strftime("%Y-%m-%dT%H:%M:%S.999Z", time.gmtime())


def test_no_time_is_made_up_when_it_is_not_known_when_the_camera_was_added(
    report: Report, add_camera: AddCamera
) -> None:
    add_camera(added_at=0.0, detects_motion=True)
    long_ago = "1970-01-01T00:00:00.000Z"
    assert properties_of(report()) == {HEALTH: (OK, long_ago), MOTION: ("NOT_DETECTED", long_ago)}


SILENT, YES = NoAnswerError("no answer"), None
TELLING = {"yes": YES, "refused": CameraRefusedError(PORCH, "BUSY", None), "useless": AnswerInvalidError("no video")}
SILENCES = {"silent": SILENT, "no channel": ChannelNotFoundError("none")}
TELLING_NOTHING = {
    "throttled": SignalingThrottledError("throttled"),
    "bridge": SignalingUnreachableError("503"),
    "forbidden": ChannelForbiddenError("forbidden"),
    "offer": OfferInvalidError("no offer"),
    "late": DeadlineExceededError("no time"),
    "hurried": LittleTimeError("little time"),
    "unforeseen": ValueError("our own mistake"),
}
OUTCOMES: dict[str, Exception | None] = {**TELLING, **SILENCES, **TELLING_NOTHING}


def told(offers: list[tuple[str, str]]) -> tuple[object, str]:
    """What the last two offers tell that tell anything, by other code than the product's; each is a second later."""
    seen = [(name, second) for second, (_, name) in enumerate(offers, 1) if name not in TELLING_NOTHING]
    answered = [second for name, second in seen[-2:] if name in TELLING]
    is_gone = len(seen) > 1 and not answered
    second = seen[-1][1] if is_gone else max(answered, default=0)
    return UNREACHABLE if is_gone else OK, f"2023-11-14T22:13:{20 + second}.000Z"


STORIES = [
    ([], OK),
    ([("a", "silent")], OK),
    ([("a", "silent"), ("b", "silent")], UNREACHABLE),
    ([("a", "silent"), ("a", "silent")], UNREACHABLE),
    ([("a", "silent"), ("b", "no channel")], UNREACHABLE),
    ([("a", "silent"), ("b", "yes"), ("b", "silent")], OK),
    ([("a", "silent"), ("b", "yes"), ("a", "silent")], OK),
    ([("a", "silent"), ("a", "silent"), ("b", "yes")], OK),
    ([("a", "yes"), ("a", "silent"), ("a", "silent")], UNREACHABLE),
    *(([("a", "silent"), ("b", name)], OK) for name in TELLING),
    *(([("a", "silent"), ("b", name), ("c", "silent")], UNREACHABLE) for name in TELLING_NOTHING),
    *(([("a", "silent"), ("b", name)], OK) for name in TELLING_NOTHING),
    ([("a", "silent"), ("a", "silent"), ("a", "throttled")], UNREACHABLE),
    ([("a", "silent"), ("b", "silent"), ("c", "yes"), ("a", "throttled"), ("b", "throttled")], OK),
]
"""Offers by session and outcome, in order, and what they make of the camera."""


def tell(records: SessionRecords, endpoint_id: str, offers: list[tuple[str, str]]) -> None:
    for second, (session_id, name) in enumerate(offers, 1):
        offer(records, endpoint_id, session_id, ADDED_AT + second, OUTCOMES[name])


def test_the_camera_is_as_its_last_offers_tell(report: Report, add_camera: AddCamera, records: SessionRecords) -> None:
    for number, (offers, health) in enumerate(STORIES):
        camera = add_camera(f"camera-skill-{number}")
        tell(records, camera.endpoint_id, offers)
        assert properties_of(report(camera.endpoint_id))[HEALTH] == told(offers), offers
        assert told(offers)[0] == health, offers


def test_the_camera_is_as_its_last_offers_tell_in_any_story(
    report: Report, add_camera: AddCamera, records: SessionRecords
) -> None:
    numbers = iter(range(100_000))

    @settings(max_examples=1_000 if SOAK else 25)
    @given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["yes", "silent", "throttled"])), max_size=7))
    def campaign(offers: list[tuple[str, str]]) -> None:
        camera = add_camera(f"camera-skill-{next(numbers)}")
        tell(records, camera.endpoint_id, offers)
        assert properties_of(report(camera.endpoint_id))[HEALTH] == told(offers)

    campaign()


def test_an_offer_counts_once_when_its_record_is_written_twice(
    report: Report, add_camera: AddCamera, records: SessionRecords
) -> None:
    """As the SDK does when the first reply is lost on the way."""
    add_camera()
    for _ in range(2):
        offer(records, PORCH, "a", ADDED_AT + 1, SILENT)
    assert properties_of(report())[HEALTH] == (OK, ADDED)


def test_the_earlier_silence_is_kept_when_the_record_of_the_last_is_written_twice(
    report: Report, add_camera: AddCamera, records: SessionRecords
) -> None:
    add_camera()
    for second in (1, 2, 2):
        offer(records, PORCH, "a", ADDED_AT + second, SILENT)
    assert properties_of(report())[HEALTH] == (UNREACHABLE, "2023-11-14T22:13:22.000Z")


def test_the_other_offers_tell_when_the_times_of_a_session_cannot_be_read(
    report: Report,
    add_camera: AddCamera,
    records: SessionRecords,
    dynamodb: "DynamoDBClient",
    table_names: tuple[str, str],
) -> None:
    add_camera()
    offer(records, PORCH, "a", ADDED_AT + 1, YES)
    session = {**state_key(PORCH), "sk": {"S": "SESSION#b"}, "started_at": {"N": str(ADDED_AT + 9)}}
    kinds: list[dict[str, Any]] = [{"S": "yesterday"}, {"NULL": True}, {"M": {}}]
    for nonsense in kinds:
        put(dynamodb, table_names[1], [{**session, "answered_at": nonsense, "unanswered_at": nonsense}])
        assert properties_of(report())[HEALTH] == (OK, "2023-11-14T22:13:21.000Z"), nonsense


def test_a_time_is_as_uncertain_as_the_offer_was_long_and_exact_when_the_camera_told_it(
    report: Report, add_camera: AddCamera, add_state: AddState, records: SessionRecords
) -> None:
    def uncertainties() -> dict[str, int]:
        return {each["namespace"]: each["uncertaintyInMilliseconds"] for each in report()["context"]["properties"]}

    add_camera(detects_motion=True, detects_persons=True)
    add_state(motion=(True, ADDED_AT + 9))
    assert uncertainties() == {HEALTH: 0, MOTION: 0, OBJECTS: 0}
    for name in ("yes", "silent", "silent"):
        tell(records, PORCH, [("a", name)])
        assert uncertainties() == {HEALTH: 5_000, MOTION: 0, OBJECTS: 0}


def test_what_a_camera_said_is_passed_over_when_it_says_that_it_was_in_the_future(
    report: Report, add_camera: AddCamera, add_state: AddState
) -> None:
    now = time.time()
    add_camera(health=HealthSource.MQTT, detects_motion=True)
    for at in (now + 3_600, now * 1_000):
        add_state(connectivity=(False, at), motion=(True, at))
        assert properties_of(report()) == {HEALTH: (OK, ADDED), MOTION: ("NOT_DETECTED", ADDED)}
    add_state(connectivity=(False, now + 30), motion=(True, now + 30))
    for value, at_text in properties_of(report()).values():
        assert value in (UNREACHABLE, "DETECTED")
        assert time_of_sample(now) <= at_text <= time_of_sample(time.time())


def test_nothing_is_known_of_a_camera_when_it_was_added_anew(
    report: Report, add_camera: AddCamera, add_state: AddState, records: SessionRecords
) -> None:
    add_camera(detects_motion=True)
    tell(records, PORCH, [("a", "yes"), ("b", "silent"), ("c", "silent")])
    add_state(connectivity=(False, ADDED_AT + 4), motion=(True, ADDED_AT + 4))
    assert properties_of(report())[HEALTH][0] == UNREACHABLE
    again, since = ADDED_AT + 5, "2023-11-14T22:13:25.000Z"
    for health in HealthSource:
        add_camera(added_at=again, detects_motion=True, health=health)
        assert properties_of(report()) == {HEALTH: (OK, since), MOTION: ("NOT_DETECTED", since)}
    for second in (5, 6):  # under the id of a session of before
        offer(records, PORCH, "c", ADDED_AT + second, SILENT)
        assert properties_of(report())[HEALTH][0] == (OK if second == 5 else UNREACHABLE)


def test_the_offers_tell_when_the_camera_was_added_in_the_future(
    report: Report, add_camera: AddCamera, records: SessionRecords
) -> None:
    add_camera(added_at=time.time() + 3_600, detects_motion=True)
    tell(records, PORCH, [("a", "silent"), ("b", "silent")])
    long_ago = "1970-01-01T00:00:00.000Z"
    assert properties_of(report()) == {
        HEALTH: (UNREACHABLE, "2023-11-14T22:13:22.000Z"),
        MOTION: ("NOT_DETECTED", long_ago),
    }


def test_presence_tells_when_it_is_where_the_cameras_health_is(
    report: Report, add_camera: AddCamera, add_state: AddState, records: SessionRecords
) -> None:
    add_camera(health=HealthSource.MQTT)
    assert properties_of(report())[HEALTH] == (OK, ADDED)
    tell(records, PORCH, [("a", "silent"), ("b", "silent")])
    assert properties_of(report())[HEALTH][0] == UNREACHABLE
    add_state(connectivity=(True, ADDED_AT + 30))
    assert properties_of(report())[HEALTH] == (OK, "2023-11-14T22:13:50.000Z")
    add_state(connectivity=(False, ADDED_AT + 31.5))
    tell(records, PORCH, [("c", "yes")] * 40)
    assert properties_of(report())[HEALTH] == (UNREACHABLE, "2023-11-14T22:13:51.500Z")
    add_camera(health=HealthSource.SESSIONS)
    assert properties_of(report())[HEALTH][0] == OK


class TestWithAWire:
    """Between the function and the tables, on which calls are counted, and replies made up."""

    @pytest.fixture
    async def wire(self, local_aws: LocalAws) -> AsyncIterator[Wire]:
        async with running_wire(local_aws.url) as wire:
            yield wire

    @pytest.fixture
    def function_environment(self, function_environment: dict[str, str], wire: Wire) -> dict[str, str]:
        return {**function_environment, "AWS_ENDPOINT_URL_DYNAMODB": wire.url}

    async def test_the_last_offers_that_tell_are_found_when_very_many_sessions_tell_nothing(
        self,
        report: Report,
        add_camera: AddCamera,
        records: SessionRecords,
        wire: Wire,
        dynamodb: "DynamoDBClient",
        table_names: tuple[str, str],
    ) -> None:
        await asyncio.to_thread(add_camera)
        await asyncio.to_thread(tell, records, PORCH, [("a", "yes"), ("b", "silent"), ("c", "silent")])
        pk = state_key(PORCH)["pk"]
        times = {f"SESSION#{number}": {"N": str(ADDED_AT + number)} for number in range(10, 610)}
        items = [{"pk": pk, "sk": {"S": sk}, "started_at": at} for sk, at in times.items()]
        await asyncio.to_thread(put, dynamodb, table_names[1], items)
        reply = await asyncio.to_thread(report)
        assert properties_of(reply)[HEALTH] == (UNREACHABLE, "2023-11-14T22:13:23.000Z")
        assert wire.calls == ["BatchGetItem"] + ["Query"] * 3

    async def test_one_page_is_read_when_the_last_session_tells(
        self, report: Report, add_camera: AddCamera, records: SessionRecords, wire: Wire
    ) -> None:
        await asyncio.to_thread(add_camera)
        await asyncio.to_thread(tell, records, PORCH, [(str(number), "yes") for number in range(30)])
        assert properties_of(await asyncio.to_thread(report))[HEALTH][0] == OK
        assert wire.calls == ["BatchGetItem", "Query"]

    async def test_nothing_differs_when_the_camera_is_anothers_and_when_there_is_none(
        self, report: Report, add_camera: AddCamera, wire: Wire
    ) -> None:
        await asyncio.to_thread(add_camera)
        foreign = await asyncio.to_thread(report, sub="another-user")
        unknown = await asyncio.to_thread(report, "camera-skill-nowhere")
        assert wire.calls == ["BatchGetItem"] * 2
        for reply, endpoint_id in ((foreign, PORCH), (unknown, "camera-skill-nowhere")):
            message = f"the customer has no camera {endpoint_id}"
            assert reply["event"]["payload"] == {"type": "NO_SUCH_ENDPOINT", "message": message}

    async def test_the_state_is_waited_for_when_the_table_leaves_it_out_at_first(
        self,
        report: Report,
        add_camera: AddCamera,
        add_state: AddState,
        wire: Wire,
        table_names: tuple[str, str],
    ) -> None:
        camera = await asyncio.to_thread(add_camera, health=HealthSource.MQTT)
        await asyncio.to_thread(add_state, connectivity=(False, ADDED_AT))
        found = [camera_to_item(camera), link_to_item(link_of(camera, "Porch"))]
        left_out = {table_names[1]: {"Keys": [state_key(PORCH)], "ConsistentRead": True}}
        part = dynamodb_reply(200, {"Responses": {table_names[0]: found}, "UnprocessedKeys": left_out})
        wire.replies["BatchGetItem"] = [part] * 2
        assert properties_of(await asyncio.to_thread(report))[HEALTH] == (UNREACHABLE, ADDED)
        assert wire.calls == ["BatchGetItem"] * 3

    async def test_no_health_is_made_up_when_the_offers_cannot_be_read(
        self, report: Report, add_camera: AddCamera, wire: Wire
    ) -> None:
        await asyncio.to_thread(add_camera)
        wire.replies["Query"] = [dynamodb_reply(400, "{}")] * 3
        assert (await asyncio.to_thread(report))["event"]["payload"]["type"] == "INTERNAL_ERROR"
