"""Every command of README.md and docs/, as it stands there, on a world and on the same stack as a deployed one.

On the deployed one an operator types them, who has the stack's policy for operators and nothing else.
"""

import csv
import json
import os
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cli.options import Choice
from cli.target import Target
from cli.users import accounts, sign_in
from tests.end_to_end.conftest import RunningWorld
from tests.support.command import PROGRAM
from tests.support.project import ROOT
from tests.support.readme import RUN_BY_CI, blocks, commands
from tests.support.tools import need_program

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]
CREDENTIALS = (
    "camera-skill events credentials --client-id amzn1.application-oa2-client.0123456789abcdef0123456789abcdef "
    "--stack-name camera-skill"
)
ELSEWHERE = {
    ". .venv/bin/activate": "puts the command on PATH, as the tests do",
    "camera-skill world start": "in tests/end_to_end/conftest.py and test_command_worlds.py",
    "camera-skill world stop": "in tests/end_to_end/test_command_worlds.py",
    "camera-skill login --stack-name camera-skill": "needs a person's browser; test_command_logins.py plays one",
    CREDENTIALS: "would end the world's own; tests/integration/test_cli_event_credentials.py",
    ".venv-aws/bin/sam deploy --guided": "asks; every world runs `sam deploy` with the answers given",
}
OF_WHO_DEPLOYS = "camera-skill account-linking"
"""Reads the secret of Alexa's client, which is for who deploys the stack."""
REFERENCE = (ROOT / "docs" / "reference" / "registry-api.md").read_text(encoding="utf-8")
Environment = dict[str, str]


@pytest.fixture
def imported(world: RunningWorld, tmp_path: Path) -> Iterator[None]:
    """The file to import and its users, who are removed again."""
    example, _ = blocks("csv")
    (tmp_path / "cameras.csv").write_text(example, encoding="utf-8")
    users = {row["user"] for row in csv.DictReader(example.splitlines())}
    for user in users:
        world.run("users", "add", user)  # unless another test had the same
    yield
    for user in users:
        assert world.run("users", "remove", user, "--yes").exit_code == 0


@pytest.fixture
def deployed(world: RunningWorld, tmp_path: Path) -> Environment:
    """A shell that is set up for the AWS account, as who deploys the stack."""
    return {
        "CAMERA_SKILL_FOLDER": str(tmp_path / "no-world"),
        "AWS_ENDPOINT_URL": world.content["aws_endpoint_url"],
        "AWS_ENDPOINT_URL_KINESIS_VIDEO": world.content["signaling_endpoint_url"],
        "AWS_ACCESS_KEY_ID": world.content["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": world.content["secret_access_key"],
        "AWS_DEFAULT_REGION": "us-east-1",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }


@pytest.fixture
def operator(world: RunningWorld, deployed: Environment) -> Environment:
    """The same shell of an operator: a role with the stack's policy for operators. The local AWS enforces it."""
    url, name = world.content["aws_endpoint_url"], f"operator-{uuid.uuid4().hex[:8]}"
    iam = world.session().client("iam", endpoint_url=url)
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=world.outputs["OperatorPolicyArn"])
    sts = world.session().client("sts", endpoint_url=url)
    keys = sts.assume_role(RoleArn=role, RoleSessionName="operator@example.com")["Credentials"]
    return {
        **deployed,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }


