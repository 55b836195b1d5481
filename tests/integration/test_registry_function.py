"""The registry function on real tables, a real signaling service and real things: requests, codes, keys, audit."""

import json
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from camera_skill.registry import schema
from camera_skill.registry.record import digest_of
from camera_skill.registry.refusals import Code
from simulator.local_aws import LocalAws
from simulator.signaling import Call, Proceed, SignalingService
from simulator.signaling.errors import ACCESS_DENIED, ServiceError
from tests.support.registry_function import RegistryFunction, RequestError, environment_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iot import IoTClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient

ANN, BOB = "customer-0001", "customer-0002"


@pytest.fixture
def iot(local_aws: LocalAws) -> "IoTClient":
    client: IoTClient = local_aws.session().client("iot", endpoint_url=local_aws.url)
    return client


@pytest.fixture
def items(dynamodb: "DynamoDBClient", table_names: tuple[str, str]) -> Callable[[], list[dict[str, Any]]]:
    """Reads all items of both tables."""
    return lambda: [item for table in table_names for item in dynamodb.scan(TableName=table)["Items"]]


def refused(function: RegistryFunction, operation: str, **request: Any) -> RequestError:  # noqa: ANN401 - JSON
    with pytest.raises(RequestError) as raised:
        function(operation, **request)
    return raised.value


def test_each_operation_does_what_its_schema_says(registry_function: RegistryFunction) -> None:
    added = registry_function("AddCamera", user_id=ANN, friendly_name="Front  Door", features={"doorbell": True})
    camera = added["camera"]
    endpoint_id = camera["endpoint_id"]
    assert (camera["friendly_name"], camera["features"]["doorbell"]) == ("Front Door", True)
    assert (len(endpoint_id), endpoint_id.isalnum(), endpoint_id.islower()) == (26, True, True)
    assert camera["thing_name"] == f"camera-skill-{endpoint_id}"
    assert camera["channel_arn"].split("/")[1] == f"camera-skill-{endpoint_id}"

    shared = registry_function("ShareCamera", endpoint_id=endpoint_id, user_id=BOB, friendly_name="Anns Door")
    assert shared == {"endpoint_id": endpoint_id, "user_id": BOB, "friendly_name": "Anns Door"}
    renamed = registry_function("RenameCamera", endpoint_id=endpoint_id, user_id=BOB, friendly_name="Ann")
    assert (renamed["before"], renamed["friendly_name"]) == ("Anns Door", "Ann")
    changed = registry_function("ChangeCamera", endpoint_id=endpoint_id, features={"motion": True})
    assert changed["changes"] == {"motion": {"before": False, "after": True}}
    got = registry_function("GetCamera", endpoint_id=endpoint_id)
    assert [(one["user_id"], one["friendly_name"]) for one in got["owners"]] == [(ANN, "Front Door"), (BOB, "Ann")]
    assert (got["features"]["motion"], got["warnings"]) == (True, [])
    assert got["alexa"]["display_categories"] == ["CAMERA", "DOORBELL"]
    (listed,) = registry_function("ListCameras", user_id=BOB)["cameras"]
    assert (listed["endpoint_id"], listed["friendly_name"]) == (endpoint_id, "Ann")
    (of_all,) = registry_function("ListCameras")["cameras"]
    assert (of_all["endpoint_id"], of_all["owners"]) == (endpoint_id, 2)
    users = registry_function("ListUsers")["users"]
    assert users == [{"user_id": ANN, "cameras": 1}, {"user_id": BOB, "cameras": 1}]

    taken = registry_function("UnshareCamera", endpoint_id=endpoint_id, user_id=BOB)
    assert (taken["other_owners"], "removed" in taken) == (1, False)
    removed = registry_function("RemoveCamera", endpoint_id=endpoint_id)["removed"]
    assert (removed["channel"], removed["thing"]) == ("DELETED", "DELETED")
    assert refused(registry_function, "GetCamera", endpoint_id=endpoint_id).code == Code.NO_SUCH_CAMERA


def test_examples_of_the_schemas_are_requests_that_match_them() -> None:
    for name in schema.OPERATIONS:
        request = schema.operation(name)["example"]["request"]
        assert request["operation"] == name
        assert schema.defect_of(name, request) == ""
        assert all(schema.row_defect(name, row) == "" for row in request.get("rows", ()))
        assert {*schema.operation(name)["errors"]} <= {*Code}


