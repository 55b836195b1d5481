"""What each reply of the signaling service means, readable or not: for offers, for TURN servers, for look-ups."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import boto3
import pytest
from aiohttp import web

from camera_skill import errors
from camera_skill.adapters.signaling import KvsSignaling
from camera_skill.adapters.signaling_channels import SignalingChannels
from camera_skill.budget import Budget
from camera_skill.camera import Camera
from camera_skill.errors import CameraSkillError
from simulator.credentials import PROCESS_CREDENTIALS
from tests.conftest import ARN
from tests.support.directives import ENDPOINT_ID, OFFER

HTML = b"<html><body><h1>503 Service Unavailable</h1></body></html>"
WRONG_HOST = b"<AccessDeniedException>\n  <Message>Unable to determine service/operation name</Message>\n</A>"


class Reply(NamedTuple):
    status: int
    body: bytes
    error_type: str = ""


Ask = Callable[[], object]


@dataclass
class Service:
    """A service that gives the same reply to every call."""

    url: str = ""
    reply: Reply = field(default_factory=lambda: Reply(200, b"{}"))
    calls: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        await request.read()
        self.calls += 1
        headers = {"Content-Type": "application/json"}
        if self.reply.error_type:
            headers["x-amzn-ErrorType"] = self.reply.error_type
        return web.Response(status=self.reply.status, body=self.reply.body, headers=headers)


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    service = Service()
    application = web.Application()
    application.router.add_post("/{path:.*}", service.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", service.url)
    yield service
    await runner.cleanup()


@pytest.fixture
def asks(service: Service) -> dict[str, Ask]:
    """The three calls that the product makes, each with a budget of its own."""
    session = boto3.Session(*PROCESS_CREDENTIALS[:2], region_name="us-east-1")
    camera = Camera(ENDPOINT_ID, ARN, "us-east-1", service.url)
    stored: list[str] = []

    def store(_camera: Camera, signaling_endpoint: str, _budget: Budget) -> None:
        stored.append(signaling_endpoint)

    signaling = KvsSignaling(session, store, {"127.0.0.1"})
    channels = SignalingChannels(session, store, {"127.0.0.1"})
    return {
        "offer": lambda: signaling.send_offer(camera, OFFER, Budget(5.0)),
        "TURN servers": lambda: signaling.ice_servers(camera, Budget(5.0)),
        "look-up": lambda: channels.refreshed(camera, Budget(5.0)),
    }


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400, b'{"message":"no"}', "InvalidClientException"), errors.ClientIdRefusedError),
        (Reply(400, b'{"Message":"no"}', "InvalidArgumentException"), errors.ArgumentRefusedError),
        (Reply(401, b'{"Message":"no"}', "NotAuthorizedException"), errors.ChannelForbiddenError),
        (Reply(401, b'{"Message":"no"}', "AccessDeniedException"), errors.ChannelForbiddenError),
        (Reply(403, b'{"Message":"no"}', "AccessDenied"), errors.ChannelForbiddenError),
        (Reply(403, b'{"__type":"com.amazon.coral.service#AccessDeniedException"}'), errors.ChannelForbiddenError),
        (Reply(400, b"{}", "ClientLimitExceededException:http://internal.amazon.com/"), errors.SignalingThrottledError),
        (Reply(400, b"{}", "ThrottlingException"), errors.SignalingThrottledError),
        (Reply(400, b"{}", "ResourceInUseException"), errors.SignalingUnreachableError),
        (Reply(403, b"{}", "ExpiredTokenException"), errors.SignalingError),
        (Reply(403, b"{}", "InvalidSignatureException"), errors.SignalingError),
        (Reply(403, b"{}", "UnrecognizedClientException"), errors.SignalingError),
        (Reply(400, b"{}", "RequestExpired"), errors.SignalingError),
        (Reply(400, b"{}", "SerializationException"), errors.SignalingError),
        (Reply(404, b"{}", "UnknownOperationException"), errors.SignalingError),
        (Reply(403, WRONG_HOST), errors.SignalingError),
        (Reply(200, b'{"Output":{"__type":"a#UnknownOperationException"},"Version":"1.0"}'), errors.SignalingError),
        (Reply(401, b""), errors.ChannelForbiddenError),
        (Reply(403, b"<html>"), errors.ChannelForbiddenError),
        (Reply(404, b""), errors.SignalingError),
        (Reply(404, HTML), errors.SignalingError),
        (Reply(302, b""), errors.SignalingError),
        (Reply(429, b""), errors.SignalingThrottledError),
        (Reply(500, b""), errors.SignalingUnreachableError),
        (Reply(500, b"[]"), errors.SignalingUnreachableError),
        (Reply(502, b"\xff\xfe"), errors.SignalingUnreachableError),
        (Reply(500, b'{"__type":5,"message":[]}'), errors.SignalingUnreachableError),
        (Reply(503, HTML), errors.SignalingUnreachableError),
        (Reply(504, b"null"), errors.SignalingUnreachableError),
        (Reply(400, b"7"), errors.SignalingError),
        (Reply(400, b'{"__type":{}}', "ValidationException"), errors.SignalingError),
        (Reply(200, b"[]"), errors.SignalingUnreachableError),
        (Reply(200, b'{"Answer":"ab'), errors.SignalingUnreachableError),
        (Reply(200, b"[" * 100_000), errors.SignalingUnreachableError),
        (Reply(200, HTML), errors.SignalingUnreachableError),
    ],
    ids=str,
)
async def test_a_call_fails_by_the_same_name_when_the_service_replies_so(
    service: Service, asks: dict[str, Ask], reply: Reply, expected: type[CameraSkillError]
) -> None:
    service.reply = reply
    for what, ask in asks.items():
        with pytest.raises(CameraSkillError, match=ENDPOINT_ID) as raised:
            await asyncio.to_thread(ask)
        assert type(raised.value) is expected, what
    second_attempts = expected is errors.SignalingThrottledError
    assert service.calls == len(asks) + second_attempts


def answer(text: str | bytes) -> bytes:
    octets = text if isinstance(text, bytes) else text.encode()
    return json.dumps({"Answer": base64.b64encode(octets).decode()}).encode()


@pytest.mark.parametrize(
    "body",
    [
        answer("v=0\r\ns=-\r\n"),
        answer("\nv=0\r\ns=-\r\n"),
        answer(json.dumps({"type": "answer", "sdp": "v=0\r\ns=-\r\n"})),
        answer('{"type":"answer","sdp":"v=0\r\ns=-\r\n"}'),
    ],
    ids=["bare SDP", "bare SDP after a line end", "JSON", "JSON with bare line ends"],
)
async def test_the_answer_is_read_when_the_camera_wraps_it_in_its_own_way(
    service: Service, asks: dict[str, Ask], body: bytes
) -> None:
    service.reply = Reply(200, body)
    assert await asyncio.to_thread(asks["offer"]) == "v=0\r\ns=-\r\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"Answer":null}', errors.NoAnswerError),
        (b'{"Answer":""}', errors.NoAnswerError),
        (b"{}", errors.NoAnswerError),
        (b"null", errors.NoAnswerError),
        (b"", errors.NoAnswerError),
        (b'{"Answer":"%%%"}', errors.AnswerInvalidError),
        (b'{"Answer":"abc"}', errors.AnswerInvalidError),
        (b'{"Answer":7}', errors.AnswerInvalidError),
        (b'{"Answer":{"sdp":"v=0"}}', errors.AnswerInvalidError),
        (answer(b"\xff\xfe\x00"), errors.AnswerInvalidError),
        (answer('{"type":"answer","sdp":"v=0'), errors.AnswerInvalidError),
        (answer('{"type":"answer"}'), errors.AnswerInvalidError),
        (answer("[]"), errors.AnswerInvalidError),
        (answer('{"type":"error","reason":"BUSY"}'), errors.CameraRefusedError),
    ],
    ids=repr,
)
async def test_the_camera_is_named_when_its_answer_is_none_or_cannot_be_read(
    service: Service, asks: dict[str, Ask], body: bytes, expected: type[CameraSkillError]
) -> None:
    service.reply = Reply(200, body)
    with pytest.raises(expected, match=ENDPOINT_ID):
        await asyncio.to_thread(asks["offer"])
    assert service.calls == 1
