"""Many offers at once, as Lambda runs them, against cameras of which a third is slow, silent or faulty."""

import asyncio
import json
import random
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.conftest import SOAK, AddCamera
from tests.support import alexa_schema
from tests.support.account_server import AccountServer
from tests.support.directives import initiate, offer_of
from tests.support.function_fleet import running_fleet
from tests.support.function_process import FunctionProcess
from tests.support.many_masters import ManyMasters, MarkedCamera, mark_of, marked, running_masters

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OFFERS, ROUNDS = (200, 10) if SOAK else (40, 1)
STARTS = 4
"""How many processes make their first call at once: each has a CPU of its own at AWS, and here there are few."""
WAITED_SECONDS, REPLY_SECONDS = 4.75, 5.5
OFFER = offer_of("echo-show")
ANSWERED = "AnswerGeneratedForSession"
SLOW = {"slow=2", "late=3", "slow=4"}
TRUTH = {
    "": ANSWERED,
    "slow=2": ANSWERED,
    "silent": "ENDPOINT_UNREACHABLE",
    "reset": "BRIDGE_UNREACHABLE",
    "garbage-answer": "ENDPOINT_UNREACHABLE",
    "not-authorized": "INSUFFICIENT_PERMISSIONS",
    "late=3": ANSWERED,
    "dribble": "ENDPOINT_UNREACHABLE",
    "null-answer": "ENDPOINT_UNREACHABLE",
    "client-limit-exceeded": "RATE_LIMIT_EXCEEDED",
    "camera-busy": "ENDPOINT_BUSY",
    "slow=4": ANSWERED,
    "never": "ENDPOINT_UNREACHABLE",
    "http-500": "BRIDGE_UNREACHABLE",
    "cut-off": "BRIDGE_UNREACHABLE",
}
"""What Alexa must be told of a camera with that fault."""


@dataclass(frozen=True)
class Outcome:
    """What became of an offer: the reply, the function's log line, the time on the invoker's clock."""

    camera: MarkedCamera
    mark: str
    reply: dict[str, Any]
    log: dict[str, Any]
    seconds: float

    @property
    def told(self) -> str:
        """The type of the error, or the name of the event."""
        event = self.reply["event"]
        return str(event["payload"].get("type", event["header"]["name"]))

    def check(self) -> None:
        event = self.reply["event"]
        assert alexa_schema.accepts(self.reply)
        assert self.seconds <= REPLY_SECONDS, self
        assert self.told == TRUTH[self.camera.fault] or self.came_too_late(), self
        assert event["endpoint"] == {"endpointId": self.camera.endpoint_id}
        assert event["header"]["correlationToken"] == self.mark
        if self.told == ANSWERED:
            assert mark_of(event["payload"]["answer"]["value"]) == f"{self.camera.endpoint_id} {self.mark}"
        assert (self.log["endpoint_id"], self.log["session_id"]) == (self.camera.endpoint_id, session_of(self.mark))
        assert self.log["outcome"] == ("ANSWERED" if self.told == ANSWERED else self.told)

    def came_too_late(self) -> bool:
        """Whether a slow camera was waited for to the end: on a busy machine little of the time is left for it."""
        is_waited_for = self.seconds > WAITED_SECONDS
        return self.camera.fault in SLOW and self.told == "ENDPOINT_UNREACHABLE" and is_waited_for


def session_of(mark: str) -> str:
    return f"session of {mark}"


async def offer(function: FunctionProcess, camera: MarkedCamera, mark: str, token: str) -> Outcome:
    event = initiate(token, marked(OFFER, mark), camera.endpoint_id)
    event["directive"]["header"]["correlationToken"] = mark
    event["directive"]["payload"]["sessionId"] = session_of(mark)
    function.output.clear()
    clock = asyncio.get_running_loop().time
    started = clock()
    reply = await function.reply(event)
    seconds = clock() - started
    log, _metrics = (json.loads(line) for line in function.output)
    return Outcome(camera, mark, reply, log, seconds)


@dataclass(frozen=True)
class Holdings:
    """The most that any process of the function holds."""

    files: int
    sockets: int
    threads: int
    megabytes: float

    @classmethod
    def of(cls, fleet: Sequence[FunctionProcess]) -> "Holdings":
        processes = [psutil.Process(function.pid) for function in fleet]
        return cls(
            files=max(process.num_fds() for process in processes),
            sockets=max(len(process.net_connections("tcp")) for process in processes),
            threads=max(process.num_threads() for process in processes),
            megabytes=max(round(process.memory_full_info().uss / 1024 / 1024, 1) for process in processes),
        )

    def check(self) -> None:
        """Idle connections that botocore lets go are closed when Python collects them, not before."""
        assert self.files <= 12
        assert self.sockets <= 8
        assert self.threads <= 4
        assert self.megabytes < 64


