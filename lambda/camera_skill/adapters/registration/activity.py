"""What the activity table keeps of cameras and users, for those who go (docs/architecture.md, "Data")."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items
from camera_skill.adapters.items import Item
from camera_skill.adapters.registration.aws_calls import mapped
from camera_skill.adapters.registration.batches import batch_delete
from camera_skill.adapters.registration.scans import scan, token_of
from camera_skill.adapters.state_items import wanted_name
from camera_skill.registration import Erased

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

_PAGE = 500
_ERASING = "the erasure of records"


class ActivityTable:
    """What the Protocol `registration.Activity` says."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", activity_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = activity_table

    def erase_camera(self, endpoint_id: str) -> int:
        """By Query and BatchWriteItem."""
        return self._erase(self._query(endpoint_id), is_dry=False)

    def erase_user_at(self, endpoint_id: str, user_id: str, *, is_dry: bool = False) -> int:
        """The sessions, and which objects the user's Alexa wanted to be told of."""
        query = self._query(endpoint_id)
        query["KeyConditionExpression"] += " AND begins_with(sk, :session)"
        query["FilterExpression"] = "user_id = :user"
        query["ExpressionAttributeValues"].update({":session": {"S": "SESSION#"}, ":user": {"S": user_id}})
        if not is_dry:
            self._forget_wanted(endpoint_id, user_id)
        return self._erase(query, is_dry=is_dry)

    def erase_user(self, user_id: str, next_token: str, *, is_dry: bool) -> Erased:
        """By Scan: sessions at cameras that the user does not have any more, requests; other items lose the mention."""
        condition = "user_id = :user OR contains(taken_from, :user)"
        found, last = scan(self._client, self._table, condition, {":user": user_id}, next_token)
        own = [item for item in found if item["sk"]["S"].startswith(("SESSION#", "REQUEST"))]
        others = [item for item in found if item not in own]
        if not is_dry:
            batch_delete(self._client, self._table, [_key(item) for item in own], _ERASING)
            for item in others:
                with mapped(_ERASING):
                    self._client.get().update_item(
                        TableName=self._table, Key=_key(item), UpdateExpression="REMOVE user_id"
                    )
        sessions = sum(item["sk"]["S"].startswith("SESSION#") for item in own)
        return Erased(sessions, token_of(last), others=len(found) - sessions)

    def _query(self, endpoint_id: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": items.state_key(endpoint_id)["pk"]},
            "ProjectionExpression": "pk, sk",
            "ConsistentRead": True,
            "PaginationConfig": {"PageSize": _PAGE},
        }

    def _erase(self, query: dict[str, Any], *, is_dry: bool) -> int:
        sessions = 0
        with mapped(_ERASING):
            for page in self._client.get().get_paginator("query").paginate(**query):
                if not is_dry:
                    batch_delete(self._client, self._table, [_key(item) for item in page["Items"]], _ERASING)
                sessions += sum(item["sk"]["S"].startswith("SESSION#") for item in page["Items"])
        return sessions

    def _forget_wanted(self, endpoint_id: str, user_id: str) -> None:
        client = self._client.get()
        with mapped(_ERASING), suppress(client.exceptions.ConditionalCheckFailedException):  # nothing is known of it
            client.update_item(
                TableName=self._table,
                Key=items.state_key(endpoint_id),
                UpdateExpression="REMOVE #classes",
                ConditionExpression="attribute_exists(#classes)",
                ExpressionAttributeNames={"#classes": wanted_name(user_id)},
            )


def _key(item: Item) -> items.Key:
    return items.key(*items.names(item))
