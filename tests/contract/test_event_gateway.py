"""The simulated event gateway, as Alexa documents it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from typing import Any

import aiohttp
import pytest

from simulator.alexa.cloud import AlexaCloud, CloudFault, CloudSettings
from simulator.alexa.cloud.login_with_amazon import Tokens
from tests.support.alexa_cloud import FRONT_DOOR, doorbell_endpoint

USER = "customer-1"
PERIOD = {"timeOfSample": "2026-11-22T10:00:00.123Z", "uncertaintyInMilliseconds": 0}
Json = dict[str, Any]


@pytest.fixture
async def cloud() -> AsyncIterator[AlexaCloud]:
    async with AlexaCloud() as running:
        yield running


@pytest.fixture
def tokens(cloud: AlexaCloud) -> Tokens:
    return cloud.add_customer(USER, [doorbell_endpoint()])


def header(namespace: str, name: str, version: str = "3") -> Json:
    return {"namespace": namespace, "name": name, "messageId": "m-1", "payloadVersion": version}


def about_camera(token: str, head: Json, payload: Json, **context: Json) -> Json:
    endpoint = {"scope": {"type": "BearerToken", "token": token}, "endpointId": FRONT_DOOR}
    return {**context, "event": {"header": head, "endpoint": endpoint, "payload": payload}}


def press(token: str, timestamp: str = "2026-11-22T10:00:00Z") -> Json:
    payload = {"cause": {"type": "PHYSICAL_INTERACTION"}, "timestamp": timestamp}
    return about_camera(token, header("Alexa.DoorbellEventSource", "DoorbellPress"), payload, context={})


def change(token: str, namespace: str, name: str, value: object, *context: Json) -> Json:
    changed = {"namespace": namespace, "name": name, "value": value, **PERIOD}
    payload = {"change": {"cause": {"type": "PHYSICAL_INTERACTION"}, "properties": [changed]}}
    return about_camera(token, header("Alexa", "ChangeReport"), payload, context={"properties": list(context)})


def motion(token: str, value: str = "DETECTED", *context: Json) -> Json:
    return change(token, "Alexa.MotionSensor", "detectionState", value, *context)


def health(token: str, value: str) -> Json:
    return change(token, "Alexa.EndpointHealth", "connectivity", {"value": value})


def person(token: str) -> Json:
    seen = {"eventIdentifier": "e-1", "imageNetClass": "person", **PERIOD}
    head = header("Alexa.SmartVision.ObjectDetectionSensor", "ObjectDetection", "1.0")
    return about_camera(token, head, {"events": [seen]})


def of_discovery(token: str, name: str, *endpoints: Json) -> Json:
    payload = {"endpoints": list(endpoints), "scope": {"type": "BearerToken", "token": token}}
    return {"event": {"header": header("Alexa.Discovery", name), "payload": payload}}


async def post(cloud: AlexaCloud, token: str, message: object) -> tuple[int, str]:
    """Status, and the code of Alexa's error."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{cloud.gateway_url}/v3/events", data=body, headers=headers) as response,
    ):
        text = await response.text()
    if response.status == 202:
        assert not text
        return 202, ""
    error = json.loads(text)
    assert error.keys() == {"header", "payload"}
    assert error["payload"].keys() == {"code", "description"}
    return response.status, error["payload"]["code"]


async def echo(cloud: AlexaCloud, token: str, message: Json) -> list[str]:
    """What an Echo does with a message that is taken."""
    assert await post(cloud, token, message) == (202, "")
    return cloud.events.records[-1].echo


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (press, "announces: someone is at Front Door"),
        (motion, "routines: motion at Front Door"),
        (lambda token: motion(token, "NOT_DETECTED"), "routines: no motion any more at Front Door"),
        (lambda token: health(token, "UNREACHABLE"), "app shows: Front Door offline"),
        (lambda token: health(token, "OK"), "app shows: Front Door online"),
        (person, "routines: person seen at Front Door"),
    ],
)
async def test_tells_what_an_echo_does_when_a_message_is_right(
    cloud: AlexaCloud, tokens: Tokens, message: Callable[[str], Json], sentence: str
) -> None:
    assert await echo(cloud, tokens.access_token, message(tokens.access_token)) == [sentence]
    (record,) = cloud.events.records
    assert (record.user_id, record.endpoint_ids, record.status, record.message_id) == (USER, (FRONT_DOOR,), 202, "m-1")
    assert tokens.access_token not in str(record.as_row()) + json.dumps(record.message)