def show(outcomes: Sequence[Outcome], holdings: Holdings) -> None:
    """Prints the figures that docs/performance.md wants."""
    told = Counter(outcome.told for outcome in outcomes)
    lines = [f"\n{len(outcomes)} offers, {OFFERS} at once: {dict(told.most_common())}"]
    for name, faults in (("all cameras", set(TRUTH)), ("cameras without fault", {""})):
        times = sorted(outcome.seconds for outcome in outcomes if outcome.camera.fault in faults)
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        lines.append(f"{name}: p50 {cuts[49]:.2f}, p95 {cuts[94]:.2f}, p99 {cuts[98]:.2f}, most {times[-1]:.2f} s")
    print("\n".join([*lines, f"each process, at most: {holdings}"]))  # noqa: T201 - the figures are wanted


async def quiet(masters: ManyMasters) -> dict[str, Any]:
    """The signaling service's counts, once no call waits there any more."""
    async with asyncio.timeout(30):
        while (counts := await masters.counts())["waiting"]:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)
    return counts


async def warmed(fleet: Sequence[FunctionProcess], masters: ManyMasters, token: str) -> list[Outcome]:
    """Every process answers its first offer, a few at a time."""
    few, good = asyncio.Semaphore(STARTS), cycle(camera for camera in masters.cameras if not camera.fault)

    async def first(function: FunctionProcess, camera: MarkedCamera) -> Outcome:
        async with few:
            return await offer(function, camera, f"first-{function.pid}", token)

    return await asyncio.gather(*map(first, fleet, good))


async def campaign(fleet: Sequence[FunctionProcess], masters: ManyMasters, token: str) -> list[Outcome]:
    """In each round every process gets an offer at the same time, and every camera two of them."""
    outcomes = await warmed(fleet, masters, token)
    chosen = random.Random(1)  # noqa: S311 - the same in each run
    for number in range(ROUNDS):
        cameras = chosen.sample(masters.cameras * 2, OFFERS)
        marks = [f"round-{number}-place-{place}" for place in range(OFFERS)]
        at_once = (offer(*which, token) for which in zip(fleet, cameras, marks, strict=True))
        outcomes += await asyncio.gather(*at_once)
        await quiet(masters)
    return outcomes


def recorded_sessions(dynamodb: "DynamoDBClient", activity_table: str) -> int:
    pages = dynamodb.get_paginator("scan").paginate(TableName=activity_table)
    return sum(item["sk"]["S"].startswith("SESSION#") for page in pages for item in page["Items"])


@pytest.mark.soak
@pytest.mark.timeout(600 if SOAK else 120)
async def test_every_offer_is_answered_truthfully_and_in_time_when_many_come_at_once(
    function_environment: dict[str, str],
    account_server: AccountServer,
    add_camera: AddCamera,
    dynamodb: "DynamoDBClient",
    table_names: tuple[str, str],
) -> None:
    async with running_masters(OFFERS // 2, [fault for fault in TRUTH if fault]) as masters:
        url = masters.data_plane_url
        for camera in masters.cameras:
            await asyncio.to_thread(add_camera, url, channel_arn=camera.channel_arn, endpoint_id=camera.endpoint_id)
        environment = {**function_environment, "AWS_ENDPOINT_URL_KINESIS_VIDEO": masters.control_plane_url}
        async with running_fleet(environment, OFFERS) as fleet:
            outcomes = await campaign(fleet, masters, account_server.token())
            counts, holdings = await quiet(masters), Holdings.of(fleet)
    show(outcomes[OFFERS:], holdings)  # without the first offer of each process
    for outcome in outcomes:
        outcome.check()
    holdings.check()
    late = [outcome.came_too_late() for outcome in outcomes if outcome.camera.fault in SLOW]
    assert sum(late) < len(late) / 2
    assert counts["connections"] < 2 * OFFERS
    sent = Counter(outcome.camera.endpoint_id for outcome in outcomes)
    assert {name for name, offers in counts["offers"].items() if offers > sent[name]} == set()
    unrecorded = sum(bool(outcome.log["session_unrecorded"]) for outcome in outcomes)
    assert len(outcomes) - unrecorded <= recorded_sessions(dynamodb, table_names[1]) <= len(outcomes)
