"""Instances of the camera_events function, and what Lambda's event source mappings do with real queues for them."""

import contextlib
import importlib.util
import io
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from tests.support import secrets
from tests.support.lambda_runtime import Context

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MODULE = "camera_skill.functions.camera_events"
TIMEOUT_SECONDS = 12.0
"""As template.yaml has it."""
IDLE_SECONDS = 0.05
Handler = Callable[[dict[str, Any], Context], dict[str, Any]]


class Lines(io.TextIOBase):
    """What all instances write, whichever thread does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written: list[str] = []

    def write(self, text: str) -> int:
        secrets.wrote("log of an instance", text)
        with self._lock:
            self._written.append(text)
        return len(text)

    @property
    def text(self) -> str:
        with self._lock:
            return "".join(self._written)


def load() -> Handler:
    """The function's module as an instance of its own, with the environment as it is."""
    spec = importlib.util.find_spec(MODULE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


class Pump:
    """Invokes instances with what is in the queues, as event source mappings do.

    `queues`: URLs with the size of a batch. A message that the function reports as failed, or that it leaves by
    raising, comes again after its visibility timeout.
    """

    def __init__(self, client: "SQSClient", queues: Mapping[str, int], handlers: list[Handler]) -> None:
        self._client = client
        self._queues = queues
        self._ended = threading.Event()
        self.errors: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(handler,)) for handler in handlers]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def wait_until_idle(self, seconds: float) -> None:
        """Until nothing is in the queues, in flight or delayed."""
        deadline = time.monotonic() + seconds
        while self.waiting():
            assert not self.errors, self.errors
            assert time.monotonic() < deadline, f"{self.waiting()} messages are left"
            time.sleep(0.2)

    def waiting(self) -> int:
        """How many messages are in the queues, in flight or delayed."""
        return sum(count(self._client, url) for url in self._queues)

    def _run(self, handler: Handler) -> None:
        try:
            while not self._ended.is_set():
                turns = [self._turn(handler, url, size) for url, size in self._queues.items()]
                if not any(turns):
                    self._ended.wait(IDLE_SECONDS)
        except Exception as error:  # noqa: BLE001 - told by the thread that waits
            self.errors.append(error)

    def _turn(self, handler: Handler, url: str, size: int) -> bool:
        messages = self._client.receive_message(QueueUrl=url, MaxNumberOfMessages=size).get("Messages", [])
        if not messages:
            return False
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:queue",
                "awsRegion": "us-east-1",
            }
            for message in messages
        ]
        failed = handler({"Records": records}, Context(TIMEOUT_SECONDS))["batchItemFailures"]
        left = {one["itemIdentifier"] for one in failed}
        for record in records:
            if record["messageId"] not in left:
                self._client.delete_message(QueueUrl=url, ReceiptHandle=str(record["receiptHandle"]))
        return True


def count(client: "SQSClient", url: str) -> int:
    """How many messages are in a queue, in flight or delayed."""
    names = ("", "NotVisible", "Delayed")
    attributes = client.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[f"ApproximateNumberOfMessages{name}" for name in names],  # type: ignore[misc]  # literals
    )["Attributes"]
    return sum(int(value) for value in attributes.values())


@contextmanager
def written_to(lines: Lines) -> Iterator[None]:
    """What instances that are loaded meanwhile write goes there, whichever thread does it."""
    with contextlib.redirect_stdout(lines):
        yield