async def test_shows_cameras_as_reported_when_they_come_change_and_go(cloud: AlexaCloud, tokens: Tokens) -> None:
    token = tokens.access_token
    garage = doorbell_endpoint("camera-skill-garage", "Garage")
    add = of_discovery(token, "AddOrUpdateReport", garage)
    assert await echo(cloud, token, add) == ["app shows: Garage is new"]
    assert await echo(cloud, token, add) == ["app shows: Garage as it was"]
    rename = of_discovery(token, "AddOrUpdateReport", {**garage, "friendlyName": "Carport"})
    assert await echo(cloud, token, rename) == ["app shows: Garage is called Carport now"]
    update = of_discovery(token, "AddOrUpdateReport", {**garage, "friendlyName": "Carport", "description": "New"})
    assert await echo(cloud, token, update) == ["app shows: Carport has changed"]
    delete = of_discovery(token, "DeleteReport", {"endpointId": "camera-skill-garage"})
    assert await echo(cloud, token, delete) == ["app removes: Carport"]
    assert await echo(cloud, token, delete) == ["no such device: camera-skill-garage"]
    assert list(cloud.customers[USER].devices) == [FRONT_DOOR]


async def test_takes_a_message_and_does_nothing_when_the_device_is_not_known(cloud: AlexaCloud) -> None:
    token = cloud.add_customer(USER).access_token
    assert await echo(cloud, token, press(token)) == [f"no such device: {FRONT_DOOR}"]


async def test_passes_over_what_the_device_did_not_declare(cloud: AlexaCloud) -> None:
    bare = {**doorbell_endpoint(), "capabilities": []}
    token = cloud.add_customer(USER, [bare]).access_token
    assert await echo(cloud, token, press(token)) == ["passes over: Front Door is no doorbell"]
    assert await echo(cloud, token, motion(token)) == ["passes over: Front Door has no Alexa.MotionSensor"]
    assert await echo(cloud, token, person(token)) == ["passes over: Front Door detects no objects"]


def without(path: str) -> Callable[[Json], None]:
    def spoil(message: Json) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            message = message[parent]
        del message[last]

    return spoil


def having(path: str, value: object) -> Callable[[Json], None]:
    def spoil(message: Json) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            message = message[parent]
        message[last] = value

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        without("event"),
        without("event.header"),
        without("event.header.messageId"),
        without("event.endpoint"),
        without("event.endpoint.scope"),
        without("event.payload.timestamp"),
        having("event", "text"),
        having("event.header.name", "DoorbellRing"),
        having("event.header.namespace", "Alexa"),
        having("event.header.payloadVersion", "2"),
        having("event.header.messageId", ""),
        having("event.header.messageId", "no spaces"),
        having("event.endpoint.endpointId", 7),
        having("event.endpoint.endpointId", "with/slash"),
        having("event.endpoint.scope.token", "another"),
        having("event.endpoint.scope.type", "Basic"),
        having("event.payload.timestamp", "2026-11-22T10:00:00.123Z"),
        having("event.payload.timestamp", "2026-11-22T10:00:00+00:00"),
        having("event.payload.more", 1),
    ],
)
async def test_refuses_a_press_when_something_in_it_is_wrong(
    cloud: AlexaCloud, tokens: Tokens, spoil: Callable[[Json], None]
) -> None:
    message = deepcopy(press(tokens.access_token))
    spoil(message)
    assert await post(cloud, tokens.access_token, message) == (400, "INVALID_REQUEST_EXCEPTION")
    (record,) = cloud.events.records
    assert (record.status, record.echo) == (400, [])
    assert record.description


async def test_refuses_a_change_report_when_it_has_a_property_twice_or_none(cloud: AlexaCloud, tokens: Tokens) -> None:
    token = tokens.access_token
    twice = {"namespace": "Alexa.MotionSensor", "name": "detectionState", "value": "DETECTED", **PERIOD}
    nothing = motion(token)
    nothing["event"]["payload"]["change"]["properties"] = []
    for message in (motion(token, "DETECTED", twice), nothing):
        assert await post(cloud, token, message) == (400, "INVALID_REQUEST_EXCEPTION")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe"])
async def test_refuses_a_body_when_it_is_no_json_object(cloud: AlexaCloud, tokens: Tokens, body: bytes) -> None:
    assert await post(cloud, tokens.access_token, body) == (400, "INVALID_REQUEST_EXCEPTION")


async def test_refuses_reports_when_they_are_too_large(cloud: AlexaCloud, tokens: Tokens) -> None:
    token = tokens.access_token
    many = [{"endpointId": f"camera-skill-{number}"} for number in range(301)]
    assert (await post(cloud, token, of_discovery(token, "DeleteReport", *many)))[0] == 413
    assert (await post(cloud, token, of_discovery(token, "DeleteReport", *many[:300])))[0] == 202
    large = {**doorbell_endpoint(), "cookie": {"much": "x" * 256 * 1024}}
    status = await post(cloud, token, of_discovery(token, "AddOrUpdateReport", large))
    assert status == (413, "REQUEST_ENTITY_TOO_LARGE_EXCEPTION")


