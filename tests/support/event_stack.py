"""What of a deployed stack the commands for events touch: queues, logs, the broker, a secret. No function runs."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simulator.local_aws import LocalAws

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

QUEUES = ("CameraEventsQueueUrl", "ReportQueueUrl", "UndeliveredQueueUrl")
FUNCTIONS = ("CameraEventsFunctionName", "CameraChangesFunctionName")


@dataclass(frozen=True)
class EventStack:
    """The outputs, and a look behind the command's back."""

    local_aws: LocalAws
    outputs: Mapping[str, str]

    @cached_property
    def queues(self) -> "SQSClient":
        client: SQSClient = self.local_aws.session().client("sqs", endpoint_url=self.local_aws.url)
        return client

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        client: CloudWatchLogsClient = self.local_aws.session().client("logs", endpoint_url=self.local_aws.url)
        return client

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        client: SecretsManagerClient = self.local_aws.session().client(
            "secretsmanager", endpoint_url=self.local_aws.url
        )
        return client

    def put(self, *bodies: object, queue: str = "UndeliveredQueueUrl") -> None:
        """Puts messages into a queue: texts as they are, all else as JSON."""
        for body in bodies:
            text = body if isinstance(body, str) else json.dumps(body)
            self.queues.send_message(QueueUrl=self.outputs[queue], MessageBody=text)

    def taken(self, queue: str = "UndeliveredQueueUrl") -> list[Any]:
        """All that is in a queue now, in the order of sending, taken out; JSON, or the text."""
        bodies: list[tuple[int, Any]] = []
        url = self.outputs[queue]
        while messages := self.queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["SentTimestamp"]
        ).get("Messages", []):
            for message in messages:
                bodies.append((int(message["Attributes"]["SentTimestamp"]), _parsed(message["Body"])))
                self.queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [body for _, body in sorted(bodies, key=lambda one: one[0])]

    def log(self, *lines: object, function: str = "CameraEventsFunctionName", at: float | None = None) -> None:
        """Writes lines into a function's log, now by default: texts as they are, all else as JSON."""
        group = f"/own/{self.outputs[function]}"
        milliseconds = int((time.time() if at is None else at) * 1000)
        events = [
            {"timestamp": milliseconds, "message": line if isinstance(line, str) else json.dumps(line)}
            for line in lines
        ]
        self.logs.put_log_events(logGroupName=group, logStreamName="stream", logEvents=events)  # type: ignore[arg-type]  # plain


@contextmanager
def event_stack(local_aws: LocalAws) -> Iterator[EventStack]:
    """The resources, gone afterwards."""
    name = uuid.uuid4().hex[:10]
    stack = EventStack(local_aws, {one: f"{name}-{one}" for one in FUNCTIONS})
    functions = local_aws.session().client("lambda", endpoint_url=local_aws.url)
    urls = {one: stack.queues.create_queue(QueueName=f"{name}-{one}")["QueueUrl"] for one in QUEUES}
    secret = stack.secrets.create_secret(Name=name)["ARN"]
    for function in stack.outputs.values():
        group = f"/own/{function}"
        functions.create_function(
            FunctionName=function,
            Role="arn:aws:iam::000000000000:role/none",
            Runtime="python3.11",
            Handler="nothing.handler",
            Code={"ZipFile": _zip()},
            LoggingConfig={"LogGroup": group},
        )
        stack.logs.create_log_group(logGroupName=group)
        stack.logs.create_log_stream(logGroupName=group, logStreamName="stream")
    yield EventStack(local_aws, {**stack.outputs, **urls, "AlexaClientSecretArn": secret})
    for function in stack.outputs.values():
        functions.delete_function(FunctionName=function)
        stack.logs.delete_log_group(logGroupName=f"/own/{function}")
    for url in urls.values():
        stack.queues.delete_queue(QueueUrl=url)
    stack.secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


def _parsed(body: str) -> Any:  # noqa: ANN401  # JSON of any form
    try:
        return json.loads(body)
    except ValueError:
        return body


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("nothing.py", "def handler(event, context): pass")
    return buffer.getvalue()