def test_nothing_is_left_in_either_table_when_a_person_was_erased(
    registry_function: RegistryFunction, items: Callable[[], list[dict[str, Any]]]
) -> None:
    function = registry_function
    function("AddCamera", user_id=ANN, friendly_name="Door", idempotency_key=uuid.uuid4().hex)
    shared = function.add(BOB, "Gate")
    request = {"endpoint_id": shared, "user_id": ANN, "friendly_name": "Bobs Gate"}
    function("ShareCamera", **request, idempotency_key=uuid.uuid4().hex)
    told = function("ErasePerson", user_id=ANN)
    assert len(told["cameras"]) == 2
    assert ANN not in json.dumps(items())
    assert [one["friendly_name"] for one in function("ListCameras", user_id=BOB)["cameras"]] == ["Gate"]
    again = function("ErasePerson", user_id=ANN)
    assert (again["cameras"], again["grants"], again["other_rows"], again["sessions"]) == ([], 0, 0, 0)
    assert ANN not in json.dumps(items())


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (None, "A request is a JSON object whose operation is one of AddCamera, ChangeCamera, "),
        ([], "A request is a JSON object"),
        ({}, "A request is a JSON object"),
        ({"operation": "addCamera"}, "A request is a JSON object"),
        ({"operation": ["AddCamera"]}, "A request is a JSON object"),
        ({"operation": "AddCamera", "friendly_name": "Door"}, "must contain ['user_id'] properties"),
        ({"operation": "AddCamera", "user_id": ANN, "friendly_name": 7}, "friendly_name must be string"),
        ({"operation": "AddCamera", "user_id": "", "friendly_name": "Door"}, "user_id"),
        ({"operation": "AddCamera", "user_id": "a\n", "friendly_name": "Door"}, "user_id has 1 to 256 printable"),
        ({"operation": "AddCamera", "user_id": ANN, "friendly_name": "D", "colour": "red"}, "colour"),
        ({"operation": "AddCamera", "user_id": ANN, "friendly_name": "D", "features": {"colour": 1}}, "colour"),
        ({"operation": "GetCamera", "endpoint_id": "CAMERA#x"}, "endpoint_id"),
        ({"operation": "ImportCameras", "rows": []}, "rows"),
        ({"operation": "ImportCameras", "rows": [{}] * 101}, "rows"),
        ({"operation": "ListCameras", "next_token": "x"}, "next_token"),
    ],
    ids=lambda value: json.dumps(value)[:60] if not isinstance(value, str) else "",
)
def test_a_request_is_refused_with_its_defect_when_it_matches_no_schema(
    registry_function: RegistryFunction, event: object, sentence: str
) -> None:
    error = registry_function.respond(event)["error"]
    assert error["code"] == Code.INVALID_REQUEST
    assert sentence in error["message"]


@pytest.mark.parametrize(
    ("request_of", "code"),
    [
        (lambda _: {"operation": "GetCamera", "endpoint_id": "nothing"}, Code.NO_SUCH_CAMERA),
        (lambda _: {"operation": "RemoveCamera", "endpoint_id": "nothing"}, Code.NO_SUCH_CAMERA),
        (lambda _: {"operation": "AddCamera", "user_id": ANN, "friendly_name": "DOOR"}, Code.NAME_TAKEN),
        (lambda _: {"operation": "AddCamera", "user_id": ANN, "friendly_name": "A!"}, Code.ALEXA_REFUSES),
        (
            lambda one: {"operation": "ShareCamera", "endpoint_id": one, "user_id": ANN, "friendly_name": "X"},
            Code.ALREADY_OWNER,
        ),
        (lambda one: {"operation": "UnshareCamera", "endpoint_id": one, "user_id": BOB}, Code.NOT_OWNER),
        (
            lambda one: {"operation": "RenameCamera", "endpoint_id": one, "user_id": BOB, "friendly_name": "X"},
            Code.NOT_OWNER,
        ),
        (
            lambda one: {"operation": "ChangeCamera", "endpoint_id": one, "features": {"message_ttl": 3}},
            Code.INVALID_FEATURE,
        ),
        (
            lambda _: {"operation": "AddCamera", "user_id": BOB, "friendly_name": "X", "external_id": "SN1"},
            Code.EXTERNAL_ID_TAKEN,
        ),
    ],
)
def test_a_refusal_has_a_code_and_says_what_to_do(
    registry_function: RegistryFunction,
    request_of: Callable[[str], dict[str, Any]],
    code: Code,
    items: Callable[[], list[dict[str, Any]]],
) -> None:
    endpoint_id = registry_function.add(ANN, "Door", external_id="SN1")
    before = items()
    error = registry_function.respond(request_of(endpoint_id))["error"]
    assert error["code"] == code
    assert error["message"].endswith(".")
    assert items() == before