async def test_refuses_a_token_when_it_is_unknown_expired_or_taken_back(cloud: AlexaCloud, tokens: Tokens) -> None:
    refused = (401, "INVALID_ACCESS_TOKEN_EXCEPTION")
    token = tokens.access_token
    assert await post(cloud, "unheard of", press("unheard of")) == refused
    cloud.login.expire(USER)
    assert await post(cloud, token, press(token)) == refused
    assert [record.user_id for record in cloud.events.records] == ["", USER]
    newer = cloud.login.new_tokens(USER).access_token
    assert (await post(cloud, newer, press(newer)))[0] == 202
    cloud.revoke(USER)
    assert await post(cloud, newer, press(newer)) == refused


async def test_says_that_the_skill_is_disabled_when_the_customer_unlinked_it(cloud: AlexaCloud, tokens: Tokens) -> None:
    cloud.unlink(USER)
    answer = await post(cloud, tokens.access_token, press(tokens.access_token))
    assert answer == (403, "SKILL_DISABLED_EXCEPTION")
    _, error = cloud.login.answer(
        {
            "grant_type": "refresh_token",
            "refresh_token": tokens.refresh_token,
            "client_id": cloud.settings.client_id,
            "client_secret": cloud.settings.client_secret,
        }
    )
    assert error["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("400", "INVALID_REQUEST_EXCEPTION"),
        ("401", "INVALID_ACCESS_TOKEN_EXCEPTION"),
        ("403", "SKILL_DISABLED_EXCEPTION"),
        ("404", "ACCOUNT_NOT_FOUND_EXCEPTION"),
        ("413", "REQUEST_ENTITY_TOO_LARGE_EXCEPTION"),
        ("429", "THROTTLING_EXCEPTION"),
        ("500", "INTERNAL_SERVICE_EXCEPTION"),
        ("503", "SERVICE_UNAVAILABLE_EXCEPTION"),
    ],
)
async def test_answers_with_the_error_and_does_nothing_when_a_fault_is_set(
    cloud: AlexaCloud, tokens: Tokens, name: str, code: str
) -> None:
    cloud.faults.set(CloudFault(name, times=1))
    token = tokens.access_token
    assert await post(cloud, token, press(token)) == (int(name), code)
    (record,) = cloud.events.records
    assert (record.fault, record.echo) == (name, [])
    assert (await post(cloud, token, press(token)))[0] == (401 if name == "401" else 202)


@pytest.mark.parametrize(("name", "echoes"), [("closed", []), ("lost", ["announces: someone is at Front Door"])])
async def test_tells_whether_anything_was_done_when_the_connection_is_closed(
    cloud: AlexaCloud, tokens: Tokens, name: str, echoes: list[str]
) -> None:
    cloud.faults.set(CloudFault(name, times=1))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await post(cloud, tokens.access_token, press(tokens.access_token))
    assert [record.echo for record in cloud.events.records] == [echoes]


async def test_does_nothing_and_never_answers_when_it_hangs(cloud: AlexaCloud, tokens: Tokens) -> None:
    cloud.faults.set(CloudFault("hang", times=1))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await post(cloud, tokens.access_token, press(tokens.access_token))
    assert [(record.status, record.echo) for record in cloud.events.records] == [(0, [])]


async def outcomes(seed: int, message_ids: list[str]) -> list[int]:
    """The gateway's statuses of these messages, each sent twice, where a third of all goes wrong."""
    async with AlexaCloud(CloudSettings(seed=seed)) as cloud:
        token = cloud.add_customer(USER, [doorbell_endpoint()]).access_token
        cloud.faults.set(CloudFault("429", probability=0.2))
        cloud.faults.set(CloudFault("500", probability=0.2))
        found = {}
        for message_id in message_ids:
            message = press(token)
            message["event"]["header"]["messageId"] = message_id
            found[message_id] = [(await post(cloud, token, message))[0] for _ in range(2)]
        return [status for message_id in sorted(found) for status in found[message_id]]


async def test_the_same_requests_go_wrong_in_any_order_when_the_seed_is_the_same() -> None:
    message_ids = [f"m-{number}" for number in range(40)]
    first = await outcomes(1, message_ids)
    assert {*first} == {202, 429, 500}
    assert 0.4 < first.count(202) / len(first) < 0.9
    assert await outcomes(1, message_ids[::-1]) == first
    assert await outcomes(2, message_ids) != first


async def test_whoever_waits_is_told_at_once_when_an_event_comes(cloud: AlexaCloud, tokens: Tokens) -> None:
    assert await cloud.events.since(0, 0) == []
    waiting = asyncio.create_task(cloud.events.since(0, 10))
    await post(cloud, tokens.access_token, press(tokens.access_token))
    assert [record.number for record in await waiting] == [1]
    assert await cloud.events.since(1, 0) == []
