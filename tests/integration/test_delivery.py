"""Each answer that the event gateway documents, and each way in which it gives none: what follows from it."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import trustme

from camera_skill.adapters.event_gateway import AMAZONS, EventGateway
from camera_skill.adapters.http_requests import CONNECT_SECONDS, READ_SECONDS
from camera_skill.budget import Budget
from camera_skill.errors import CameraSkillError, RegistryError
from camera_skill.events.delivery import JITTER, LATEST_SECONDS, QUEUE_SECONDS, RETRY_SECONDS, Deliverer
from camera_skill.report import Delivery, Outcome
from camera_skill.report_errors import (
    AlexaClientError,
    GrantError,
    GrantRefusedError,
    RefreshingElsewhereError,
    ReportStrandedError,
    TokenServerError,
)
from tests.support.deliveries import USER, GrantsInMemory, QueuesInMemory, press
from tests.support.gateway import Gateway, running_gateway
from tests.support.raw_server import http_reply, serving
from tests.support.servers import dribbling, repeating

SECONDS = 11.0


class Stage:
    """A deliverer, and what surrounds it."""

    def __init__(self, url: str) -> None:
        self.grants = GrantsInMemory()
        self.queues = QueuesInMemory()
        self.deliverer = Deliverer(self.grants, EventGateway(url), self.queues)

    def deliver(self, attempt: int = 0, seconds: float = SECONDS) -> Delivery:
        return self.deliverer.deliver(press(attempt), Budget(seconds))


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running_gateway() as running:
        yield running


@pytest.fixture
def stage(gateway: Gateway) -> Stage:
    return Stage(gateway.url)


def test_the_token_is_in_header_and_scope_when_a_report_is_sent(stage: Stage, gateway: Gateway) -> None:
    assert stage.deliver() == Delivery(Outcome.DELIVERED, status=202)
    path, headers, message = gateway.got[0]
    assert (path, headers["authorization"], headers["content-type"]) == (
        *("/v3/events", "Bearer token-0"),
        "application/json",
    )
    assert headers["connection"] == "close"  # nothing is left for a freeze to break
    assert message["event"]["endpoint"]["scope"] == {"type": "BearerToken", "token": "token-0"}
    assert "scope" not in press().message["event"]["endpoint"]
    assert (stage.queues.waiting, stage.queues.dead) == ([], [])


def test_a_report_goes_to_the_gateway_where_its_token_counts_when_it_is_amazons() -> None:
    assert set(AMAZONS.values()) == {
        "https://api.amazonalexa.com",
        "https://api.eu.amazonalexa.com",
        "https://api.fe.amazonalexa.com",
    }


DROPPED = [(403, "SKILL_DISABLED_EXCEPTION"), (404, "ACCOUNT_NOT_FOUND"), (404, "ACCOUNT_NOT_FOUND_EXCEPTION")]
DEAD = [
    (400, "INVALID_REQUEST_EXCEPTION"),
    (403, "SKILL_NEVER_ENABLED_EXCEPTION"),
    (403, "INSUFFICIENT_PERMISSION_EXCEPTION"),
    (403, "not a code"),
    (404, "SKILL_NOT_FOUND_EXCEPTION"),
    (404, ""),
    (413, "REQUEST_ENTITY_TOO_LARGE_EXCEPTION"),
    (302, ""),
    (402, ""),
    (418, "TEAPOT"),
]
RETRIED = [
    (429, "THROTTLING_EXCEPTION"),
    (500, "INTERNAL_SERVICE_EXCEPTION"),
    (503, "SERVICE_UNAVAILABLE_EXCEPTION"),
    (502, ""),
    (504, ""),
]


@pytest.mark.parametrize("answer", DROPPED)
def test_the_grant_goes_and_the_customer_is_left_in_peace_when_alexa_says_so(
    stage: Stage, gateway: Gateway, answer: tuple[int, str]
) -> None:
    gateway.will_answer(answer)
    status, code = answer
    delivery = stage.deliver()
    assert (delivery.outcome, delivery.status) == (Outcome.NOT_GRANTED, status)
    assert code in delivery.reason
    for _ in range(2):
        assert stage.deliver() == Delivery(Outcome.NOT_GRANTED)
    assert len(gateway.got) == 1
    assert (stage.queues.waiting, stage.queues.dead) == ([], [])


def test_the_report_waits_for_the_other_grant_when_the_customer_linked_anew_meanwhile(
    stage: Stage, gateway: Gateway
) -> None:
    gateway.will_answer((403, "SKILL_DISABLED_EXCEPTION"), (202, ""))
    stage.grants.links_anew_at_drop = True
    delivery = stage.deliver()
    assert (delivery.outcome, delivery.status) == (Outcome.RETRIED, 403)
    [(report, _)] = stage.queues.waiting
    assert stage.deliverer.deliver(report, Budget(SECONDS)).outcome is Outcome.DELIVERED
    assert gateway.tokens == ["token-0", "token-1"]


@pytest.mark.parametrize("answer", DEAD)
def test_the_operator_gets_the_report_with_its_reason_when_another_attempt_is_of_no_use(
    stage: Stage, gateway: Gateway, answer: tuple[int, str]
) -> None:
    gateway.will_answer(answer)
    delivery = stage.deliver()
    assert (delivery.outcome, delivery.status) == (Outcome.UNDELIVERED, answer[0])
    assert stage.queues.dead == [(press(), delivery.reason)]
    assert f"HTTP {answer[0]}" in delivery.reason
    assert (answer[1] in delivery.reason) == (answer[1] != "not a code")
    assert len(gateway.got) == 1
    assert stage.grants.granted
    assert stage.queues.waiting == []


@pytest.mark.parametrize("answer", RETRIED)
def test_a_report_waits_for_another_attempt_when_alexa_is_not_well(
    stage: Stage, gateway: Gateway, answer: tuple[int, str]
) -> None:
    gateway.will_answer(answer)
    assert stage.deliver() == Delivery(Outcome.RETRIED, stage.deliver().reason, answer[0])
    assert [report for report, _ in stage.queues.waiting] == [press(attempt=1)] * 2
    assert len(gateway.got) == 2  # one by each delivery


def test_a_press_is_kept_for_the_operator_when_it_waited_so_long_that_nobody_stands_there(
    stage: Stage, gateway: Gateway
) -> None:
    waited = replace(press(attempt=1), at=time.time() - LATEST_SECONDS - 1)
    delivery = stage.deliverer.deliver(waited, Budget(SECONDS))
    assert (delivery.outcome, gateway.got) == (Outcome.UNDELIVERED, [])
    assert stage.queues.dead == [(waited, delivery.reason)]
    assert "too late" in delivery.reason
    for wanted in (replace(waited, redriven=1), replace(waited, at=time.time() - LATEST_SECONDS + 20)):
        assert stage.deliverer.deliver(wanted, Budget(SECONDS)).outcome is Outcome.DELIVERED


def test_alexas_three_further_attempts_take_less_than_half_a_minute_and_are_a_second_apart() -> None:
    assert RETRY_SECONDS == (2, 5, 12)
    assert JITTER == 0.5
    assert sum(RETRY_SECONDS) * (1 + JITTER) < 30


def test_delays_grow_and_end_with_the_dead_letters_when_no_attempt_succeeds(stage: Stage, gateway: Gateway) -> None:
    gateway.will_answer((503, "SERVICE_UNAVAILABLE_EXCEPTION"))
    for attempt, least in enumerate(RETRY_SECONDS):
        for _ in range(50):
            stage.deliver(attempt)
        delays = {seconds for report, seconds in stage.queues.waiting if report.attempt == attempt + 1}
        assert least < min(delays) <= max(delays) <= least * (1 + JITTER) + 1
        assert len(delays) > 1 or least * JITTER <= 1
    assert stage.queues.dead == []
    assert stage.deliver(attempt=3).outcome is Outcome.UNDELIVERED
    [(report, reason)] = stage.queues.dead
    assert report == press(attempt=3)
    assert reason == ("the event gateway answered HTTP 503 SERVICE_UNAVAILABLE_EXCEPTION, in the last of 4 attempts")


def test_the_token_is_refreshed_once_when_alexa_refuses_it(stage: Stage, gateway: Gateway) -> None:
    gateway.will_answer((401, "INVALID_ACCESS_TOKEN_EXCEPTION"), (202, ""))
    assert stage.deliver().outcome is Outcome.DELIVERED
    assert gateway.tokens == ["token-0", "token-1"]
    assert [got.message["event"]["endpoint"]["scope"]["token"] for got in gateway.got] == gateway.tokens


def test_the_operator_gets_the_report_when_alexa_refuses_the_fresh_token_too(stage: Stage, gateway: Gateway) -> None:
    gateway.will_answer((401, "INVALID_ACCESS_TOKEN_EXCEPTION"))
    assert stage.deliver().outcome is Outcome.UNDELIVERED
    assert (len(gateway.got), stage.grants.refreshes) == (2, 1)
    assert "HTTP 401 INVALID_ACCESS_TOKEN_EXCEPTION" in stage.queues.dead[0][1]


def test_the_customer_is_left_in_peace_when_a_refused_token_cannot_be_refreshed_any_more(
    stage: Stage, gateway: Gateway
) -> None:
    gateway.will_answer((401, "INVALID_ACCESS_TOKEN_EXCEPTION"))
    stage.grants.failure, stage.grants.only_refresh = GrantRefusedError("does not take it: invalid_grant"), True
    assert stage.deliver() == Delivery(Outcome.NOT_GRANTED, "does not take it: invalid_grant")
    assert len(gateway.got) == 1


FAILURES: list[tuple[CameraSkillError, Outcome]] = [
    (GrantRefusedError("invalid_grant"), Outcome.NOT_GRANTED),
    (AlexaClientError("no client"), Outcome.UNDELIVERED),
    (TokenServerError("down"), Outcome.RETRIED),
    (RefreshingElsewhereError("busy"), Outcome.RETRIED),
    (GrantError("KMS"), Outcome.RETRIED),
    (RegistryError("table"), Outcome.RETRIED),
]


@pytest.mark.parametrize(("failure", "outcome"), FAILURES, ids=lambda value: type(value).__name__)
def test_alexa_is_not_asked_when_there_is_no_token(
    stage: Stage, gateway: Gateway, failure: CameraSkillError, outcome: Outcome
) -> None:
    stage.grants.failure = failure
    assert stage.deliver() == Delivery(outcome, str(failure))
    assert gateway.got == []
    if outcome is Outcome.RETRIED:  # and not for ever
        assert stage.deliver(attempt=3).outcome is Outcome.UNDELIVERED


def test_whoever_has_a_report_must_keep_it_when_it_can_neither_be_sent_nor_handed_on(
    stage: Stage, gateway: Gateway
) -> None:
    stage.queues.are_down = True
    for answer in [*RETRIED, *DEAD]:
        gateway.will_answer(answer)
        with pytest.raises(ReportStrandedError):
            stage.deliver()


def test_the_reason_says_what_alexa_said_too_when_a_report_could_not_be_handed_on(
    stage: Stage, gateway: Gateway
) -> None:
    stage.queues.are_down = True
    gateway.will_answer((503, "SERVICE_UNAVAILABLE_EXCEPTION"))
    with pytest.raises(ReportStrandedError, match="HTTP 503 SERVICE_UNAVAILABLE_EXCEPTION; and SQS"):
        stage.deliver()


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("INVALID_ACCESS_TOKEN_EXCEPTION", "disable the skill"),
        ("SKILL_NEVER_ENABLED_EXCEPTION", "disable the skill"),
        ("SKILL_NOT_FOUND_EXCEPTION", "disable the skill"),
        ("INSUFFICIENT_PERMISSION_EXCEPTION", "Send Alexa Events"),
        ("INVALID_REQUEST_EXCEPTION", "mistake of this skill"),
        ("REQUEST_ENTITY_TOO_LARGE_EXCEPTION", "mistake of this skill"),
    ],
)
def test_the_operator_is_told_what_to_do_when_alexa_refuses_a_report(
    stage: Stage, gateway: Gateway, code: str, remedy: str
) -> None:
    gateway.will_answer((403, code))
    stage.deliver()
    assert remedy in stage.queues.dead[0][1]


def no_reply(name: str) -> bytes:
    return {"closed": b"", "garbage": b"SSH-2.0-OpenSSH_9.2\r\n", "cut-off": b"HTTP/1.1 2"}[name]


@pytest.mark.parametrize("name", ["closed", "garbage", "cut-off", "refused"])
def test_a_report_waits_for_another_attempt_when_there_is_no_reply(name: str) -> None:
    async def story() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(no_reply(name))
            await writer.drain()

        async with serving(serve) as address:
            stage = Stage(f"http://{'127.0.0.1:9' if name == 'refused' else address}")
            delivery = await asyncio.to_thread(stage.deliver)
        assert (delivery.outcome, delivery.status) == (Outcome.RETRIED, 0)
        assert "Alexa's event gateway did not answer" in delivery.reason

    asyncio.run(story())


@pytest.mark.parametrize("first_after", [0.0, 60.0])
def test_time_is_left_to_hand_a_report_on_when_the_gateway_dribbles_or_hangs(first_after: float) -> None:
    async def story() -> None:
        head = http_reply(503, "", length=9_000)
        async with serving(dribbling(head, b" ", first_after=first_after, every=0.1)) as address:
            stage = Stage(f"http://{address}")
            started = time.monotonic()
            delivery = await asyncio.to_thread(stage.deliver, 0, QUEUE_SECONDS + 0.5)
        assert delivery.outcome is Outcome.RETRIED
        assert 0.4 < time.monotonic() - started < 1.0

    asyncio.run(story())
    assert CONNECT_SECONDS + READ_SECONDS < SECONDS - QUEUE_SECONDS


def test_a_report_counts_as_taken_when_the_body_of_that_reply_never_ends() -> None:
    async def story() -> None:
        async with serving(dribbling(http_reply(202, "", length=9_000), b" ", every=0.1)) as address:
            stage = Stage(f"http://{address}")
            started = time.monotonic()
            assert await asyncio.to_thread(stage.deliver) == Delivery(Outcome.DELIVERED, status=202)
        assert time.monotonic() - started < 1.0

    asyncio.run(story())


def test_nothing_is_sent_when_the_gateways_certificate_is_not_to_be_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[ssl.SSLContext] = []
    load = ssl.SSLContext.load_default_certs

    def counted(context: ssl.SSLContext) -> None:
        read.append(context)
        load(context)

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", counted)

    async def story() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        came: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            came.append(await reader.read(1))

        async with serving(serve, context) as address:
            stage = Stage(f"https://{address}")
            deliveries = [await asyncio.to_thread(stage.deliver) for _ in range(3)]
        assert {delivery.outcome for delivery in deliveries} == {Outcome.RETRIED}
        assert not any(came)

    asyncio.run(story())
    assert len(read) <= 1  # all certificates of the system, which takes longer than all else


def test_a_code_decides_nothing_when_it_is_in_a_reply_of_no_sense() -> None:
    async def story() -> None:
        for body in ["[]", "{}", '{"payload": []}', '{"payload": {"code": 7}}', "SKILL_DISABLED_EXCEPTION", "\xff"]:
            async with serving(repeating(http_reply(403, body))) as address:
                stage = Stage(f"http://{address}")
                delivery = await asyncio.to_thread(stage.deliver)
            assert delivery.outcome is Outcome.UNDELIVERED, body
            assert delivery.reason == "the event gateway answered HTTP 403 (no code)"

    asyncio.run(story())


def test_the_customer_is_asked_for_no_more_than_a_grant_when_there_is_none(stage: Stage, gateway: Gateway) -> None:
    stage.grants.granted = False
    assert stage.deliver() == Delivery(Outcome.NOT_GRANTED)
    assert gateway.got == []
    assert press().user_id == USER
