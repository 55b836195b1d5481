"""A report is sent once, when the table that remembers it fails at any step."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from camera_skill.adapters import tables
from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.idempotent_deliveries import IdempotentDeliveries
from camera_skill.budget import Budget
from camera_skill.report import Delivery, Outcome, Report
from camera_skill.report_errors import ReportStrandedError
from simulator.local_aws import LocalAws
from tests.support.deliveries import QueuesInMemory, press
from tests.support.servers import dynamodb_error
from tests.support.wire import Wire, running_wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 3
"""Of the SDK."""


class Counted:
    """Deliveries that count, and strand if they are told to."""

    def __init__(self) -> None:
        self.count = 0
        self.strands = False

    def deliver(self, _report: Report, _budget: Budget) -> Delivery:
        self.count += 1
        if self.strands:
            raise ReportStrandedError("SQS could not be reached")
        return Delivery(Outcome.DELIVERED, status=202)


class Once:
    """The deliveries under test, over a wire to the table. Each call is by another instance of the function."""

    def __init__(self, session: boto3.Session, wire: Wire, activity_table: str) -> None:
        self.sent, self.queues, self.wire = Counted(), QueuesInMemory(), wire
        self._session = session
        self._table = activity_table

    async def __call__(self, report: Report, seconds: float = 5.0) -> Delivery:
        once = IdempotentDeliveries(self.sent, self.queues, tables.client(self._session), self._table)
        return await asyncio.to_thread(once.deliver, report, Budget(seconds))

    def fail(self, operation: str) -> None:
        """Lets the next call of the operation fail, whatever the SDK does."""
        self.wire.replies[operation] = [dynamodb_error(500, "InternalServerError")] * ATTEMPTS


@pytest.fixture
async def once(
    local_aws: LocalAws, table_names: tuple[str, str], aws: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Once]:
    async with running_wire(local_aws.url) as wire:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", wire.url)
        yield Once(aws, wire, table_names[1])


async def test_nothing_is_sent_and_the_report_comes_again_when_it_cannot_be_told_whether_it_was_sent(
    once: Once,
) -> None:
    once.fail("PutItem")
    with pytest.raises(ReportStrandedError):
        await once(press())
    assert (once.sent.count, once.queues.waiting) == (0, [])
    assert (await once(press())).outcome is Outcome.DELIVERED


async def test_the_report_counts_as_sent_when_only_that_cannot_be_written(once: Once) -> None:
    once.fail("UpdateItem")
    assert await once(press()) == Delivery(Outcome.DELIVERED, status=202)
    again = await once(press())
    assert again.outcome is Outcome.RETRIED  # nobody can tell whether another instance is still at it
    assert [seconds for _, seconds in once.queues.waiting] == [15]
    assert once.sent.count == 1


class AskingTwice:
    """The table's client, whose SDK puts each item a second time, since the first reply was lost."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client

    def put_item(self, **request: Any) -> Any:  # noqa: ANN401 - boto3's
        self._client.put_item(**request)
        return self._client.put_item(**request)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - boto3's
        return getattr(self._client, name)


async def test_the_report_is_sent_at_once_when_the_sdk_asks_twice(
    once: Once, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    client = FreshClient(AskingTwice(dynamodb))
    twice = IdempotentDeliveries(once.sent, once.queues, client, table_names[1])  # type: ignore[arg-type]  # like a client
    assert await asyncio.to_thread(twice.deliver, press(), Budget(5.0)) == Delivery(Outcome.DELIVERED, status=202)
    assert (await once(press())).outcome is Outcome.REPEATED
    assert (once.sent.count, once.queues.waiting) == (1, [])


async def test_no_second_announcement_is_feared_when_the_first_was_done_long_ago(
    once: Once, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    await once(press())
    [record] = dynamodb.scan(TableName=table_names[1])["Items"]
    dynamodb.put_item(TableName=table_names[1], Item={**record, "expires_at": {"N": "1"}})  # and not yet deleted
    assert await once(press()) == Delivery(Outcome.DELIVERED, status=202)
    assert once.sent.count == 2


async def test_the_report_is_sent_at_once_when_it_strands_and_comes_again(once: Once) -> None:
    once.sent.strands = True
    with pytest.raises(ReportStrandedError):
        await once(press())
    once.sent.strands = False
    assert await once(press()) == Delivery(Outcome.DELIVERED, status=202)


async def test_a_report_that_strands_says_so_when_its_record_cannot_be_taken_back_either(once: Once) -> None:
    once.sent.strands = True
    once.fail("DeleteItem")
    with pytest.raises(ReportStrandedError, match="SQS"):
        await once(press())


async def test_the_report_strands_when_the_table_says_nothing(once: Once) -> None:
    once.wire.muted.add("PutItem")
    with pytest.raises(ReportStrandedError):
        await once(press(), seconds=0.5)
    assert once.sent.count == 0


@pytest.mark.parametrize(
    ("another", "outcome"),
    [
        ({}, Outcome.REPEATED),
        ({"user_id": "customer-2"}, Outcome.DELIVERED),
        ({"event_id": "camera-skill-front-door/doorbell/press-2"}, Outcome.DELIVERED),
        ({"attempt": 1}, Outcome.DELIVERED),
        ({"redriven": 1}, Outcome.DELIVERED),
        ({"message": {}}, Outcome.REPEATED),
    ],
)
async def test_a_report_is_the_same_when_event_customer_attempt_and_redrive_are(
    once: Once, another: dict[str, Any], outcome: Outcome
) -> None:
    await once(press())
    delivery = await once(replace(press(), **another))
    assert delivery.outcome is outcome
    assert delivery.reason == ("it was DELIVERED before" if outcome is Outcome.REPEATED else "")
