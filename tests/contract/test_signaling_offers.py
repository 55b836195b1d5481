from simulator.signaling import SignalingService
from tests.support.signaling_client import Account, master, wrap


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
