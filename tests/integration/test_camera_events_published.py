"""The simulated camera's events, from the local AWS's broker through rules to a queue."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from typing import Any
from uuid import uuid4

import pytest

from simulator.camera import Broker, Event, EventPublisher, commands
from simulator.local_aws import LocalAws

PRESENCE = "clientId AS thing, eventType AS kind, disconnectReason AS reason"
Json = dict[str, Any]


@pytest.fixture
def thing() -> str:
    return f"camera-skill-{uuid4().hex[:8]}"


@pytest.fixture
def host(local_aws: LocalAws) -> str:
    return local_aws.iot_host()


class Queue:
    """What rules put into a queue of the local AWS about one thing."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        self._sqs = aws.session().client("sqs", endpoint_url=aws.url)
        self.url = self._sqs.create_queue(QueueName=name)["QueueUrl"]

    def receive(self, count: int) -> list[Json]:
        """The next so many messages, decoded, in the order of their arrival; fewer if they do not come."""
        found: list[Json] = []
        for _ in range(5):
            replies = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=2)
            for message in replies.get("Messages", []):
                found.append(_decoded(json.loads(message["Body"])))
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            if len(found) >= count:
                break
        return found

    def close(self) -> None:
        self._sqs.delete_queue(QueueUrl=self.url)
        self._sqs.close()


def _decoded(body: Json) -> Json:
    payload = body.pop("payload", None)
    return body | ({} if payload is None else {"event": json.loads(base64.b64decode(payload))})


@pytest.fixture
def queue(local_aws: LocalAws, thing: str) -> Iterator[Queue]:
    queue = Queue(local_aws, thing)
    statements = {
        "events": f"SELECT encode(*, 'base64') AS payload, topic(4) AS kind FROM 'cameras/{thing}/events/+'",  # noqa: S608 - SQL of AWS IoT
        "connected": f"SELECT {PRESENCE} FROM '$aws/events/presence/connected/{thing}'",  # noqa: S608 - the same
        "disconnected": f"SELECT {PRESENCE} FROM '$aws/events/presence/disconnected/{thing}'",  # noqa: S608 - the same
    }
    rules = {f"{name}_{thing.replace('-', '_')}": sql for name, sql in statements.items()}
    role = "arn:aws:iam::000000000000:role/rule"
    with closing(local_aws.session().client("iot", endpoint_url=local_aws.url)) as iot:
        for name, sql in rules.items():
            actions = [{"sqs": {"queueUrl": queue.url, "roleArn": role, "useBase64": False}}]
            payload: Any = {"sql": sql, "actions": actions, "awsIotSqlVersion": "2016-03-23"}
            iot.create_topic_rule(ruleName=name, topicRulePayload=payload)
        yield queue
        for name in rules:
            iot.delete_topic_rule(ruleName=name)
    queue.close()


class Reports:
    """What a camera says of itself."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    async def until(self, condition: Callable[[list[Event]], bool]) -> None:
        async with asyncio.timeout(15):
            while not condition(self.events):
                self._changed.clear()
                await self._changed.wait()

    def names(self) -> list[str]:
        return [str(event["event"]) for event in self.events]

    def published(self) -> list[str]:
        return [str(event["id"]) for event in self.events if event["event"] == "published"]


@asynccontextmanager
async def publishing(thing: str, broker: Broker) -> AsyncIterator[tuple[EventPublisher, Reports]]:
    reports = Reports()
    publisher = EventPublisher(thing, broker, reports)
    running = asyncio.create_task(publisher.run())
    try:
        yield publisher, reports
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class Wire:
    """A way to the broker that can be cut, and mended."""

    def __init__(self, port: int) -> None:
        self._broker_port = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._broker_port)
        self._writers |= {writer, other_writer}
        await asyncio.gather(_pump(reader, other_writer), _pump(other_reader, writer))
        self._writers -= {writer, other_writer}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


async def test_events_and_presence_come_to_the_rules_when_a_camera_publishes(
    local_aws: LocalAws, thing: str, host: str, queue: Queue
) -> None:
    async with publishing(thing, Broker(f"ws://127.0.0.1:{local_aws.port}/mqtt", host)) as (publisher, reports):
        publisher.publish("doorbell", {"id": "press-1"})
        publisher.publish("motion", {"detected": True})
        await reports.until(lambda events: len(events) == 4)
    status, press, motion = reports.published()
    assert press == "press-1"
    assert await asyncio.to_thread(queue.receive, 5) == [
        {"thing": thing, "kind": "connected"},
        {"kind": "status", "event": {"id": status, "sleep": "none", "privacy": False, "low_power": False}},
        {"kind": "doorbell", "event": {"id": "press-1"}},
        {"kind": "motion", "event": {"id": motion, "detected": True}},
        {"thing": thing, "kind": "disconnected", "reason": "CLIENT_INITIATED_DISCONNECT"},
    ]


async def test_events_are_published_once_it_is_back_when_the_connection_was_lost(
    local_aws: LocalAws, thing: str, host: str, queue: Queue
) -> None:
    wire = Wire(local_aws.port)
    await wire.mend()
    async with publishing(thing, Broker(f"ws://127.0.0.1:{wire.port}/mqtt", host)) as (publisher, reports):
        await reports.until(lambda _: len(reports.published()) == 1)
        wire.cut()
        await reports.until(lambda _: reports.names().count("mqtt_disconnected") >= 2)
        publisher.publish("doorbell", {"id": "press-1"})
        await wire.mend()
        await reports.until(lambda _: "press-1" in reports.published())
    wire.cut()
    kinds = [message["kind"] for message in await asyncio.to_thread(queue.receive, 6)]
    assert kinds == ["connected", "status", "disconnected", "connected", "doorbell", "disconnected"]


async def test_the_oldest_event_is_dropped_when_too_many_wait() -> None:
    reports = Reports()
    publisher = EventPublisher("camera", Broker("ws://127.0.0.1:9/mqtt"), reports)
    for number in range(101):
        publisher.publish("doorbell", {"id": str(number)})
    assert reports.names() == ["event_dropped"] * 2  # the status, and one more
    assert reports.events[-1]["id"] == "0"


async def test_does_what_it_is_told_and_goes_on_when_a_command_is_unreadable() -> None:
    reports = Reports()
    published: list[tuple[str, object]] = []

    class Publisher(EventPublisher):
        def publish(self, kind: str, event: Mapping[str, Any]) -> None:
            published.append((kind, event))

    ours, its = os.pipe()
    lines = [b"{", b'{"kind": "doorbell"}', b"[]", b'{"kind": "motion", "event": {"id": "1"}}']
    os.write(its, b"\n".join(lines) + b"\n")
    os.close(its)
    await commands.obey(ours, Publisher("camera", Broker("ws://127.0.0.1:9/mqtt"), reports), reports)
    assert published[1:] == [("motion", {"id": "1"})]
    assert reports.names() == ["command_unreadable"] * 3
