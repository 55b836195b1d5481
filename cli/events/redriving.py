"""The dead-letter queue: read without taking anything out, and redriven, message by message."""

import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any

from cli.events.undelivered import REPORT, Undelivered, read

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from cli.target import Target

AT_ONCE = 10
"""The most that SQS gives, and takes, in one call."""
HELD_SECONDS = 120
"""How long a message that was received is hidden, from this command's next look, too."""
WAIT_SECONDS = 1
"""A look that waits asks all of SQS's servers; one that does not may find nothing in a queue that is not empty."""
MOST_HELD = 20_000
"""SQS gives no more once 120,000 are held, and each is remembered here."""


@dataclass
class Holding:
    """The messages of a queue, while nobody else sees them. `check` raises if no more are to be looked at."""

    client: "SQSClient"
    url: str
    check: Callable[[], None]
    _receipts: dict[str, str] = field(default_factory=dict)

    def batches(self) -> Iterator[list[Undelivered]]:
        """All that is in the queue, each message once; at most so many of those that are not deleted."""
        seen: set[str] = set()
        again = 0  # messages, one after another, that were there before: what is held comes back after a while
        while again <= len(self._receipts) < MOST_HELD and (batch := self._receive()):
            new = [one for one in batch if one.message_id not in seen]
            again = 0 if new else again + len(batch)
            seen.update(one.message_id for one in new)
            if new:
                yield new
            self.check()

    def delete(self, done: Sequence[Undelivered]) -> None:
        """Takes these out for good; what SQS cannot delete stays."""
        if done:
            response = self.client.delete_message_batch(QueueUrl=self.url, Entries=self._entries(done))  # type: ignore[arg-type]  # plain
            for one in response.get("Successful", []):
                del self._receipts[one["Id"]]

    def release(self) -> None:
        """Shows what is left to others again."""
        left = list(self._receipts)
        for begin in range(0, len(left), AT_ONCE):
            entries = [
                {"Id": one, "ReceiptHandle": self._receipts[one], "VisibilityTimeout": 0}
                for one in left[begin : begin + AT_ONCE]
            ]
            self.client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)  # type: ignore[arg-type]  # plain
        self._receipts.clear()

    def _receive(self) -> list[Undelivered]:
        response = self.client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=AT_ONCE,
            VisibilityTimeout=HELD_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        messages = response.get("Messages", [])
        self._receipts.update({one["MessageId"]: one["ReceiptHandle"] for one in messages})
        return [
            read(one["MessageId"], one["Body"], int(one.get("Attributes", {}).get("SentTimestamp", 0)) / 1000)
            for one in messages
        ]

    def _entries(self, messages: Sequence[Undelivered]) -> list[dict[str, Any]]:
        return [{"Id": one.message_id, "ReceiptHandle": self._receipts[one.message_id]} for one in messages]


@contextmanager
def held(target: "Target") -> Iterator[Holding]:
    """The messages of the dead-letter queue; those that are not deleted are there again afterwards."""
    with interrupted_in_order() as check:
        holding = Holding(target.queues, target.output("UndeliveredQueueUrl"), check)
        try:
            yield holding
        finally:
            holding.release()


@contextmanager
def interrupted_in_order() -> Iterator[Callable[[], None]]:
    """Ctrl-C within the block has the function that this gives raise KeyboardInterrupt; a second one does so itself.

    A call that is cut off would leave messages hidden that SQS gave and nobody got.
    """
    is_interrupted = False

    def remember(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_interrupted
        if is_interrupted:
            raise KeyboardInterrupt
        is_interrupted = True

    def check() -> None:
        if is_interrupted:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


def undelivered(target: "Target") -> list[Undelivered]:
    """What is in the dead-letter queue, oldest first, and stays there."""
    with held(target) as holding:
        return sorted((one for batch in holding.batches() for one in batch), key=lambda one: one.sent_at)


@dataclass
class Redriven:
    """What became of the messages: how many of which kind were sent again, and what cannot be, or failed once more."""

    sent: Counter[str] = field(default_factory=Counter)
    left: list[Undelivered] = field(default_factory=list)

    @classmethod
    def of(cls, messages: Sequence[Undelivered]) -> "Redriven":
        """What would become of these."""
        sent = Counter(one.kind for one in messages if one.again is not None)
        return cls(sent, [one for one in messages if one.again is None])


def redrive(target: "Target", redriven: Redriven, step: Callable[[str], None]) -> None:
    """Sends all that can be read back to the queue that it came from, and counts in `redriven`, whatever happens.

    A message is deleted once it was sent: one that was cut off in between is sent again by the next run, and has the
    same number of redrives then, by which the function knows it. What fails once more while this goes on is left: else
    it would go round for as long as it fails.
    """
    names: set[str] = set()
    queues = {REPORT: target.output("ReportQueueUrl")}
    events = target.output("CameraEventsQueueUrl")
    with held(target) as holding:
        for batch in holding.batches():
            sent: list[Undelivered] = []
            try:
                for one in batch:
                    if one.again is None or one.name in names:
                        redriven.left.append(one)
                        continue
                    names.add(one.name_again)
                    target.queues.send_message(QueueUrl=queues.get(one.kind, events), MessageBody=json.dumps(one.again))
                    sent.append(one)
                    redriven.sent[one.kind] += 1
            finally:
                holding.delete(sent)
            step(f"Sent {redriven.sent.total():,} again")
