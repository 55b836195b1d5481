"""Parts of a table, one after another: a table of any size takes no more memory or time than a part."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items
from camera_skill.adapters.items import Item
from camera_skill.adapters.registration.aws_calls import mapped
from camera_skill.registration_errors import PlaceUnknownError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient


def scan(
    client: "FreshClient[DynamoDBClient]", table: str, condition: str, values: Mapping[str, str], next_token: str
) -> tuple[Sequence[Item], Item | None]:
    """The items of one page for which the condition holds, consistently read, and the last key that was looked at.

    `values`: texts by their names in the condition. `next_token`: of an earlier page, empty for the first. The key is
    None after the last page.

    Raises:
        AwsBusyError, AwsFailedError, PlaceUnknownError.
    """
    request: dict[str, Any] = {
        "TableName": table,
        "FilterExpression": condition,
        "ExpressionAttributeValues": {name: {"S": text} for name, text in values.items()},
        "ConsistentRead": True,
    }
    if next_token:
        request["ExclusiveStartKey"] = _key_of(next_token)
    with mapped("a look through a table"):
        page = client.get().scan(**request)
        return page["Items"], page.get("LastEvaluatedKey")


def token_of(key: Item | None) -> str:
    """The token by which a scan goes on after this key; empty for none."""
    return "" if key is None else base64.urlsafe_b64encode(json.dumps(items.names(key)).encode()).decode()


def _key_of(token: str) -> items.Key:
    try:
        match json.loads(base64.b64decode(token, altchars=b"-_", validate=True)):
            case [str(pk), str(sk)] if pk and sk:
                return items.key(pk, sk)
    except ValueError as error:
        raise PlaceUnknownError("the next_token is not one of an earlier response") from error
    raise PlaceUnknownError("the next_token is not one of an earlier response")