def typed(command: list[str | Path], folder: Path, environment: Environment) -> subprocess.CompletedProcess[str]:
    """What becomes of a command in such a shell."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.usefixtures("imported")
def test_every_command_of_the_documentation_works_when_it_is_typed(
    world: RunningWorld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    deployed: Environment,
    operator: Environment,
) -> None:
    skipped = RUN_BY_CI | set(ELSEWHERE)
    local = {"CAMERA_SKILL_FOLDER": str(world.folder)}
    monkeypatch.setenv("XDG_STATE_HOME", deployed["XDG_STATE_HOME"])
    stack = Target(Choice(stack_name="camera-skill"), world.session(), "camera-skill", "us-east-1", world.outputs)
    accounts.keep(stack, sign_in.Tokens(world.content["account"]["access_token"], "unused"))  # as `login` does
    lines = [command for command in commands() if command not in skipped]
    assert len(lines) >= 11
    for command in lines:
        environment = operator if "--stack-name" in command else local
        if command.startswith(OF_WHO_DEPLOYS):
            refused = typed([PROGRAM, *shlex.split(command)[1:]], tmp_path, operator)
            assert (refused.returncode, "DescribeUserPoolClient" in refused.stderr) == (1, True), refused
            environment = deployed
        if command.startswith("camera-skill show") and "--stack-name" in command:
            assert world.run("world", "plug-in", "Front Door").exit_code == 0
        outcome = typed([PROGRAM, *shlex.split(command)[1:]], tmp_path, environment)
        assert outcome.returncode == 0, (command, outcome)
    assert (tmp_path / "garden.png").exists()
    for name in ("Garden", "Front Door"):
        assert world.run("cameras", "remove", name, "--yes").exit_code == 0


def client(environment: Environment, service: str) -> Any:  # noqa: ANN401 - boto3's
    """A client of a service, with the rights that this shell has."""
    session = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment["AWS_SESSION_TOKEN"],
        region_name="us-east-1",
    )
    return session.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"])  # type: ignore[call-overload]


def test_an_operator_reads_no_table_no_secret_and_no_key(world: RunningWorld, operator: Environment) -> None:
    outputs = world.outputs
    tables = [outputs["RegistryTableName"], outputs["ActivityTableName"]]
    key = {"pk": {"S": "USER#x"}, "sk": {"S": "GRANT"}}
    dynamodb, functions = client(operator, "dynamodb"), client(operator, "lambda")
    assert functions.get_function_configuration(FunctionName=outputs["RegistryFunctionName"])["Timeout"] == 60
    calls: list[Callable[[], object]] = [
        *(partial(dynamodb.scan, TableName=table) for table in tables),
        *(partial(dynamodb.get_item, TableName=table, Key=key) for table in tables),
        *(partial(dynamodb.put_item, TableName=table, Item=key) for table in tables),
        lambda: client(operator, "secretsmanager").get_secret_value(SecretId=outputs["AlexaClientSecretArn"]),
        lambda: functions.invoke(FunctionName=outputs["CameraEventsFunctionName"], Payload="{}"),
        lambda: client(operator, "iot").create_keys_and_certificate(setAsActive=True),
        lambda: client(operator, "sqs").receive_message(QueueUrl=outputs["CameraEventsQueueUrl"]),
    ]
    for call in calls:
        with pytest.raises(ClientError) as raised:
            call()
        assert raised.value.response["Error"]["Code"] in {"AccessDeniedException", "AccessDenied"}


@pytest.mark.parametrize("language", ["python", "bash"])
def test_examples_of_the_registry_api_work_when_they_are_run(
    world: RunningWorld, tmp_path: Path, operator: Environment, language: str
) -> None:
    need_program("curl")
    (example,) = re.findall(rf"^```{language}\n(.*?)^```", REFERENCE, re.DOTALL | re.MULTILINE)
    names = {"REGISTRY_FUNCTION": world.outputs["RegistryFunctionName"], "AWS_REGION": "us-east-1"}
    program: list[str | Path] = [sys.executable, "-c"] if language == "python" else ["bash", "-euo", "pipefail", "-c"]
    outcome = typed([*program, example], tmp_path, {**operator, **names})
    assert outcome.returncode == 0, outcome
    user = "5f0f6b2e-0000-4000-8000-00000000000a"
    if language == "python":
        endpoint_id = outcome.stdout.strip()
        assert typed([*program, example], tmp_path, {**operator, **names}).stdout.strip() == endpoint_id
        (row,) = world.run("cameras", "list", "--user", user, "--json").json
        assert (row["endpoint_id"], row["friendly_name"], row["doorbell"]) == (endpoint_id, "Front Door", True)
        assert world.run("users", "remove", user, "--yes").exit_code == 0
    else:
        assert json.loads(outcome.stdout) == {"result": {"cameras": []}}
