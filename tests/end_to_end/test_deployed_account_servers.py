"""The template with an account server of one's own: no user pool, and its customers find their cameras."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from camera_skill.camera import Camera, CameraLink
from simulator.local_aws import LocalAws
from simulator.world.deployment import Deployment, Source
from tests.end_to_end.conftest import RunningWorld
from tests.support import secrets
from tests.support.account_server import CLIENT_ID, USER_ID, AccountServer
from tests.support.alexa_schema import checked
from tests.support.directives import ENDPOINT_ID, discover
from tests.support.login_with_amazon import AMAZON_USER_ID, running_login_with_amazon
from tests.support.login_with_amazon import CLIENT_ID as AMAZON_CLIENT_ID
from tests.support.project import ROOT
from tests.support.registrations import Registrations
from tests.support.world_process import aws_of

pytestmark = [pytest.mark.long, pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]
STACK_NAME = "accounts-elsewhere"
OF_THE_POOL = {"UserPoolId", "HostedLoginUrl", "AlexaClientId", "AlexaClientSecretHint", "OperatorClientId"}


@pytest.fixture
def aws(world: RunningWorld) -> Iterator[LocalAws]:
    """The world's local AWS, in which the stack is gone after the test."""
    aws = aws_of(world.folder, world.content)
    yield aws
    aws.session().client("cloudformation", endpoint_url=aws.url).delete_stack(StackName=STACK_NAME)


async def deployed(aws: LocalAws, **parameters: str) -> dict[str, str]:
    """The outputs of the stack with these parameters; what the world built is not built again."""
    deployment = Deployment(aws, Source.of_project(ROOT), parameters, stack_name=STACK_NAME)
    await deployment.build()
    return await deployment.deploy()


def cameras_of(aws: LocalAws, outputs: dict[str, str], user_id: str, token: str) -> list[str]:
    """What the deployed function shows to a customer who has one camera."""
    session = aws.session()
    dynamodb = session.client("dynamodb", endpoint_url=aws.url)
    camera = Camera(ENDPOINT_ID, "arn:example", "us-east-1", "https://signaling.example")
    registrations = Registrations(dynamodb, outputs["RegistryTableName"])
    registrations.register(camera, CameraLink(user_id, ENDPOINT_ID, "Front Door"))
    functions = session.client("lambda", endpoint_url=aws.url)
    event = discover(token)
    secrets.learn_event(event)
    reply = functions.invoke(FunctionName=outputs["SmartHomeFunctionAliasArn"], Payload=json.dumps(event))
    assert not reply.get("FunctionError")
    answer: dict[str, Any] = checked(json.load(reply["Payload"]))
    return [one["friendlyName"] for one in answer["event"]["payload"]["endpoints"]]


async def test_customers_find_their_cameras_when_the_account_server_is_not_the_stacks_own(
    aws: LocalAws, account_server: AccountServer
) -> None:
    scope = "camera-skill/cameras"
    outputs = await deployed(
        aws, AccountServer="oidc", TokenIssuer=account_server.issuer, TokenClientIds=CLIENT_ID, TokenScope=scope
    )
    assert outputs.keys().isdisjoint(OF_THE_POOL)
    assert outputs["TokenIssuer"] == account_server.issuer
    token = account_server.token(token_use=None)
    assert await asyncio.to_thread(cameras_of, aws, outputs, USER_ID, token) == ["Front Door"]
    with running_login_with_amazon() as amazon:
        outputs = await deployed(
            aws,
            AccountServer="login-with-amazon",
            TokenClientIds=AMAZON_CLIENT_ID,
            LocalLoginWithAmazonUrl=amazon.url,
        )
        assert outputs["AccountServer"] == "login-with-amazon"
        names = await asyncio.to_thread(cameras_of, aws, outputs, AMAZON_USER_ID, amazon.token())
    assert names == ["Front Door"]
