"""What grants and reports need of AWS, made in a local one: a key, a secret and two queues, beside the tables."""

import json
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from camera_skill.adapters import items, tables
from camera_skill.adapters.grants.alexa_grants import AlexaGrants, alexa_grants
from camera_skill.adapters.grants.lease import Leases
from camera_skill.adapters.report_queue import ReportQueue
from camera_skill.budget import Budget
from tests.support.token_server import CLIENT

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

_SOON = Config(connect_timeout=2, read_timeout=5)


class GrantStack:
    """`session`: boto3's, whose clients go to the local AWS. `tables`: registry and activity."""

    def __init__(self, session: "boto3.Session", table_names: tuple[str, str]) -> None:
        self.session = session
        self.tables = table_names
        self.dynamodb: DynamoDBClient = session.client("dynamodb", config=_SOON)
        self.kms: KMSClient = session.client("kms", config=_SOON)
        self.secrets: SecretsManagerClient = session.client("secretsmanager", config=_SOON)
        self.sqs: SQSClient = session.client("sqs", config=_SOON)
        self.key_arn = self.kms.create_key()["KeyMetadata"]["Arn"]
        name = table_names[0].removeprefix("registry-")
        self.secret_arn = self.secrets.create_secret(Name=f"client-{name}", SecretString=json.dumps(CLIENT))["ARN"]
        self.queues = [self.sqs.create_queue(QueueName=f"{kind}-{name}")["QueueUrl"] for kind in ("later", "dead")]

    def grants(self, login_with_amazon_url: str) -> AlexaGrants:
        """Those of another instance of a function."""
        return alexa_grants(
            self.session,
            tables.client(self.session),
            self.tables,
            key_arn=self.key_arn,
            client_secret_arn=self.secret_arn,
            login_with_amazon_url=login_with_amazon_url,
        )

    def report_queue(self) -> ReportQueue:
        return ReportQueue(self.session, *self.queues)

    def item(self, user_id: str) -> dict[str, Any] | None:
        """The item of a user's grant."""
        key = items.grant_key(user_id)
        return self.dynamodb.get_item(TableName=self.tables[0], Key=key, ConsistentRead=True).get("Item")

    def decrypted(self, ciphertext: bytes, user_id: str) -> str:
        reply = self.kms.decrypt(CiphertextBlob=ciphertext, EncryptionContext={"user_id": user_id})
        return reply["Plaintext"].decode()

    def expire(self, user_id: str, seconds_left: float, now: float) -> None:
        """Lets the stored access token have so many seconds left."""
        self.dynamodb.update_item(
            TableName=self.tables[0],
            Key=items.grant_key(user_id),
            UpdateExpression="SET token_expires_at = :at",
            ExpressionAttributeValues={":at": {"N": str(now + seconds_left)}},
        )

    def take_lease(self, user_id: str) -> None:
        """As an instance that begins a refresh."""
        assert Leases(tables.client(self.session), self.tables[1]).take(user_id, Budget(5.0))

    def end_lease(self, user_id: str) -> None:
        """As time does."""
        self.dynamodb.update_item(
            TableName=self.tables[1],
            Key=items.lease_key(user_id),
            UpdateExpression="SET #until = :past",
            ExpressionAttributeNames={"#until": "until"},
            ExpressionAttributeValues={":past": {"N": "1"}},
        )

    def later(self) -> list[dict[str, Any]]:
        """What came into the report queue, whose delays are over, as JSON."""
        return self._bodies(self.queues[0])

    def undelivered(self) -> list[dict[str, Any]]:
        """The same, of the dead letters."""
        return self._bodies(self.queues[1])

    def _bodies(self, url: str) -> list[dict[str, Any]]:
        reply = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        return [json.loads(message["Body"]) for message in reply.get("Messages", [])]

    def close(self) -> None:
        for url in self.queues:
            self.sqs.delete_queue(QueueUrl=url)
