"""What boto3 sees of each fault, and how often the camera got the offer."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.signaling import FAULT_KINDS, OPERATIONS, Fault, FaultError, SignalingService, SignalingSettings
from tests.support.master import running_master
from tests.support.service_model import ABSENT_ARN, Recorder, boto3_name, valid_input
from tests.support.signaling_client import Account, StartService, encoded, unwrap, wrap

SDP = Path(__file__).parents[1] / "data" / "sdp"
MODELLED = {
    "client-limit-exceeded": ("ClientLimitExceededException", 400),
    "resource-not-found": ("ResourceNotFoundException", 404),
    "invalid-argument": ("InvalidArgumentException", 400),
    "not-authorized": ("NotAuthorizedException", 401),
    "invalid-client": ("InvalidClientException", 400),
    "session-expired": ("SessionExpiredException", 400),
}
RAISED = {
    **MODELLED,
    "access-denied": ("AccessDeniedException", 401),
    "resource-in-use": ("ResourceInUseException", 400),
    "clock-skew": ("InvalidSignatureException", 403),
    "http-401": ("NotAuthorized", 401),
    "http-403": ("ExpiredTokenException", 403),
    "http-404": ("UnknownOperationException", 404),
    "http-429": ("TooManyRequestsException", 429),
    "http-500": ("InternalFailure", 500),
    "http-503": ("503", 503),  # a page of HTML has no code
}
UNKNOWN = {"__type": "com.amazon.coral.service#UnknownOperationException"}
REPLIED: dict[str, dict[str, Any]] = {
    "null-answer": {"Answer": None},
    "empty-answer": {"Answer": ""},
    "empty-object": {},
    "wrong-host": {"Output": UNKNOWN, "Version": "1.0"},
    "garbage-answer": {"Answer": "/v8A/8DAgA=="},
    "camera-busy": {"Answer": encoded('{"type": "error", "reason": "BUSY"}')},
    "camera-privacy": {"Answer": encoded('{"type": "error", "reason": "PRIVACY"}')},
    "camera-asleep": {"Answer": encoded('{"type": "error", "reason": "ASLEEP"}')},
    "camera-low-power": {"Answer": encoded('{"type": "error", "reason": "LOW_POWER", "percentage": 12.5}')},
}
SPOILED = {"bare-sdp", "bare-lf", "foreign-mids", "foreign-payload-types"}
OF_CONNECTIONS = {"slow", "late", "never", "cut-off", "dribble", "reset", "reset-after", "refused"}


def test_every_fault_is_in_a_table_of_these_tests() -> None:
    assert {*RAISED, *REPLIED, *SPOILED, *OF_CONNECTIONS} == FAULT_KINDS.keys()


@pytest.fixture
async def service(start_service: StartService) -> SignalingService:
    """A service that counts no calls: these tests make many."""
    return await start_service(SignalingSettings(rates=False))


@pytest.mark.parametrize("name", RAISED)
async def test_boto3_raises_and_no_camera_hears_of_it_when_the_fault_is_an_error(
    service: SignalingService, account: Account, arn: str, name: str
) -> None:
    service.faults.set(Fault(name))
    async with running_master(service.master_url, arn, lambda _: None) as camera:
        with pytest.raises(ClientError) as raised:
            await account.offer(arn)
    error = raised.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == RAISED[name]
    assert error["Error"]["Message"]
    assert camera.offers == []


@pytest.mark.parametrize("name", MODELLED)
async def test_boto3_raises_the_modelled_exception_when_turn_servers_are_asked_for(
    service: SignalingService, account: Account, arn: str, name: str
) -> None:
    service.faults.set(Fault(name), operation="GetIceServerConfig")
    with pytest.raises(getattr(account.signaling.exceptions, MODELLED[name][0])):
        await account.call("get_ice_server_config", ChannelARN=arn)


@pytest.mark.parametrize("name", REPLIED)
async def test_reply_is_a_success_and_no_camera_hears_of_it_when_the_fault_stands_in_for_one(
    service: SignalingService, account: Account, arn: str, name: str
) -> None:
    recorder = Recorder(account)
    service.faults.set(Fault(name, 12.5 if name == "camera-low-power" else None))
    async with running_master(service.master_url, arn, lambda _: None) as camera:
        seen = await account.offer(arn)
    assert (recorder.status, recorder.body) == (200, REPLIED[name])
    assert seen.get("Answer") == REPLIED[name].get("Answer")
    assert camera.offers == []


async def spoiled(service: SignalingService, account: Account, arn: str, name: str, answer: str) -> tuple[str, str]:
    """The Answer that came of a camera's SDP answer to an Echo's offer, and that offer."""
    offer = sdp("offers/echo-show.sdp")
    service.faults.set(Fault(name))
    async with running_master(
        service.master_url, arn, lambda _: json.dumps({"type": "answer", "sdp": answer})
    ) as camera:
        seen = (await account.offer(arn, payload=wrap("offer", offer)))["Answer"]
    assert [message["sdp"] for message in camera.offers] == [offer]
    return seen, offer


def sdp(path: str) -> str:
    return (SDP / path).read_bytes().decode()


async def test_answer_is_no_json_when_it_comes_as_bare_sdp(
    service: SignalingService, account: Account, arn: str
) -> None:
    answer = sdp("answers/aiortc.sdp")
    seen, _ = await spoiled(service, account, arn, "bare-sdp", answer)
    assert seen == encoded(answer)


async def test_answer_is_what_only_lenient_readers_take_when_it_has_bare_line_feeds(
    service: SignalingService, account: Account, arn: str
) -> None:
    answer = sdp("answers/aiortc.sdp")
    seen, _ = await spoiled(service, account, arn, "bare-lf", answer)
    with pytest.raises(json.JSONDecodeError, match="Invalid control character"):
        unwrap(seen)
    text = base64.b64decode(seen).decode()
    assert "\r" not in text
    assert json.loads(text, strict=False) == {"type": "answer", "sdp": answer.replace("\r\n", "\n")}


@pytest.mark.parametrize("path", ["answers/camera.sdp", "answers/kvs-c-sdk.sdp"])
async def test_answer_is_about_other_media_when_its_mids_are_foreign(
    service: SignalingService, account: Account, arn: str, path: str
) -> None:
    answer = sdp(path)
    seen, offer = await spoiled(service, account, arn, "foreign-mids", answer)
    changed = unwrap(seen)["sdp"]
    mids = re.findall(r"^a=mid:(\S+)", changed, re.MULTILINE)
    assert mids
    assert not {*mids} & {*re.findall(r"^a=mid:(\S+)", offer, re.MULTILINE)}
    assert re.findall(r"^a=group:BUNDLE (.+?)\r?$", changed, re.MULTILINE) == [" ".join(mids)]
    assert changed.replace("foreign-", "") == answer


@pytest.mark.parametrize("path", ["answers/camera.sdp", "answers/kvs-c-sdk.sdp"])
async def test_answer_speaks_of_codecs_nobody_offered_when_its_payload_types_are_foreign(
    service: SignalingService, account: Account, arn: str, path: str
) -> None:
    answer = sdp(path)
    seen, offer = await spoiled(service, account, arn, "foreign-payload-types", answer)
    changed = unwrap(seen)["sdp"]
    assert payload_types(changed)
    assert not payload_types(changed) & payload_types(offer)
    named = re.findall(r"^a=(?:rtpmap|fmtp|rtcp-fb):(\d+)", changed, re.MULTILINE)
    assert {*named} <= payload_types(changed)
    assert len(changed.splitlines()) == len(answer.splitlines())


def payload_types(text: str) -> set[str]:
    return {number for line in re.findall(r"^m=\S+ \S+ \S+ ([\d ]+)", text, re.MULTILINE) for number in line.split()}


@pytest.mark.parametrize("name", sorted(SPOILED))
@pytest.mark.parametrize("answer", ["v=0", "[]", '{"type":"error","reason":"BUSY"}', '{"sdp": 7}'])
async def test_answer_stays_as_it_is_when_it_is_none_that_could_be_spoiled(
    service: SignalingService, account: Account, arn: str, name: str, answer: str
) -> None:
    service.faults.set(Fault(name))
    async with running_master(service.master_url, arn, lambda _: answer):
        assert (await account.offer(arn))["Answer"] == encoded(answer)


async def test_error_of_the_service_stays_when_there_is_no_answer_to_spoil(
    service: SignalingService, account: Account
) -> None:
    service.faults.set(Fault("bare-sdp"))
    with pytest.raises(account.signaling.exceptions.ResourceNotFoundException):
        await account.offer(ABSENT_ARN)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_fault_happens_to_the_operation_when_it_is_named(
    service: SignalingService, account: Account, arn: str, operation: str
) -> None:
    service.faults.set(Fault("http-500"), operation=operation)
    with pytest.raises(ClientError, match="InternalFailure"):
        await account.call(boto3_name(operation), **valid_input(operation, arn))
    assert service.faults.clear() == 1
    if operation != "GetIceServerConfig":
        assert (await account.call("get_ice_server_config", ChannelARN=arn))["IceServerList"] == []


async def test_fault_happens_as_often_as_wanted_when_a_number_is_given(
    service: SignalingService, account: Account, arn: str
) -> None:
    service.faults.set(Fault("session-expired"), operation="GetIceServerConfig", times=2)
    for left in (1, None):
        with pytest.raises(account.signaling.exceptions.SessionExpiredException):
            await account.call("get_ice_server_config", ChannelARN=arn)
        assert [setting.times for setting in service.faults.listing()] == ([] if left is None else [left])
    assert (await account.call("get_ice_server_config", ChannelARN=arn))["IceServerList"] == []


async def test_other_channels_work_when_a_fault_is_set_for_one(
    service: SignalingService, account: Account, arn: str
) -> None:
    other = await account.create_channel("front-yard")
    service.faults.set(Fault("never"), "front-door")
    async with running_master(service.master_url, other, lambda _: "an answer") as camera:
        for _ in range(3):
            assert (await account.offer(other))["Answer"] == encoded("an answer")
    assert len(camera.offers) == 3
    assert service.faults.clear("front-yard") == 0
    assert [setting.channel_name for setting in service.faults.listing()] == [name_of(arn)]


def name_of(arn: str) -> str:
    return arn.split("/")[1]


async def test_channels_own_fault_goes_first_when_there_is_one_for_all(
    service: SignalingService, account: Account, arn: str
) -> None:
    service.faults.set(Fault("null-answer"))
    service.faults.set(Fault("empty-answer"), "front-door", times=1)
    assert (await account.offer(arn))["Answer"] == ""
    assert "Answer" not in await account.offer(arn)
    service.faults.set(Fault("empty-answer"))  # in place of the one before
    assert (await account.offer(arn))["Answer"] == ""
    assert service.faults.clear() == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("never", Fault("never")),
        ("slow=2.5", Fault("slow", 2.5)),
        ("slow", Fault("slow", 3)),
        ("dribble", Fault("dribble", 1)),
        ("camera-low-power=0", Fault("camera-low-power", 0)),
    ],
)
def test_fault_and_text_are_the_same_when_one_is_made_of_the_other(text: str, expected: Fault) -> None:
    assert Fault.parse(text) == expected
    assert Fault.parse(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no fault “”"),
        ("slwo", "There is no fault “slwo”"),
        ("never=3", "The fault “never” takes no number: write it as “never”."),
        ("slow=", "“” is not a number"),
        ("slow=soon", "“soon” is not a number"),
        ("slow=-1", "takes 0 to 3600 seconds"),
        ("slow=nan", "takes 0 to 3600 seconds"),
        ("slow=inf", "takes 0 to 3600 seconds"),
        ("camera-low-power=101", "takes 0 to 100 percent"),
    ],
)
def test_text_is_refused_with_a_sentence_when_it_is_no_fault(text: str, sentence: str) -> None:
    with pytest.raises(FaultError, match=sentence):
        Fault.parse(text)


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("never", {"operation": "sendOffer"}, "There is no operation “sendOffer”; there are Create"),
        ("never", {"operation": "ConnectAsMaster"}, "There is no operation"),
        ("bare-sdp", {"operation": "GetIceServerConfig"}, "only SendAlexaOfferToMaster has them"),
        ("never", {"times": 0}, "at least once"),
        ("refused", {"channel_name": "front-door"}, "for all cameras"),
        ("refused", {"times": 1}, "until it is cleared"),
    ],
)
async def test_fault_is_refused_with_a_sentence_when_it_makes_no_sense(
    service: SignalingService, name: str, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(FaultError, match=sentence):
        service.faults.set(Fault(name), **settings)
    assert service.faults.listing() == ()
