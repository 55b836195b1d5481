"""The camera_changes function as Lambda runs it: what it is invoked with, what it gives back, what goes to Alexa."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from camera_skill.budget import Budget
from camera_skill.camera import CameraLink
from simulator.local_aws import LocalAws
from tests.support import registry_items, secrets
from tests.support.function import environment
from tests.support.gateway import Gateway, running_gateway
from tests.support.grant_stack import GrantStack
from tests.support.lambda_runtime import Context
from tests.support.registrations import Registrations
from tests.support.registry_stream import RegistryStream
from tests.support.token_server import CODE, TokenServer

MODULE = "camera_skill.functions.camera_changes"
CAMERA = registry_items.camera_of("camera-skill-front")
POISON = {"eventID": "poison", "eventName": "INSERT", "dynamodb": {"SequenceNumber": "7", "Keys": {"pk": {"N": "1"}}}}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running_gateway() as gateway:
        yield gateway


class Changes:
    """The function, freshly loaded; cameras of ann, who granted events, and of bob, who did not."""

    def __init__(self, registrations: Registrations, stream: RegistryStream) -> None:
        self.registrations = registrations
        self.stream = stream
        sys.modules.pop(MODULE, None)
        self._handler = importlib.import_module(MODULE).handler

    def event(self, name: str) -> dict[str, Any]:
        """Both call their camera so."""
        for user_id in ("ann", "bob"):
            self.registrations.link(CameraLink(user_id, CAMERA.endpoint_id, name))
        return self.stream.event()

    def __call__(self, event: dict[str, Any], seconds: float = 60.0) -> set[str]:
        """Which records, by their sequence numbers, are to come again."""
        secrets.learn_event(event)
        reply = self._handler(event, Context(seconds))
        assert reply.keys() == {"batchItemFailures"}
        return {failure["itemIdentifier"] for failure in reply["batchItemFailures"]}


@pytest.fixture
def changes(
    grant_stack: GrantStack,
    token_server: TokenServer,
    gateway: Gateway,
    local_aws: LocalAws,
    registrations: Registrations,
    monkeypatch: pytest.MonkeyPatch,
) -> Changes:
    variables = environment(
        REGISTRY_TABLE=grant_stack.tables[0],
        ACTIVITY_TABLE=grant_stack.tables[1],
        GRANT_KEY_ARN=grant_stack.key_arn,
        ALEXA_CLIENT_SECRET_ARN=grant_stack.secret_arn,
        LOGIN_WITH_AMAZON_URL=token_server.url,
        EVENT_GATEWAY_URL=gateway.url,
        REPORT_QUEUE_URL=grant_stack.queues[0],
        UNDELIVERED_QUEUE_URL=grant_stack.queues[1],
        AWS_ENDPOINT_URL=local_aws.url,
    )
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = RegistryStream(grant_stack.session, local_aws.url, grant_stack.tables[0])
    registrations.register(CAMERA, CameraLink("ann", CAMERA.endpoint_id, "Old"))
    grant_stack.grants(token_server.url).accept("ann", CODE, Budget(5.0))
    stream.event()
    return Changes(registrations, stream)


def numbers_of(event: dict[str, Any], user_id: str) -> set[str]:
    changes = [record["dynamodb"] for record in event["Records"]]
    return {change["SequenceNumber"] for change in changes if change["Keys"]["pk"]["S"] == f"USER#{user_id}"}


def test_alexa_is_told_with_the_customers_token_and_who_granted_nothing_is_left_in_peace(
    changes: Changes, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    assert changes(changes.event("Front Door")) == set()
    (got,) = gateway.got
    payload = got.message["event"]["payload"]
    assert [endpoint["friendlyName"] for endpoint in payload["endpoints"]] == ["Front Door"]
    assert got.headers["authorization"] == f"Bearer {payload['scope']['token']}"
    reports = [vars(record) for record in caplog.records if record.message == "report"]
    assert {report["user_id"]: report["outcome"] for report in reports} == {"ann": "DELIVERED", "bob": "NOT_GRANTED"}


def test_a_report_waits_in_the_queue_and_no_record_comes_again_when_alexa_is_busy(
    changes: Changes, gateway: Gateway, grant_stack: GrantStack
) -> None:
    gateway.will_answer((429, "THROTTLING_EXCEPTION"))
    assert changes(changes.event("Front Door")) == set()
    queue = grant_stack.sqs.get_queue_attributes(QueueUrl=grant_stack.queues[0], AttributeNames=["All"])["Attributes"]
    assert queue["ApproximateNumberOfMessagesDelayed"] == "1"


def test_records_of_whom_alexa_could_not_be_told_come_again_and_no_others(
    changes: Changes, gateway: Gateway, grant_stack: GrantStack, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.will_answer((503, "SERVICE_UNAVAILABLE_EXCEPTION"))
    for url in grant_stack.queues:
        grant_stack.sqs.delete_queue(QueueUrl=url)
    grant_stack.queues.clear()
    event = changes.event("Front Door")
    event["Records"].insert(1, POISON)
    of_ann = numbers_of({"Records": [one for one in event["Records"] if one is not POISON]}, "ann")
    assert changes(event) == {"7", *of_ann}
    assert {record.message for record in caplog.records if record.levelname == "ERROR"} == {
        "report",
        "a record of the registry's stream cannot be read (KeyError)",
        "1 of 1 reports must be done again",
    }


def test_nothing_comes_again_when_a_batch_is_empty(changes: Changes) -> None:
    assert changes({"Records": []}) == set()


def test_all_records_come_again_when_no_time_is_left(changes: Changes, gateway: Gateway) -> None:
    event = changes.event("Front Door")
    assert changes(event, seconds=5.0) == numbers_of(event, "ann") | numbers_of(event, "bob")
    assert gateway.got == []
