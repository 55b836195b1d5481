"""Many items at once: BatchGetItem and BatchWriteItem, asked again for what a throttled table leaves out."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from camera_skill.adapters.items import Item, Key
from camera_skill.adapters.registration.aws_calls import mapped
from camera_skill.registration_errors import AwsBusyError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

_MOST_KEYS, _MOST_WRITES = 100, 25
_ROUNDS = 8
_BACKOFF_SECONDS = 0.1
"""Before the second round; it doubles from each to the next."""


def batch_get(
    client: "FreshClient[DynamoDBClient]", table: str, keys: Sequence[Key], what: str, projection: str = ""
) -> Iterator[Item]:
    """Those of these items that there are, consistently read. `what` names the call in errors.

    Raises:
        AwsBusyError, AwsFailedError.
    """
    options = {"ConsistentRead": True, **({"ProjectionExpression": projection} if projection else {})}
    for begin in range(0, len(keys), _MOST_KEYS):
        request: dict[str, Any] = {table: {"Keys": keys[begin : begin + _MOST_KEYS], **options}}
        for _ in _rounds(what):
            with mapped(what):
                response = client.get().batch_get_item(RequestItems=request)
            yield from response["Responses"].get(table, [])
            request = response["UnprocessedKeys"]
            if not request:
                break


def batch_delete(client: "FreshClient[DynamoDBClient]", table: str, keys: Sequence[Key], what: str) -> None:
    """Deletes these items.

    Raises:
        AwsBusyError, AwsFailedError.
    """
    for begin in range(0, len(keys), _MOST_WRITES):
        request: Any = {table: [{"DeleteRequest": {"Key": key}} for key in keys[begin : begin + _MOST_WRITES]]}
        for _ in _rounds(what):
            with mapped(what):
                request = client.get().batch_write_item(RequestItems=request)["UnprocessedItems"]
            if not request:
                break


def _rounds(what: str) -> Iterator[int]:
    """A throttled table leaves items out, and the SDK does not take that for a failure. Raises: AwsBusyError."""
    for number in range(_ROUNDS):
        if number:
            time.sleep(_BACKOFF_SECONDS * 2**number)
        yield number
    raise AwsBusyError(f"the table is throttled: {what}")
