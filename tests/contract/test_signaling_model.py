"""botocore's service models as oracle: every operation, every member of its inputs and outputs."""

import unicodedata

import pytest

from simulator.signaling import SignalingService, SignalingSettings, TurnServer
from simulator.signaling.constraints import String
from simulator.signaling.errors import ServiceError
from simulator.signaling.inputs import INPUTS, LETTERS_NUMBERS_SPACES
from tests.support.service_model import (
    CONTROL_PLANE,
    DATA_PLANE,
    MODELS,
    SESSION,
    Recorder,
    boto3_name,
    constraint_deviations,
    deviations,
    input_of,
    output_of,
    valid_input,
)
from tests.support.signaling_client import Account, StartService, master

UPDATES = {"UpdateMediaStorageConfiguration", "UpdateSignalingChannel"}


@pytest.mark.parametrize("operation", MODELS)
def test_constraints_of_the_input_are_the_models_when_compared(operation: str) -> None:
    assert constraint_deviations(input_of(operation), INPUTS[operation], operation) == []


def test_tags_take_letters_numbers_and_spaces_when_unicode_says_that_they_are() -> None:
    tag = String(pattern=rf"[{LETTERS_NUMBERS_SPACES}.:/=+\-@]*")
    wrong = []
    for code in range(0x20000):
        allowed = unicodedata.category(chr(code))[0] in "LNZ" or chr(code) in "_.:/=+-@"
        try:
            tag.check("Key", chr(code))
        except ServiceError:
            accepted = False
        else:
            accepted = True
        if accepted != allowed:
            wrong.append(hex(code))
    assert wrong == []


def test_every_operation_on_signaling_channels_is_implemented_when_the_model_knows_it() -> None:
    control_plane = SESSION.get_service_model("kinesisvideo").operation_names
    left_out = {"DescribeMappedResourceConfiguration"}  # cloud recording
    streams = {name for name in control_plane if "Stream" in name or "Edge" in name}
    others = {"DescribeImageGenerationConfiguration", "DescribeNotificationConfiguration"}
    others |= {"UpdateImageGenerationConfiguration", "UpdateNotificationConfiguration", "UpdateDataRetention"}
    others |= {"GetDataEndpoint"}
    assert {*control_plane} - streams - others - left_out == {*CONTROL_PLANE}
    # JoinStorageSession is of another service; this one has two operations.
    assert {*SESSION.get_service_model("kinesis-video-signaling").operation_names} == {*DATA_PLANE}


@pytest.mark.parametrize("operation", MODELS)
async def test_response_has_the_shape_of_the_model_when_an_operation_succeeds(
    operation: str, start_service: StartService
) -> None:
    service = await start_service(
        SignalingSettings(turn_servers=(TurnServer(("turn:127.0.0.1:3478?transport=udp",), "secret"),))
    )
    account = Account(service)
    arn = await account.create_channel("front-door", Tags=[{"Key": "room", "Value": "hall"}])
    await account.create_channel("front-yard")
    parameters = valid_input(operation, arn)
    if operation == "UpdateSignalingChannel":
        described = await account.call("describe_signaling_channel", ChannelARN=arn)
        parameters["CurrentVersion"] = described["ChannelInfo"]["Version"]
    recorder = Recorder(account)
    async with master(service, arn) as camera:
        calling = account.start(boto3_name(operation), **parameters)
        if operation == "SendAlexaOfferToMaster":
            await camera.receive()
            await camera.answer("echo-1")
        parsed = await calling
    found = deviations(output_of(operation), recorder.body, operation)
    # The real service's user names and passwords break the model's own pattern, too; patterns are not compared.
    assert found == []
    assert recorder.status == 200
    assert {"x-amzn-requestid", "date"} <= {name.lower() for name in recorder.headers}
    assert parsed["ResponseMetadata"]["RequestId"]
    if operation not in {"DeleteSignalingChannel", "TagResource", "UntagResource"} | UPDATES:
        assert recorder.body


async def test_call_succeeds_with_nothing_in_it_when_it_goes_to_the_wrong_host(
    service: SignalingService, account: Account
) -> None:
    arn = await account.create_channel()
    client = account.session.client("kinesis-video-signaling", endpoint_url=service.control_plane_url)
    account.signaling = client
    recorder = Recorder(account)
    response = await account.call("send_alexa_offer_to_master", **valid_input("SendAlexaOfferToMaster", arn))
    assert "Answer" not in response
    assert recorder.body == {
        "Output": {"__type": "com.amazon.coral.service#UnknownOperationException"},
        "Version": "1.0",
    }
    assert service.requests[-1].operation == "UnknownOperation"
