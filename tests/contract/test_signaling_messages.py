"""Messages between masters and viewers: whom they reach, and what comes of wrong ones."""

import pytest
from aiohttp import WSMsgType

from simulator.signaling import Assumptions, SignalingService, SignalingSettings
from tests.support.signaling_client import Account, StartService, master, until, viewer, wrap


async def test_viewer_and_master_exchange_messages_when_both_are_connected(service: SignalingService, arn: str) -> None:
    async with master(service, arn) as camera, viewer(service, arn) as peer:
        await peer.send("SDP_OFFER", wrap("offer"), recipientClientId="someone else")
        offer = await camera.receive()
        assert offer == {"messagePayload": wrap("offer"), "messageType": "SDP_OFFER", "senderClientId": "viewer-1"}
        await camera.answer("viewer-1")
        assert await peer.receive() == {"messagePayload": wrap("answer"), "messageType": "SDP_ANSWER"}
        await camera.send("ICE_CANDIDATE", wrap("candidate"), recipientClientId="viewer-1")
        assert (await peer.receive())["messageType"] == "ICE_CANDIDATE"
        await peer.send("ICE_CANDIDATE", wrap("candidate"))
        assert (await camera.receive())["messageType"] == "ICE_CANDIDATE"


async def test_master_is_understood_when_it_writes_keys_as_the_c_sdk_does(service: SignalingService, arn: str) -> None:
    async with master(service, arn) as camera, viewer(service, arn) as peer:
        await camera.socket.send_str(
            '{\n\t"action": "SDP_OFFER",\n\t"RecipientClientId": "viewer-1",\n\t"MessagePayload": "eyJ9",\n\t'
            '"CorrelationId": "1",\n\t"IceServerList": [{"Password": "p", "Ttl": 300, "Uris": [], "Username": "u"}]}'
        )
        assert await peer.receive() == {"messagePayload": "eyJ9", "messageType": "SDP_OFFER"}


async def test_viewer_reads_who_the_master_is_when_that_is_assumed(start_service: StartService) -> None:
    service = await start_service(SignalingSettings(assumptions=Assumptions(sender_client_id_of_master="MASTER")))
    arn = await Account(service).create_channel()
    async with master(service, arn) as camera, viewer(service, arn) as peer:
        await camera.answer("viewer-1")
        assert (await peer.receive())["senderClientId"] == "MASTER"


@pytest.mark.parametrize("hold_undelivered", [True, False])
async def test_messages_wait_for_their_recipient_when_they_are_held(
    start_service: StartService, *, hold_undelivered: bool
) -> None:
    service = await start_service(SignalingSettings(assumptions=Assumptions(hold_undelivered=hold_undelivered)))
    arn = await Account(service).create_channel()
    async with viewer(service, arn) as peer:
        await peer.send("SDP_OFFER", wrap("offer", "older"))
        await peer.send("SDP_OFFER", wrap("offer", "newer"))
        await peer.send("ICE_CANDIDATE", wrap("candidate", "1"))
        await peer.send("ICE_CANDIDATE", wrap("candidate", "2"))
        await until(lambda: len(service.requests) == 6)
    async with master(service, arn) as camera:
        await camera.answer("viewer-1")
        await until(lambda: len(service.requests) == 8)
        if hold_undelivered:
            payloads = [(await camera.receive())["messagePayload"] for _ in range(3)]
            assert payloads == [wrap("offer", "newer"), wrap("candidate", "1"), wrap("candidate", "2")]
        else:
            assert service.deliveries == []
        async with viewer(service, arn) as again:
            if hold_undelivered:
                assert (await again.receive())["messageType"] == "SDP_ANSWER"
            else:
                await camera.answer("viewer-1")
                await again.receive()
                assert len(service.deliveries) == 1


async def test_message_is_discarded_when_its_recipient_comes_after_it_expired(start_service: StartService) -> None:
    service = await start_service(SignalingSettings(message_ttl_scale=0.0))
    arn = await Account(service).create_channel()
    async with viewer(service, arn) as peer:
        await peer.send("SDP_OFFER", wrap("offer"))
        await until(lambda: len(service.requests) == 3)
        async with master(service, arn) as camera:
            await peer.send("ICE_CANDIDATE", wrap("candidate"))
            assert (await camera.receive())["messageType"] == "ICE_CANDIDATE"