# Taking over what exists.


def test_a_channel_and_a_thing_that_exist_are_taken_over_and_left_behind(
    registry_function: RegistryFunction, kvs: "KinesisVideoClient", iot: "IoTClient"
) -> None:
    serial = uuid.uuid4().hex[:8]
    arn = kvs.create_signaling_channel(ChannelName=f"SN-{serial}", SingleMasterConfiguration={"MessageTtlSeconds": 77})[
        "ChannelARN"
    ]
    iot.create_thing(thingName=f"thing-{serial}")
    takes = {"channel_arn": arn, "thing_name": f"thing-{serial}"}
    added = registry_function("AddCamera", user_id=ANN, friendly_name="Door", **takes)
    assert {name: added["camera"][name] for name in takes} == takes
    assert (added["channel"]["message_ttl"], added["channel"]["is_own"]) == (77, False)
    for part, value in takes.items():
        error = refused(registry_function, "AddCamera", user_id=BOB, friendly_name="Mine", **{part: value})
        assert error.code in {Code.CHANNEL_TAKEN, Code.THING_TAKEN}
        assert error.endpoint_id == added["camera"]["endpoint_id"]
    removed = registry_function("RemoveCamera", endpoint_id=added["camera"]["endpoint_id"])["removed"]
    assert (removed["channel"], removed["thing"]) == ("LEFT", "LEFT")
    described = kvs.describe_signaling_channel(ChannelARN=arn)["ChannelInfo"]
    assert described["SingleMasterConfiguration"]["MessageTtlSeconds"] == 77
    assert iot.describe_thing(thingName=f"thing-{serial}")["attributes"] == {}
    assert registry_function.add(BOB, "Mine", **takes) != added["camera"]["endpoint_id"]


def test_what_a_stack_made_for_a_camera_cannot_be_taken_over_by_that_stack_or_another(
    registry_function: RegistryFunction,
    local_aws: LocalAws,
    signaling_thread: SignalingService,
    table_names: tuple[str, str],
) -> None:
    values = environment_of(local_aws.url, signaling_thread, table_names, stack="other")
    own = registry_function("AddCamera", user_id=ANN, friendly_name="Door")["camera"]
    registry_function("RemoveCamera", endpoint_id=registry_function.add(BOB, "Gone"))
    # The same names, and a registry that knows nothing of them.
    stranger = RegistryFunction({**values, "REGISTRY_TABLE": table_names[1]})
    for part, code in (("channel_arn", Code.CHANNEL_TAKEN), ("thing_name", Code.THING_TAKEN)):
        error = refused(stranger, "AddCamera", user_id=BOB, friendly_name="Mine", **{part: own[part]})
        assert (error.code, "made by the stack camera-skill" in error.message) == (code, True)
    registry_function("RemoveCamera", endpoint_id=own["endpoint_id"], keep_channel=True)
    taken = {name: own[name] for name in ("channel_arn", "thing_name")}
    assert stranger.add(BOB, "Mine", **taken)


def test_a_channel_is_refused_when_no_offer_would_reach_a_camera_through_it(
    registry_function: RegistryFunction, kvs: "KinesisVideoClient"
) -> None:
    arn = kvs.create_signaling_channel(ChannelName=f"SN-{uuid.uuid4().hex[:8]}")["ChannelARN"]
    stream = "arn:aws:kinesisvideo:us-east-1:000000000000:stream/SN/1700000000000"
    kvs.update_media_storage_configuration(
        ChannelARN=arn, MediaStorageConfiguration={"Status": "ENABLED", "StreamARN": stream}
    )
    error = refused(registry_function, "AddCamera", user_id=ANN, friendly_name="Door", channel_arn=arn)
    assert error.code == Code.CHANNEL_UNUSABLE
    assert "Media storage is enabled" in error.message
    gone = arn[:-3] + "000"
    error = refused(registry_function, "AddCamera", user_id=ANN, friendly_name="Door", channel_arn=gone)
    assert error.code == Code.NO_SUCH_CHANNEL


# Requests that come more than once.


