"""What the activity table keeps of a camera, for those who take cameras away (docs/architecture.md, "Data")."""

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items
from camera_skill.adapters.state_items import wanted_name
from cli.errors import CommandError

if TYPE_CHECKING:
    from cli.target import Target

_BATCH = 25
"""BatchWriteItem takes no more."""
_ROUNDS = 8
_BACKOFF_SECONDS = 0.1
"""Before the second round; it doubles from each to the next."""


def erase_activity(target: "Target", endpoint_id: str, of_user: str | None = None) -> int:
    """Erases the camera's state and the records of its sessions, or what is there of one user; how many records went.

    Raises:
        CommandError: the table is throttled; what is left goes when the command is repeated.
    """
    table, erased = target.output("ActivityTableName"), 0
    query: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": items.state_key(endpoint_id)["pk"]},
        "ProjectionExpression": "pk, sk",
        "ConsistentRead": True,
        "PaginationConfig": {"PageSize": _BATCH},
    }
    if of_user is not None:
        _forget_wanted(target, table, endpoint_id, of_user)
        query["KeyConditionExpression"] += " AND begins_with(sk, :session)"
        query["FilterExpression"] = "user_id = :user"
        query["ExpressionAttributeValues"].update({":session": {"S": "SESSION#"}, ":user": {"S": of_user}})
    for page in target.dynamodb.get_paginator("query").paginate(**query):
        if page["Items"]:
            _delete(target, table, page["Items"])
        erased += len(page["Items"])
    return erased


def _forget_wanted(target: "Target", table: str, endpoint_id: str, user_id: str) -> None:
    """Erases of which objects this user's Alexa wanted to be told, which stands in the camera's state."""
    with suppress(target.dynamodb.exceptions.ConditionalCheckFailedException):  # nothing is known of the camera
        target.dynamodb.update_item(
            TableName=table,
            Key=items.state_key(endpoint_id),
            UpdateExpression="REMOVE #classes",
            ConditionExpression="attribute_exists(#classes)",
            ExpressionAttributeNames={"#classes": wanted_name(user_id)},
        )


def _delete(target: "Target", table: str, keys: list[dict[str, Any]]) -> None:
    request: Any = {table: [{"DeleteRequest": {"Key": key}} for key in keys]}
    for number in range(_ROUNDS):
        if number:  # a table that is throttled leaves keys out, and the SDK does not take that for a failure
            time.sleep(_BACKOFF_SECONDS * 2**number)
        request = target.dynamodb.batch_write_item(RequestItems=request)["UnprocessedItems"]
        if not request:
            return
    raise CommandError(f"The table {table} is throttled: try again in a moment, and what is left goes.")
