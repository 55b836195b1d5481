"""A stack that the command takes for a deployed one: its outputs, tables and user pool in a local AWS.

The registry function runs in processes of the test's; no other runs, and no template is built: that makes it cheap
enough for every module of tests.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.credentials import PROCESS_CREDENTIALS
from simulator.local_aws import LocalAws
from simulator.signaling import SignalingService, SignalingSettings
from tests.support.command import Outcome, run
from tests.support.lambda_endpoint import Instances, lambda_endpoint
from tests.support.registrations import Registrations
from tests.support.registry_function import MODULE, environment_of
from tests.support.signaling_thread import signaling_in_thread
from tests.support.tables import create_table, create_tables

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient

PREFIX = "camera-skill-"


@dataclass(frozen=True)
class DeployedStack:
    """The stack, and clients for a look behind the command's back.

    `signaling` runs in another thread, `instances` of the registry function in other processes.
    """

    name: str
    outputs: Mapping[str, str]
    environment: Mapping[str, str]
    dynamodb: "DynamoDBClient"
    cognito: "CognitoIdentityProviderClient"
    kinesis_video: "KinesisVideoClient"
    signaling: SignalingService
    instances: Instances

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

    @contextmanager
    def without_table(self, name: str) -> Iterator[None]:
        """One of the tables is gone meanwhile; it is empty afterwards."""
        self.dynamodb.delete_table(TableName=name)
        try:
            yield
        finally:
            create_table(self.dynamodb, "Registry" if name == self.outputs["RegistryTableName"] else "Activity", name)

    def items(self, table: str = "RegistryTableName") -> dict[tuple[str, str], dict[str, Any]]:
        """All items of a table by their keys."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.outputs[table])
        return {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}


@contextmanager
def deployed_stack(
    local_aws: LocalAws,
    state: Path,
    *,
    has_pool: bool = True,
    more_outputs: Mapping[str, str] | None = None,
    rate_scale: float = 100.0,
) -> Iterator[DeployedStack]:
    """A stack with empty tables; without a pool, accounts are elsewhere.

    `state`: a folder for logins. `rate_scale`: how many times as much as AWS the signaling service takes.
    """
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
    outputs["RegistryFunctionName"] = f"{name}-RegistryFunction-example"
    outputs |= more_outputs or {}
    cloudformation = session.client("cloudformation", endpoint_url=local_aws.url)
    template = {
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        "Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
    }
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    with ExitStack() as parts:
        signaling = parts.enter_context(signaling_in_thread(SignalingSettings(rate_scale=rate_scale)))
        instances = Instances(MODULE, environment_of(local_aws.url, signaling, (registry, activity), name))
        function = parts.enter_context(lambda_endpoint(outputs["RegistryFunctionName"], instances, local_aws.url))
        environment = {
            "AWS_ENDPOINT_URL": local_aws.url,
            "AWS_ENDPOINT_URL_LAMBDA": function,
            "AWS_ACCESS_KEY_ID": PROCESS_CREDENTIALS.access_key_id,
            "AWS_SECRET_ACCESS_KEY": PROCESS_CREDENTIALS.secret_access_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "XDG_STATE_HOME": str(state),
            "CAMERA_SKILL_FOLDER": str(state / "no-world"),
        }
        kinesis_video = session.client("kinesisvideo", endpoint_url=signaling.control_plane_url)
        yield DeployedStack(name, outputs, environment, dynamodb, cognito, kinesis_video, signaling, instances)
    cloudformation.delete_stack(StackName=name)
    for table in (registry, activity):
        dynamodb.delete_table(TableName=table)
