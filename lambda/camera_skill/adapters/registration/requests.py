"""What became of requests with an idempotency key: items of the table `activity`, kept for a day."""

import json
import time
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items
from camera_skill.adapters.registration.aws_calls import mapped
from camera_skill.registration import RequestRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient
    from camera_skill.adapters.registration.transactions import Transaction

KEPT_SECONDS = 24 * 3600
_IS_NEW = "attribute_not_exists(pk) OR expires_at <= :now"


class RequestTable:
    """What the Protocol `registration.Requests` says."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", activity_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = activity_table

    def get(self, key: str) -> RequestRecord | None:
        """The record of the request with this idempotency key. Raises: AwsBusyError, AwsFailedError."""
        with mapped("the look-up of a request"):
            item = (
                self._client.get()
                .get_item(TableName=self._table, Key=items.request_key(key), ConsistentRead=True)
                .get("Item")
            )
            if item is None or float(item["expires_at"]["N"]) <= time.time():  # DynamoDB deletes it days later
                return None
            response = item.get("response", {}).get("S")
            return RequestRecord(
                key,
                item["fingerprint"]["S"],
                item.get("user_id", {}).get("S", ""),
                None if response is None else json.loads(response),
                tuple(items.links_of_attribute(item.get("taken"))),
            )

    def put(self, record: RequestRecord) -> None:
        """Writes it in place of what there was. Raises: AwsBusyError, AwsFailedError."""
        with mapped("the record of a request"):
            self._client.get().put_item(TableName=self._table, Item=_item(record))

    def put_first(self, record: RequestRecord) -> bool:
        """Writes it if the request is not remembered yet; whether it did. Raises: AwsBusyError, AwsFailedError."""
        client = self._client.get()
        with mapped("the record of a request"):
            try:
                client.put_item(
                    TableName=self._table,
                    Item=_item(record),
                    ConditionExpression=_IS_NEW,
                    ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
                )
            except client.exceptions.ConditionalCheckFailedException:
                return False
            return True

    def add_to(self, writes: "Transaction", record: RequestRecord) -> None:
        """Has it written with other writes, if the request is not remembered yet; named "request" there."""
        writes.put("request", _item(record), _IS_NEW, self._table, now=int(time.time()))


def _item(record: RequestRecord) -> dict[str, Any]:
    item: dict[str, Any] = {
        **items.request_key(record.key),
        "fingerprint": {"S": record.fingerprint},
        "expires_at": {"N": str(int(time.time()) + KEPT_SECONDS)},
    }
    if record.response is not None:
        item["response"] = {"S": json.dumps(record.response, separators=(",", ":"))}
    if record.user_id:  # by which it goes when the user is erased
        item["user_id"] = {"S": record.user_id}
    if record.taken:
        item["taken"] = items.links_attribute(record.taken)
        item["taken_from"] = {"SS": sorted({link.user_id for link in record.taken})}  # the same
    return item