KEYED: dict[str, Callable[[str], dict[str, Any]]] = {
    "AddCamera": lambda _: {"user_id": BOB, "friendly_name": "Gate"},
    "ShareCamera": lambda one: {"endpoint_id": one, "user_id": BOB, "friendly_name": "Gate"},
    "RenameCamera": lambda one: {"endpoint_id": one, "user_id": ANN, "friendly_name": "Gate"},
    "ChangeCamera": lambda one: {"endpoint_id": one, "features": {"motion": True, "power": "battery"}},
    "UnshareCamera": lambda one: {"endpoint_id": one, "user_id": ANN},
    "RemoveCamera": lambda one: {"endpoint_id": one},
}


def without_times(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Items but for when they expire."""
    kept = [{name: value for name, value in item.items() if name != "expires_at"} for item in items]
    return sorted(kept, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


@pytest.mark.parametrize("operation", KEYED)
def test_a_request_that_comes_again_has_the_same_response_and_changes_nothing(
    registry_function: RegistryFunction, operation: str, items: Callable[[], list[dict[str, Any]]]
) -> None:
    endpoint_id = registry_function.add(ANN, "Door")
    request = {**KEYED[operation](endpoint_id), "idempotency_key": f"key-{operation}"}
    first = registry_function(operation, **request)
    after = without_times(items())
    assert registry_function(operation, **request, actor="another") == first
    assert without_times(items()) == after
    line = registry_function.audited()[-1]
    assert (line["repeated"], line["idempotency_key"], line["actor"]) == (True, f"key-{operation}", "another")


@pytest.mark.parametrize("operation", KEYED)
def test_two_attempts_at_once_are_one_request(
    registry_function: RegistryFunction,
    local_aws: LocalAws,
    signaling_thread: SignalingService,
    table_names: tuple[str, str],
    operation: str,
) -> None:
    functions = [RegistryFunction(environment_of(local_aws.url, signaling_thread, table_names)) for _ in range(3)]
    endpoint_id = registry_function.add(ANN, "Door")
    request = {"operation": operation, **KEYED[operation](endpoint_id), "idempotency_key": "key"}
    responses: list[dict[str, Any]] = []

    def run(function: RegistryFunction) -> None:
        responses.append(function.respond(request))

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    final = functions[0].respond(request)
    assert "result" in final
    done = [one for one in responses if "result" in one]
    again = {one["error"]["code"] for one in responses if "error" in one}
    assert done
    assert again <= {Code.TRY_AGAIN, Code.CONFLICT}, responses
    # A removal that another attempt goes on with tells what it found; all else tells the same.
    if operation not in {"UnshareCamera", "RemoveCamera"}:
        assert all(one == final for one in done)
    cameras = registry_function("ListCameras")["cameras"]
    assert len(cameras) == {"AddCamera": 2, "UnshareCamera": 0, "RemoveCamera": 0}.get(operation, 1)


def test_a_request_that_changes_nothing_is_remembered_too(registry_function: RegistryFunction) -> None:
    endpoint_id = registry_function.add(ANN, "Door")
    request = {"endpoint_id": endpoint_id, "user_id": ANN, "friendly_name": "Door", "idempotency_key": "key"}
    first = registry_function("RenameCamera", **request)
    registry_function("RenameCamera", **{**request, "friendly_name": "Gate", "idempotency_key": "other"})
    assert registry_function("RenameCamera", **request) == first
    (listed,) = registry_function("ListCameras", user_id=ANN)["cameras"]
    assert listed["friendly_name"] == "Gate"


def test_a_key_is_of_one_request(registry_function: RegistryFunction) -> None:
    registry_function("AddCamera", user_id=ANN, friendly_name="Door", idempotency_key="order-1")
    error = refused(registry_function, "AddCamera", user_id=BOB, friendly_name="Door", idempotency_key="order-1")
    assert error.code == Code.IDEMPOTENCY_KEY_REUSED
    assert "order-1" in error.message
    assert registry_function("ListCameras", user_id=BOB)["cameras"] == []


def test_a_refused_request_may_come_again_with_its_key_when_its_reason_is_gone(
    registry_function: RegistryFunction,
) -> None:
    endpoint_id = registry_function.add(ANN, "Door")
    request = {"user_id": ANN, "friendly_name": "Door", "idempotency_key": "order-1"}
    assert refused(registry_function, "AddCamera", **request).code == Code.NAME_TAKEN
    registry_function("RemoveCamera", endpoint_id=endpoint_id)
    assert registry_function("AddCamera", **request)["camera"]["endpoint_id"] != endpoint_id


# The audit log.


def test_the_audit_log_says_who_did_what_to_which_camera_and_names_no_person(
    registry_function: RegistryFunction,
) -> None:
    person, name = "anna.b@example.com", "Annas Bedroom"  # as an account server may say it
    added = registry_function("AddCamera", user_id=person, friendly_name=name, actor="AIDAEXAMPLE")
    endpoint_id = added["camera"]["endpoint_id"]
    refused(registry_function, "AddCamera", user_id=person, friendly_name=name)
    registry_function("ImportCameras", rows=[{"user_id": person, "friendly_name": name}, {"user_id": person}])
    registry_function("ErasePerson", user_id=person)
    lines = [line for line in registry_function.audited() if line["outcome"] != "BEGUN"]
    assert [(line["operation"], line["outcome"]) for line in lines] == [
        ("AddCamera", "DONE"),
        ("AddCamera", "NAME_TAKEN"),
        ("ImportCameras", "DONE"),
        ("ErasePerson", "DONE"),
    ]
    assert (lines[0]["actor"], lines[0]["endpoint_ids"]) == ("AIDAEXAMPLE", [endpoint_id])
    assert all(line["users"] == [digest_of(person)] for line in lines)
    assert lines[2]["counts"] == {"ALREADY_THERE": 1, "REFUSED": 1}
    assert lines[3]["endpoint_ids"] == [endpoint_id]
    assert not any(word in json.dumps(lines).lower() for word in ("anna", "bedroom", "example.com"))


def test_a_failure_of_aws_has_a_code_and_an_alarm_and_repeats_nothing_that_aws_said(
    registry_function: RegistryFunction, signaling_thread: SignalingService
) -> None:
    async def fail(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation == "CreateSignalingChannel":
            return web.json_response({"Message": "SENTINEL"}, status=418, headers={"x-amzn-ErrorType": "Teapot"})
        return await proceed()

    signaling_thread.intercept(fail)
    error = refused(registry_function, "AddCamera", user_id=ANN, friendly_name="Door")
    assert error.code == Code.INTERNAL
    assert error.message.startswith("AWS refused the creation of the signaling channel camera-skill-")
    assert "SENTINEL" not in error.message
    begun, line = registry_function.audited()
    assert (begun["level"], begun["outcome"]) == ("INFO", "BEGUN")
    assert (line["level"], line["outcome"]) == ("ERROR", Code.INTERNAL)


def test_the_audit_log_says_whom_a_removal_took_the_camera_from(registry_function: RegistryFunction) -> None:
    endpoint_id = registry_function.add(ANN, "Door")
    registry_function("ShareCamera", endpoint_id=endpoint_id, user_id=BOB, friendly_name="Door")
    registry_function("RemoveCamera", endpoint_id=endpoint_id)
    begun, done = (line for line in registry_function.audited() if line["operation"] == "RemoveCamera")
    assert (begun["outcome"], begun["endpoint_ids"]) == ("BEGUN", [endpoint_id])
    assert (done["outcome"], done["users"]) == ("DONE", sorted([digest_of(ANN), digest_of(BOB)]))


# Rows that name a camera, and say otherwise of it.


@pytest.mark.parametrize("changed", ["channel_arn", "thing_name", "external_id"])
def test_a_row_is_refused_when_it_names_another_channel_thing_or_id_than_the_camera_has(
    registry_function: RegistryFunction, kvs: "KinesisVideoClient", iot: "IoTClient", changed: str
) -> None:
    arns = [kvs.create_signaling_channel(ChannelName=f"SN-{number}")["ChannelARN"] for number in range(2)]
    for number in range(2):
        iot.create_thing(thingName=f"thing-{number}")
    first, second = (
        {"channel_arn": arns[number], "thing_name": f"thing-{number}", "external_id": str(number)}
        for number in range(2)
    )
    endpoint_id = registry_function.add(ANN, "Door", **first)
    for user, share in ((ANN, False), (BOB, True)):
        row = {"user_id": user, "friendly_name": "Door", **first, changed: second[changed], "share": share}
        (answer,) = registry_function("ImportCameras", rows=[row])["rows"]
        assert answer["error"]["code"] == Code.DIFFERENT_CAMERA
        assert first[changed] in answer["error"]["message"]
        assert answer["error"]["endpoint_id"] == endpoint_id
    assert registry_function("ListCameras", user_id=BOB)["cameras"] == []


def test_a_row_gives_nobody_anothers_camera_by_its_endpoint_id_alone(registry_function: RegistryFunction) -> None:
    endpoint_id = registry_function.add(ANN, "Door")
    row = {"user_id": BOB, "friendly_name": "Door", "endpoint_id": endpoint_id}
    (answer,) = registry_function("ImportCameras", rows=[row])["rows"]
    assert answer["error"]["code"] == Code.OTHERS_CAMERA
    (answer,) = registry_function("ImportCameras", rows=[{**row, "share": True}])["rows"]
    assert answer == {"outcome": "SHARED", "endpoint_id": endpoint_id}


# Texts and channels that AWS might take otherwise than they are meant.


@pytest.mark.parametrize("name", ["friendly_name", "user_id", "thing_name", "external_id", "channel_arn"])
@pytest.mark.parametrize("text", ["Door \ud83d", "T\u00fcr" * 300], ids=["half of an emoji", "long"])
def test_a_text_that_cannot_be_a_name_spoils_its_own_row_only(
    registry_function: RegistryFunction, name: str, text: str
) -> None:
    good = {"user_id": ANN, "friendly_name": "Gate"}
    bad = {"user_id": ANN, "friendly_name": "Door", name: text}
    first, second = registry_function("ImportCameras", rows=[bad, good])["rows"]
    assert first["outcome"] == "REFUSED"
    assert first["error"]["code"] in {Code.INVALID_REQUEST, Code.ALEXA_REFUSES}
    assert second["outcome"] == "ADDED"
    alone = refused(registry_function, "AddCamera", **bad)
    assert alone.code in {Code.INVALID_REQUEST, Code.ALEXA_REFUSES}


def test_a_channel_is_known_by_the_spelling_that_aws_has(
    registry_function: RegistryFunction, signaling_thread: SignalingService, kvs: "KinesisVideoClient"
) -> None:
    arn = kvs.create_signaling_channel(ChannelName="SN-1")["ChannelARN"]
    name, _, created = arn.rpartition("/")

    async def lenient(call: Call, proceed: Proceed) -> web.StreamResponse:
        for key in ("ChannelARN", "ResourceARN"):
            if call.parameters and key in call.parameters:
                call.parameters[key] = arn
        return await proceed()

    signaling_thread.intercept(lenient)
    spelling = f"{name}/0{created}"
    error = refused(registry_function, "AddCamera", user_id=ANN, friendly_name="Door", channel_arn=spelling)
    assert error.code == Code.NO_SUCH_CHANNEL


def test_the_message_ttl_of_a_channel_that_is_taken_over_cannot_be_set(
    registry_function: RegistryFunction, kvs: "KinesisVideoClient"
) -> None:
    arn = kvs.create_signaling_channel(ChannelName="SN-1")["ChannelARN"]
    row = {"user_id": ANN, "friendly_name": "Door", "channel_arn": arn, "features": {"message_ttl": 20}}
    assert refused(registry_function, "AddCamera", **row).code == Code.CHANNEL_NOT_OURS
    (answer,) = registry_function("ImportCameras", rows=[row])["rows"]
    assert answer["error"]["code"] == Code.CHANNEL_NOT_OURS


def test_a_camera_is_shown_and_removed_when_its_channel_is_not_the_stacks_to_use_any_more(
    registry_function: RegistryFunction, signaling_thread: SignalingService, kvs: "KinesisVideoClient"
) -> None:
    arn = kvs.create_signaling_channel(ChannelName="SN-1")["ChannelARN"]
    endpoint_id = registry_function.add(ANN, "Door", channel_arn=arn)

    async def deny(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.channel_name == "SN-1":
            raise ServiceError(ACCESS_DENIED, "not allowed")
        return await proceed()

    signaling_thread.intercept(deny)
    camera = registry_function("GetCamera", endpoint_id=endpoint_id)
    assert camera["owners"][0]["friendly_name"] == "Door"
    assert "may not use the signaling channel SN-1" in camera["warnings"][0]
    assert registry_function("RemoveCamera", endpoint_id=endpoint_id)["removed"]["channel"] == "LEFT"


def test_a_channel_of_the_stack_is_not_forgotten_when_aws_denies_a_look_at_it(
    registry_function: RegistryFunction, signaling_thread: SignalingService
) -> None:
    endpoint_id = registry_function.add(ANN, "Door")

    async def deny(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation == "DescribeSignalingChannel":
            raise ServiceError(ACCESS_DENIED, "not allowed")
        return await proceed()

    signaling_thread.intercept(deny)
    assert refused(registry_function, "RemoveCamera", endpoint_id=endpoint_id).code == Code.INTERNAL
    signaling_thread.intercept(None)
    assert registry_function("RemoveCamera", endpoint_id=endpoint_id)["removed"]["channel"] == "DELETED"
