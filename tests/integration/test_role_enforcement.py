"""Who may read a customer's tokens: the template's roles and key, in a local AWS that holds everybody to them."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from simulator.local_aws import REGION, LocalAws
from tests.support.cloudformation import Template, data_stack
from tests.support.tools import need_local_aws

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

CONTEXT = {"user_id": "ann"}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}


class Account:
    """An account with the key of grants, whose policy is the template's."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._root = aws.session()
        policy = json.dumps(data_stack().properties("GrantKey")["KeyPolicy"])
        self.key_arn = self._client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
        self.secret_arn = self._client("secretsmanager").create_secret(Name="client", SecretString="{}")["ARN"]

    def role(self, name: str, tags: list[dict[str, str]], policies: list[dict[str, Any]]) -> boto3.Session:
        """A session of a new role. `policies`: documents."""
        iam = self._client("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=tags)["Role"]["Arn"]
        for number, policy in enumerate(policies):
            iam.put_role_policy(RoleName=name, PolicyName=str(number), PolicyDocument=json.dumps(policy))
        made = self._client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], region_name=REGION)

    def templates_role(self, name: str) -> boto3.Session:
        """The same, of the template's role."""
        template = Template("template.yaml")
        role = template.properties(name)
        shared = [each.strip("${}") for each in role.get("ManagedPolicyArns", [])]
        documents = [policy["PolicyDocument"] for policy in role["Policies"]]
        documents += [template.properties(each)["PolicyDocument"] for each in shared]
        return self.role(name, role["Tags"], [self._deployed(document) for document in documents])

    def kms(self, session: boto3.Session) -> "KMSClient":
        client: KMSClient = session.client("kms", endpoint_url=self._aws.url)
        return client

    def reads_secret(self, session: boto3.Session) -> bool:
        client = session.client("secretsmanager", endpoint_url=self._aws.url)
        return allowed(lambda: client.get_secret_value(SecretId=self.secret_arn))

    def _deployed(self, document: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(document).replace("${Data.Outputs.GrantKeyArn}", self.key_arn)
        found: dict[str, Any] = json.loads(text.replace("${Data.Outputs.AlexaClientSecretArn}", self.secret_arn))
        return found

    def _client(self, service: str) -> Any:  # noqa: ANN401 - boto3's
        return self._root.client(service, endpoint_url=self._aws.url)  # type: ignore[call-overload]  # by a name


def allowed(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":
            return False
        raise
    return True


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    need_local_aws()
    with LocalAws(tmp_path_factory.mktemp("strict-aws"), enforces_roles=True) as aws:
        yield Account(aws)


def test_tokens_are_read_by_the_functions_that_report_and_by_nobody_else(account: Account) -> None:
    roles = ["SmartHomeRole", "CameraEventsRole", "CameraChangesRole"]
    sessions = {name: account.templates_role(name) for name in roles}
    sessions["Administrator"] = account.role("Administrator", [], [EVERYTHING])
    encrypted = account.kms(sessions["SmartHomeRole"]).encrypt(
        KeyId=account.key_arn, Plaintext=b"token", EncryptionContext=CONTEXT
    )["CiphertextBlob"]

    def may_encrypt(name: str) -> bool:
        client = account.kms(sessions[name])
        return allowed(lambda: client.encrypt(KeyId=account.key_arn, Plaintext=b"x", EncryptionContext=CONTEXT))

    def may_decrypt(name: str) -> bool:
        client = account.kms(sessions[name])
        return allowed(lambda: client.decrypt(CiphertextBlob=encrypted, EncryptionContext=CONTEXT))

    assert [name for name in sessions if may_encrypt(name)] == roles
    assert [name for name in sessions if may_decrypt(name)] == ["CameraEventsRole", "CameraChangesRole"]
    assert [name for name in sessions if account.reads_secret(sessions[name])] == roles
    described = account.kms(sessions["Administrator"]).describe_key(KeyId=account.key_arn)
    assert described["KeyMetadata"]["Arn"] == account.key_arn
