import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from cli.events.redriving import Holding

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class ScriptedQueue:
    """Gives these messages, look by look."""

    def __init__(self, looks: Iterable[list[str]]) -> None:
        self._looks = iter(looks)

    def receive_message(self, **_request: object) -> dict[str, Any]:
        return {"Messages": [{"MessageId": name, "ReceiptHandle": name, "Body": name} for name in next(self._looks)]}


def found(looks: Iterable[list[str]]) -> list[list[str]]:
    holding = Holding(cast("SQSClient", ScriptedQueue(looks)), "https://queue", lambda: None)
    return [[one.message_id for one in batch] for batch in holding.batches()]


def test_the_rest_is_found_when_a_look_shows_only_what_was_there_before() -> None:
    assert found([["stays", "a"], ["stays"], ["stays"], ["b"], []]) == [["stays", "a"], ["b"]]


def test_it_ends_when_nothing_comes_but_what_was_there_before() -> None:
    assert found(itertools.repeat(["stays"])) == [["stays"]]
