"""SendAlexaOfferToMaster: who gets the offer, when, and what the caller gets."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import web
from botocore.exceptions import ClientError, ConnectionClosedError

from simulator.signaling import Assumptions, Call, NoAnswer, Proceed, SignalingService, SignalingSettings
from tests.support.signaling_client import Account, StartService, master, sent_offers, until, viewer, wrap

# The shortest lifetime of a message is 5 s: here 0.5 s.
SHORT: dict[str, Any] = {"SingleMasterConfiguration": {"MessageTtlSeconds": 5}}


def hurried(assumptions: Assumptions | None = None) -> SignalingSettings:
    return SignalingSettings(message_ttl_scale=0.1, assumptions=assumptions or Assumptions())


async def test_answer_of_the_master_returns_when_it_answers_an_alexa_offer(
    service: SignalingService, account: Account
) -> None:
    arn = await account.create_channel()
    async with master(service, arn) as camera:
        sending = account.offer(arn)
        received = await camera.receive()
        await camera.answer("echo-1", wrap("answer", "v=0 an answer"))
        answer = await sending
    assert received == {"messagePayload": wrap("offer"), "messageType": "SDP_OFFER", "senderClientId": "echo-1"}
    assert answer["Answer"] == wrap("answer", "v=0 an answer")


async def test_payload_arrives_byte_for_byte_when_it_is_of_the_greatest_length(
    service: SignalingService, account: Account
) -> None:
    arn = await account.create_channel()
    payload = "A+/=" * 2500
    async with master(service, arn) as camera:
        sending = account.offer(arn, payload=payload)
        assert (await camera.receive())["messagePayload"] == payload
        await camera.answer("echo-1", payload)
        assert (await sending)["Answer"] == payload


@pytest.mark.parametrize("payload", ["A" * 10_001, "not base64url_", "line\nbreak"])
async def test_offer_is_refused_when_payload_breaks_the_models_limits(
    service: SignalingService, account: Account, payload: str
) -> None:
    arn = await account.create_channel()
    async with master(service, arn):
        with pytest.raises(account.signaling.exceptions.InvalidArgumentException):
            await account.offer(arn, payload=payload)
    assert service.deliveries == []


async def test_master_gets_the_offer_as_soon_as_it_connects_when_it_was_away(
    service: SignalingService, account: Account
) -> None:
    arn = await account.create_channel()
    sending = account.offer(arn)
    await until(lambda: sent_offers(service) == 1)
    async with master(service, arn) as camera:
        assert (await camera.receive())["senderClientId"] == "echo-1"
        await camera.answer("echo-1")
        assert (await sending)["Answer"] == wrap("answer")


@pytest.mark.parametrize(
    ("no_answer", "expected"), [(NoAnswer.NULL, None), (NoAnswer.MISSING, None), (NoAnswer.EMPTY, "")]
)
async def test_caller_gets_no_answer_when_no_master_connects_before_the_message_expires(
    start_service: StartService, no_answer: NoAnswer, expected: str | None
) -> None:
    account = Account(await start_service(hurried(Assumptions(no_answer=no_answer))))
    arn = await account.create_channel(**SHORT)
    started = time.monotonic()
    response = await account.offer(arn)
    assert time.monotonic() - started >= 0.5
    assert response.get("Answer") == expected
    async with master(account.service, arn) as camera:
        with pytest.raises(TimeoutError):
            await camera.receive(0.3)


async def test_caller_gets_no_answer_when_the_master_stays_silent(start_service: StartService) -> None:
    account = Account(await start_service(hurried()))
    arn = await account.create_channel(**SHORT)
    async with master(account.service, arn) as camera:
        sending = account.offer(arn)
        await camera.receive()
        assert "Answer" not in await sending
        # An answer that comes too late goes nowhere, and harms nothing.
        await camera.answer("echo-1")
        sending = account.offer(arn, "echo-2")
        await camera.receive()
        await camera.answer("echo-2")
        assert "Answer" in await sending


async def test_caller_waits_no_longer_than_set_when_the_block_time_is_not_the_messages_lifetime(
    start_service: StartService,
) -> None:
    account = Account(await start_service(SignalingSettings(assumptions=Assumptions(block_seconds=0.2))))
    arn = await account.create_channel()
    assert "Answer" not in await account.offer(arn)
    # The message outlives the call, up to the 60 s of the channel.
    async with master(account.service, arn) as camera:
        assert (await camera.receive())["senderClientId"] == "echo-1"


async def test_other_offers_of_the_channel_are_answered_when_one_waits(
    service: SignalingService, account: Account
) -> None:
    arn = await account.create_channel()
    async with master(service, arn) as camera:
        first, second = account.offer(arn, "echo-1"), account.offer(arn, "echo-2")
        assert {(await camera.receive())["senderClientId"] for _ in range(2)} == {"echo-1", "echo-2"}
        await camera.answer("echo-2", wrap("answer", "second"))
        assert (await second)["Answer"] == wrap("answer", "second")
        assert not first.done()
        await camera.answer("echo-1", wrap("answer", "first"))
        assert (await first)["Answer"] == wrap("answer", "first")


@pytest.mark.parametrize("overwritten_offer_waits", [False, True])
async def test_offer_is_overwritten_when_the_same_sender_sends_another_before_delivery(
    start_service: StartService, *, overwritten_offer_waits: bool
) -> None:
    assumptions = Assumptions(overwritten_offer_waits=overwritten_offer_waits, block_seconds=1.5)
    account = Account(await start_service(SignalingSettings(assumptions=assumptions)))
    arn = await account.create_channel()
    older = account.offer(arn, payload=wrap("offer", "older"))
    await until(lambda: sent_offers(account.service) == 1)
    newer = account.offer(arn, payload=wrap("offer", "newer"))
    await until(lambda: sent_offers(account.service) == 2)
    async with master(account.service, arn) as camera:
        assert (await camera.receive())["messagePayload"] == wrap("offer", "newer")
        await camera.answer("echo-1")
        assert "Answer" in await newer
        assert older.done() or overwritten_offer_waits
        assert "Answer" not in await older
    assert len(account.service.deliveries) == 1


@pytest.mark.parametrize("redeliver_unanswered", [False, True])
async def test_unanswered_offer_goes_to_the_next_master_when_that_is_assumed(
    start_service: StartService, *, redeliver_unanswered: bool
) -> None:
    account = Account(await start_service(hurried(Assumptions(redeliver_unanswered=redeliver_unanswered))))
    arn = await account.create_channel()
    async with master(account.service, arn) as first:
        sending = account.offer(arn)
        await first.receive()
        async with master(account.service, arn) as second:
            if redeliver_unanswered:
                assert (await second.receive())["senderClientId"] == "echo-1"
            else:
                with pytest.raises(TimeoutError):
                    await second.receive(0.3)
        await first.answer("echo-1")
        assert "Answer" in await sending


async def test_candidates_go_nowhere_when_they_are_for_an_alexa_sender(
    service: SignalingService, account: Account
) -> None:
    arn = await account.create_channel()
    async with master(service, arn) as camera:
        sending = account.offer(arn)
        await camera.receive()
        await camera.send("ICE_CANDIDATE", wrap("candidate"), recipientClientId="echo-1")
        await camera.answer("echo-1")
        assert (await sending)["Answer"] == wrap("answer")
    async with viewer(service, arn, "echo-1") as peer:
        with pytest.raises(TimeoutError):
            await peer.receive(0.2)


async def test_calls_and_deliveries_are_recorded_when_they_happen(service: SignalingService, account: Account) -> None:
    arn = await account.create_channel()
    async with master(service, arn) as camera:
        sending = account.offer(arn)
        await camera.receive()
        await camera.answer("echo-1")
        await sending
    recorded = [(request.operation, request.channel_name, request.client_id) for request in service.requests]
    assert recorded == [
        ("CreateSignalingChannel", "front-door", ""),
        ("ConnectAsMaster", "front-door", ""),
        ("SendAlexaOfferToMaster", "front-door", "echo-1"),
        ("SendSdpAnswer", "front-door", ""),
    ]
    assert [delivery[:4] for delivery in service.deliveries] == [("SDP_OFFER", "front-door", "echo-1", "")]


async def test_offers_are_throttled_when_a_channel_gets_more_than_five_a_second(
    service: SignalingService, account: Account
) -> None:
    arn, other = await account.create_channel(), await account.create_channel("front-yard")
    async with master(service, arn) as camera, master(service, other) as another:
        sending = [account.offer(arn, f"echo-{number}") for number in range(7)]
        await until(lambda: sent_offers(service) == 7)
        to_other = account.offer(other)
        await another.receive()
        await another.answer("echo-1")
        assert "Answer" in await to_other
        # A second may pass meanwhile on a slow machine, so that not all but five are refused.
        done, waiting = await asyncio.wait(sending, return_when=asyncio.FIRST_EXCEPTION)
        assert done
        assert len(waiting) >= 5
        for task in done:
            assert isinstance(task.exception(), account.signaling.exceptions.ClientLimitExceededException)
        for _ in waiting:
            await camera.answer((await camera.receive())["senderClientId"])
        assert all("Answer" in response for response in await asyncio.gather(*waiting))


async def test_offers_are_not_throttled_when_rates_are_off(start_service: StartService) -> None:
    account = Account(await start_service(SignalingSettings(rates=False, assumptions=Assumptions(block_seconds=0.1))))
    arn = await account.create_channel()
    responses = await asyncio.gather(*(account.offer(arn, f"echo-{number}") for number in range(8)))
    assert not any("Answer" in response for response in responses)


async def test_pending_calls_and_connections_end_at_once_when_the_service_ends() -> None:
    async with AsyncExitStack() as running:
        service = await running.enter_async_context(SignalingService())
        account = Account(service)
        arn = await account.create_channel()
        async with viewer(service, arn) as peer:
            sending = account.offer(arn)
            await until(lambda: sent_offers(service) == 1)
            started = time.monotonic()
            closing = asyncio.create_task(peer.socket.receive())
            await running.aclose()
            assert "Answer" not in await sending
            await closing
            assert peer.socket.close_code == 1001
            assert time.monotonic() - started < 2
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", int(service.data_plane_url.rpartition(":")[2]))


async def test_call_is_refused_when_its_body_is_not_a_json_object(service: SignalingService, account: Account) -> None:
    def send_array(params: dict[str, object], **_: object) -> None:
        params["body"] = b"[]"

    account.signaling.meta.events.register("before-call", send_array)
    with pytest.raises(ClientError, match="SerializationException"):
        await account.offer("arn:aws:kinesisvideo:us-east-1:000000000000:channel/absent/1700000000000")
    assert service.requests[-1][:3] == ("SendAlexaOfferToMaster", "", "")


async def test_interceptor_answers_for_the_service_when_it_wants_to(
    service: SignalingService, account: Account
) -> None:
    arn, other = await account.create_channel(), await account.create_channel("front-yard")

    async def intercept(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.channel_name != "front-door":
            return await proceed()
        if call.client_id == "echo-1":
            return web.Response(text="no JSON", status=500)
        assert call.http.transport is not None
        call.http.transport.abort()
        return web.Response()

    service.intercept(intercept)
    with pytest.raises(ClientError, match="500"):
        await account.offer(arn, "echo-1")
    with pytest.raises(ConnectionClosedError):
        await account.offer(arn, "echo-2")
    async with master(service, other) as camera:
        sending = account.offer(other)
        await camera.receive()
        service.intercept(None)
        await camera.answer("echo-1")
        assert "Answer" in await sending
        assert (await account.call("get_ice_server_config", ChannelARN=arn))["IceServerList"] == []
