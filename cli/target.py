"""The stack that a command works on: AWS clients, addresses and outputs, the same for local and deployed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.local_world.world_file import World, read_world
from cli.options import Choice

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_iot_data import IoTDataPlaneClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0  # longer than the function may take
REGISTRY_TIMEOUT = 70.0  # longer than the registry function may take
HASTY_SECONDS = 1.5
"""For either, where somebody waits for the shell to complete a word."""
POOL_OUTPUTS = {"UserPoolId", "HostedLoginUrl", "AlexaClientId", "OperatorClientId"}
"""Of stacks with a user pool of their own."""


@dataclass(frozen=True)
class Target:
    """A stack and the clients to work on it.

    `world` is None for a deployed one; `parameters` are those that it was deployed with, a local world's unsaid.
    `hasty`: what does not answer at once is given up.
    """

    choice: Choice
    session: "boto3.Session"
    stack_name: str
    region: str
    outputs: Mapping[str, str]
    world: World | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    hasty: bool = False

    def output(self, key: str) -> str:
        """An output of the stack.

        Raises:
            CommandError: the stack has no such output.
        """
        value = self.outputs.get(key)
        if value:
            return value
        if key in POOL_OUTPUTS and self.outputs.get("AccountServer", "cognito") != "cognito":
            raise CommandError(
                f"Customers of the stack {self.stack_name} have their accounts on a server that is not the stack's "
                f"({self.outputs.get('TokenIssuer') or self.outputs['AccountServer']}): use that server's own tools."
            )
        if key == "OperatorClientId":
            raise CommandError(
                f"The stack {self.stack_name} does not let operators log in: deploy it with the parameter "
                "OperatorClient=on, and off again when you are done."
            )
        raise CommandError(
            f"The stack {self.stack_name} has no output {key}: is it a stack of this template, and deployed "
            "from this version?"
        )

    @property
    def place(self) -> str:
        """The stack in words, for sentences."""
        return f"the local world in {self.choice.folder}" if self.world else f"the stack {self.stack_name}"

    @property
    def hosted_login_url(self) -> str:
        """Where customers log in: the local AWS serves the hosted login itself, at its own address."""
        return self.world.aws_endpoint_url if self.world else self.output("HostedLoginUrl")

    @cached_property
    def cognito(self) -> "CognitoIdentityProviderClient":
        """Client of the user pools."""
        return self.session.client("cognito-idp", **self._options())

    @cached_property
    def functions(self) -> "LambdaClient":
        """Client that invokes functions, once: a camera must not get an offer twice."""
        return self.session.client("lambda", **self._options(attempts=1))

    @cached_property
    def repeatable_functions(self) -> "LambdaClient":
        """Client that invokes functions which take the same request again: the registry's."""
        config = _config(hasty=self.hasty, read_timeout=REGISTRY_TIMEOUT)
        return self.session.client("lambda", **{**self._options(), "config": config})

    @cached_property
    def principal_id(self) -> str:
        """The id of who uses these credentials, for the audit log. Empty if AWS does not say.

        Of a role's session, whose name is often an email address, it has a digest.
        """
        import hashlib

        from botocore.exceptions import BotoCoreError, ClientError

        try:
            user_id = self.session.client("sts", **self._options(attempts=1)).get_caller_identity()["UserId"]
        except (BotoCoreError, ClientError):
            return ""
        principal, is_session, name = str(user_id).partition(":")
        return principal + (f":{hashlib.sha256(name.encode()).hexdigest()[:16]}" if is_session else "")

    @cached_property
    def queues(self) -> "SQSClient":
        """Client of the queues."""
        return self.session.client("sqs", **self._options())

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """Client of the functions' logs."""
        return self.session.client("logs", **self._options())

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Client of the secrets."""
        return self.session.client("secretsmanager", **self._options())

    @cached_property
    def broker(self) -> "IoTDataPlaneClient":
        """Client of the MQTT broker, that publishes once: an event must not happen twice."""
        return self.session.client("iot-data", **self._options(attempts=1))

    def _options(self, attempts: int = 3) -> dict[str, Any]:
        """What makes a client one of this stack's."""
        url = self.world.aws_endpoint_url if self.world else None
        return {"endpoint_url": url, "config": _config(attempts, hasty=self.hasty)}


def target_of(choice: Choice, *, hasty: bool = False) -> Target:
    """The stack that was chosen.

    Raises:
        CommandError: no such stack, or no world is running.
    """
    if choice.stack_name:
        return _deployed(choice, choice.stack_name, hasty=hasty)
    return local(choice, read_world(choice.folder), hasty=hasty)


def local(choice: Choice, world: World, *, hasty: bool = False) -> Target:
    """The stack of a running local world."""
    from simulator.local_aws import isolated_session

    session = isolated_session(world.credentials, world.region)
    return Target(choice, session, world.stack_name, world.region, world.outputs, world, hasty=hasty)


def _deployed(choice: Choice, stack_name: str, *, hasty: bool) -> Target:
    import boto3
    from botocore.exceptions import ClientError

    region = choice.region or os.environ.get("AWS_REGION")  # as AWS's own command has it, and boto3 has not
    session = boto3.Session(region_name=region, profile_name=choice.profile)
    client = session.client("cloudformation", config=_config(hasty=hasty))
    try:
        stack = client.describe_stacks(StackName=stack_name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise CommandError(
            f"There is no stack {stack_name} in {client.meta.region_name}: check the name with "
            "`aws cloudformation list-stacks`, and say --region or --profile if it is elsewhere."
        ) from error
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    parameters = {one["ParameterKey"]: one.get("ParameterValue", "") for one in stack.get("Parameters", [])}
    return Target(choice, session, stack_name, client.meta.region_name, outputs, parameters=parameters, hasty=hasty)


def _config(attempts: int = 3, *, hasty: bool, read_timeout: float = READ_TIMEOUT) -> "Config":
    from botocore.config import Config

    connect, read = (HASTY_SECONDS, HASTY_SECONDS) if hasty else (CONNECT_TIMEOUT, read_timeout)
    return Config(connect_timeout=connect, read_timeout=read, retries={"total_max_attempts": 1 if hasty else attempts})
