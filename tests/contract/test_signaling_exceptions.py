"""botocore's service models as oracle: every error of every operation is caused, and seen as its exception."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from simulator.credentials import PROCESS_CREDENTIALS
from simulator.signaling import Assumptions, Call, Proceed, SignalingSettings
from simulator.signaling import errors as service_errors
from simulator.signaling.inputs import INPUTS
from tests.support.service_model import ABSENT_ARN, DATA_PLANE, MODELS, Recorder, boto3_name, valid_input
from tests.support.signaling_client import Account, StartService

ERRORS = [(operation, shape.name) for operation, model in MODELS.items() for shape in model.error_shapes]
# Errors of the model that nobody has seen the real service raise, or that the model's own limits rule out.
ONLY_INTERCEPTED = {
    ("CreateSignalingChannel", "TagsPerResourceExceededLimitException"),
    ("GetIceServerConfig", "InvalidClientException"),
    ("GetIceServerConfig", "SessionExpiredException"),
    ("UpdateMediaStorageConfiguration", "NoDataRetentionException"),  # of streams, which this service has not
}
Causes = dict[str, Callable[[str, StartService], Awaitable[tuple[Account, dict[str, Any]]]]]


async def _service_with_channel(start: StartService, settings: SignalingSettings) -> tuple[Account, str]:
    account = Account(await start(settings))
    return account, await account.create_channel("front-door")


async def cause_invalid_argument(operation: str, start: StartService) -> tuple[Account, dict[str, Any]]:
    account, arn = await _service_with_channel(start, SignalingSettings())
    wrong = {"ChannelARN": "front-door", "ResourceARN": "front-door", "ChannelName": "front door", "NextToken": "?"}
    parameters = valid_input(operation, arn)
    return account, parameters | {name: wrong[name] for name in wrong if name in INPUTS[operation].members}


async def cause_client_limit_exceeded(operation: str, start: StartService) -> tuple[Account, dict[str, Any]]:
    settings = SignalingSettings(rate_scale=0.001, message_ttl_scale=0.001)
    account, arn = await _service_with_channel(start, settings)
    parameters = valid_input(operation, arn) | ({"ChannelARN": ABSENT_ARN} if operation.startswith("Delete") else {})
    if operation != "CreateSignalingChannel":
        # This one takes the last token, whatever else becomes of it.
        with contextlib.suppress(account.kinesisvideo.exceptions.ClientError):
            await account.call(boto3_name(operation), **parameters)
    return account, parameters


async def cause_resource_not_found(operation: str, start: StartService) -> tuple[Account, dict[str, Any]]:
    return Account(await start(SignalingSettings())), valid_input(operation, ABSENT_ARN)


async def cause_denial(operation: str, start: StartService) -> tuple[Account, dict[str, Any]]:
    async def authorize(access_key_id: str, action: str, resource_arn: str, _: object) -> bool:
        return (access_key_id, action) != (
            PROCESS_CREDENTIALS.access_key_id,
            f"kinesisvideo:{operation}",
        ) or not resource_arn

    return Account(await start(SignalingSettings(authorize=authorize))), valid_input(operation, ABSENT_ARN)


async def cause_account_limit(operation: str, start: StartService) -> tuple[Account, dict[str, Any]]:
    account, arn = await _service_with_channel(start, SignalingSettings(channels_per_account=1))
    return account, valid_input(operation, arn)


async def cause_resource_in_use(operation: str, start: StartService) -> tuple[Account, dict[str, Any]]:
    settings = SignalingSettings(assumptions=Assumptions(transition_seconds=60))
    account, arn = await _service_with_channel(start, settings)
    described = await account.call("describe_signaling_channel", ChannelARN=arn)
    assert described["ChannelInfo"]["ChannelStatus"] == "CREATING"
    parameters = valid_input(operation, arn)
    if operation == "UpdateSignalingChannel":
        parameters["CurrentVersion"] = described["ChannelInfo"]["Version"]
    if operation == "CreateSignalingChannel":
        parameters["ChannelName"] = "front-door"
    return account, parameters


async def cause_too_many_tags(operation: str, start: StartService) -> tuple[Account, dict[str, Any]]:
    account, arn = await _service_with_channel(start, SignalingSettings())
    tags = [{"Key": f"key-{number}", "Value": ""} for number in range(50)]
    await account.call("tag_resource", ResourceARN=arn, Tags=tags)
    return account, valid_input(operation, arn)


async def cause_version_mismatch(operation: str, start: StartService) -> tuple[Account, dict[str, Any]]:
    account, arn = await _service_with_channel(start, SignalingSettings())
    return account, valid_input(operation, arn) | {"CurrentVersion": "1"}


CAUSES: Causes = {
    "InvalidArgumentException": cause_invalid_argument,
    "ClientLimitExceededException": cause_client_limit_exceeded,
    "ResourceNotFoundException": cause_resource_not_found,
    "AccessDeniedException": cause_denial,
    "NotAuthorizedException": cause_denial,
    "AccountChannelLimitExceededException": cause_account_limit,
    "ResourceInUseException": cause_resource_in_use,
    "TagsPerResourceExceededLimitException": cause_too_many_tags,
    "VersionMismatchException": cause_version_mismatch,
}


def error_type(name: str) -> service_errors.ErrorType:
    known = [each for each in vars(service_errors).values() if isinstance(each, service_errors.ErrorType)]
    return next(each for each in known if each.name == name)


async def intercepted(error: str, start: StartService) -> tuple[Account, dict[str, Any]]:
    async def raise_it(call: Call, proceed: Proceed) -> web.StreamResponse:
        raise service_errors.ServiceError(error_type(error), f"{call.operation} before {proceed.__name__}")

    service = await start(SignalingSettings())
    service.intercept(raise_it)
    return Account(service), {}


@pytest.mark.parametrize(("operation", "error"), ERRORS)
async def test_modelled_exception_is_raised_when_its_cause_is_there(
    operation: str, error: str, start_service: StartService
) -> None:
    if (operation, error) in ONLY_INTERCEPTED:
        account, _ = await intercepted(error, start_service)
        parameters = valid_input(operation, ABSENT_ARN)
    else:
        account, parameters = await CAUSES[error](operation, start_service)
    recorder = Recorder(account)
    client: Any = account.signaling if operation in DATA_PLANE else account.kinesisvideo
    with pytest.raises(getattr(client.exceptions, error)) as raised:
        await account.call(boto3_name(operation), **parameters)
    shape: Any = next(shape for shape in MODELS[operation].error_shapes if shape.name == error)
    assert recorder.status == shape.metadata["error"]["httpStatusCode"]
    assert recorder.headers["x-amzn-ErrorType"] == error
    assert recorder.body.keys() == shape.members.keys()
    assert raised.value.response["Error"]["Message"] == next(iter(recorder.body.values()))
    assert raised.value.response["ResponseMetadata"]["RequestId"]
