"""A stack that the command takes for a deployed one: its outputs, tables and user pool in a local AWS.

No function runs, and no template is built: that makes it cheap enough for every module of tests.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.cameras.registrations import Registrations
from simulator.local_aws import LocalAws
from simulator.signaling import SignalingService
from tests.support.command import Outcome, run
from tests.support.signaling_thread import signaling_in_thread
from tests.support.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient

PREFIX = "camera-skill-"


@dataclass(frozen=True)
class DeployedStack:
    """The stack, and clients for a look behind the command's back. `signaling` runs in another thread."""

    name: str
    outputs: Mapping[str, str]
    environment: Mapping[str, str]
    dynamodb: "DynamoDBClient"
    cognito: "CognitoIdentityProviderClient"
    kinesis_video: "KinesisVideoClient"
    signaling: SignalingService

    def run(self, *arguments: str | Path, stdin: str = "") -> Outcome:
        """Runs the command on this stack, in this process."""
        return run(*arguments, "--stack-name", self.name, stdin=stdin)

    def json(self, *arguments: str | Path) -> Any:  # noqa: ANN401  # JSON of any form
        """What the command prints with --json, once it succeeded."""
        outcome = self.run(*arguments, "--json")
        assert outcome.exit_code == 0, outcome
        return outcome.json

    def said(self, *arguments: str | Path, stdin: str = "") -> str:
        """What the command says, once it succeeded."""
        outcome = self.run(*arguments, stdin=stdin)
        assert outcome.exit_code == 0, outcome
        return outcome.stdout

    @property
    def registrations(self) -> Registrations:
        """The registry, without the command."""
        return Registrations(self.dynamodb, self.outputs["RegistryTableName"])

    def add_user(self, email: str) -> str:
        """Puts a user into the pool, in less time than the command needs; the id."""
        user = self.cognito.admin_create_user(
            UserPoolId=self.outputs["UserPoolId"], Username=email, UserAttributes=[{"Name": "email", "Value": email}]
        )["User"]
        return next(attribute["Value"] for attribute in user["Attributes"] if attribute["Name"] == "sub")

    def items(self, table: str = "RegistryTableName") -> dict[tuple[str, str], dict[str, Any]]:
        """All items of a table by their keys."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.outputs[table])
        return {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}


@contextmanager
def deployed_stack(
    local_aws: LocalAws, state: Path, *, has_pool: bool = True, more_outputs: Mapping[str, str] | None = None
) -> Iterator[DeployedStack]:
    """A stack with empty tables; without a pool, accounts are elsewhere. `state`: a folder for logins."""
    session, name = local_aws.session(), f"stack-{uuid.uuid4().hex[:12]}"
    dynamodb = session.client("dynamodb", endpoint_url=local_aws.url)
    cognito = session.client("cognito-idp", endpoint_url=local_aws.url)
    registry, activity = f"registry-{name}", f"activity-{name}"
    create_tables(dynamodb, registry, activity)
    outputs = {"RegistryTableName": registry, "ActivityTableName": activity, "ChannelNamePrefix": PREFIX}
    outputs |= {"AccountServer": "oidc", "TokenIssuer": "https://accounts.example"}
    if has_pool:
        pool = cognito.create_user_pool(
            PoolName=name, UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False}
        )["UserPool"]["Id"]
        outputs |= {"UserPoolId": pool, "HostedLoginUrl": "https://login.example", "AccountServer": "cognito"}
    outputs |= more_outputs or {}
    cloudformation = session.client("cloudformation", endpoint_url=local_aws.url)
    template = {
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        "Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
    }
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    with signaling_in_thread() as signaling:
        environment = {
            "AWS_ENDPOINT_URL": local_aws.url,
            "AWS_ENDPOINT_URL_KINESIS_VIDEO": signaling.control_plane_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "XDG_STATE_HOME": str(state),
            "CAMERA_SKILL_FOLDER": str(state / "no-world"),
        }
        kinesis_video = session.client("kinesisvideo", endpoint_url=signaling.control_plane_url)
        yield DeployedStack(name, outputs, environment, dynamodb, cognito, kinesis_video, signaling)
    cloudformation.delete_stack(StackName=name)
    for table in (registry, activity):
        dynamodb.delete_table(TableName=table)