@pytest.mark.parametrize("close_replaced_connections", [False, True])
async def test_newest_master_gets_the_offers_when_there_are_two(
    start_service: StartService, *, close_replaced_connections: bool
) -> None:
    assumptions = Assumptions(close_replaced_connections=close_replaced_connections)
    service = await start_service(SignalingSettings(assumptions=assumptions))
    account = Account(service)
    arn = await account.create_channel()
    async with master(service, arn) as older, master(service, arn) as newer:
        sending = account.offer(arn)
        await newer.receive()
        await newer.answer("echo-1")
        assert "Answer" in await sending
        if close_replaced_connections:
            assert (await older.socket.receive(timeout=5)).type is WSMsgType.CLOSE
        await older.socket.close()
        # That the older one leaves does not touch the newer one.
        sending = account.offer(arn, "echo-2")
        await newer.receive()
        await newer.answer("echo-2")
        assert "Answer" in await sending


@pytest.mark.parametrize("close_replaced_connections", [False, True])
async def test_newest_viewer_gets_the_answer_when_two_have_the_same_client_id(
    start_service: StartService, *, close_replaced_connections: bool
) -> None:
    assumptions = Assumptions(close_replaced_connections=close_replaced_connections)
    service = await start_service(SignalingSettings(assumptions=assumptions))
    arn = await Account(service).create_channel()
    async with master(service, arn) as camera, viewer(service, arn) as older, viewer(service, arn) as newer:
        await camera.answer("viewer-1")
        assert (await newer.receive())["messageType"] == "SDP_ANSWER"
        if close_replaced_connections:
            assert (await older.socket.receive(timeout=5)).type is WSMsgType.CLOSE
        assert len(service.deliveries) == 1


async def test_empty_frame_follows_each_message_when_that_is_assumed(start_service: StartService) -> None:
    service = await start_service(SignalingSettings(assumptions=Assumptions(empty_frame_per_message=True)))
    arn = await Account(service).create_channel()
    async with viewer(service, arn) as peer:
        await peer.send("SDP_OFFER", wrap("offer"))
        assert await peer.socket.receive_str(timeout=5) == ""


@pytest.mark.parametrize(
    "frame",
    [
        {"action": "SDP_ANSWER", "messagePayload": "e30="},
        {"action": "SDP_ANSWER", "messagePayload": "e30=", "recipientClientId": "front door"},
        {"action": "SDP_ANSWER", "messagePayload": "{}", "recipientClientId": "viewer-1"},
        {"action": "SDP_ANSWER", "messagePayload": "A" * 10_001, "recipientClientId": "viewer-1"},
        {"action": "SDP_ANSWER", "recipientClientId": "viewer-1"},
        {"action": "GO_AWAY", "messagePayload": "e30=", "recipientClientId": "viewer-1"},
        {"messagePayload": "e30=", "recipientClientId": "viewer-1"},
    ],
)
async def test_status_response_comes_when_a_message_with_correlation_id_is_wrong(
    service: SignalingService, arn: str, frame: dict[str, str]
) -> None:
    async with master(service, arn) as camera:
        await camera.socket.send_json(frame)
        await camera.socket.send_json({**frame, "correlationId": "c-1"})
        response = await camera.receive()
    # Only one came: the first message had no correlation id.
    status = response["statusResponse"]
    assert response == {"messageType": "STATUS_RESPONSE", "statusResponse": status}
    assert status.pop("description")
    assert status == {"correlationId": "c-1", "errorType": "InvalidArgumentException", "statusCode": "400"}


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"action": "SDP_OFFER"}', "null", '{"action": 1}'])
async def test_nothing_happens_when_a_frame_makes_no_sense(service: SignalingService, arn: str, text: str) -> None:
    async with viewer(service, arn) as peer, master(service, arn) as camera:
        await peer.socket.send_str(text)
        await peer.send("SDP_OFFER", wrap("offer"))
        assert (await camera.receive())["messageType"] == "SDP_OFFER"


async def test_messages_are_throttled_when_one_connection_sends_more_than_five_offers_a_second(
    service: SignalingService, arn: str
) -> None:
    async with viewer(service, arn) as peer, master(service, arn) as camera:
        for number in range(7):
            await peer.send("SDP_OFFER", wrap("offer"), correlationId=str(number))
        await peer.send("ICE_CANDIDATE", wrap("candidate"))
        status = (await peer.receive())["statusResponse"]
        assert (status["errorType"], status["statusCode"]) == ("ClientLimitExceededException", "400")
        kinds = [(await camera.receive())["messageType"] for _ in range(6)]
        assert kinds[-1] == "ICE_CANDIDATE"


async def test_connection_is_closed_with_1003_when_a_binary_frame_comes(service: SignalingService, arn: str) -> None:
    async with viewer(service, arn) as peer:
        await peer.socket.send_bytes(b"{}")
        assert (await peer.socket.receive(timeout=5)).type is WSMsgType.CLOSE
        assert peer.socket.close_code == 1003
