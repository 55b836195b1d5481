"""Cameras that are being added: items of the registry under their user (docs/architecture.md, "Data")."""

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from camera_skill.adapters import items
from camera_skill.adapters.registration.aws_calls import mapped
from camera_skill.registration import Beginning

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

PREFIX: Final = "PENDING#"
"""With which the sort keys of these items begin."""


class BeginningRows:
    """What the Protocol `registration.Beginnings` says."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", registry_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = registry_table

    def begin(self, user_id: str, natural_key: str, endpoint_id: str) -> Beginning:
        """By one conditional write; a read if it was there."""
        key, client = items.pending_key(user_id, natural_key), self._client.get()
        item = {**key, "endpoint_id": {"S": endpoint_id}, "begun_at": items.number(time.time())}
        with mapped("the beginning of a camera"):
            while True:
                try:
                    client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)")
                except client.exceptions.ConditionalCheckFailedException:
                    if there := self._get(key):
                        return _beginning(there)
                else:
                    return _beginning(item)

    def is_on(self, user_id: str, begun: Beginning) -> bool:
        """By GetItem."""
        with mapped("the look-up of a camera that was begun"):
            there = self._get(_key(user_id, begun))
        return there is not None and _beginning(there) == begun and not begun.is_given_up

    def give_up(self, user_id: str, begun: Beginning) -> bool:
        """By one conditional write."""
        client = self._client.get()
        with mapped("the end of a camera that was begun"):
            try:
                client.update_item(
                    TableName=self._table,
                    Key=_key(user_id, begun),
                    UpdateExpression="SET given_up = :yes",
                    ConditionExpression="endpoint_id = :id",
                    ExpressionAttributeValues={":id": {"S": begun.endpoint_id}, ":yes": {"BOOL": True}},
                )
            except client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def forget(self, user_id: str, begun: Beginning) -> None:
        """By one conditional write."""
        client = self._client.get()
        with (
            mapped("the end of a camera that was begun"),
            suppress(client.exceptions.ConditionalCheckFailedException),  # another one was faster
        ):
            client.delete_item(
                TableName=self._table,
                Key=_key(user_id, begun),
                ConditionExpression="endpoint_id = :id AND attribute_exists(given_up)",
                ExpressionAttributeValues={":id": {"S": begun.endpoint_id}},
            )

    def of_user(self, user_id: str) -> list[Beginning]:
        """By Query."""
        request = items.query_for(items.key(f"USER#{user_id}", PREFIX))
        with mapped("the look-up of a user's cameras"):
            pages = self._client.get().get_paginator("query").paginate(TableName=self._table, **request)
            return [_beginning(item) for page in pages for item in page["Items"]]

    def _get(self, key: items.Key) -> items.Item | None:
        return self._client.get().get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")


def _key(user_id: str, begun: Beginning) -> items.Key:
    return items.key(f"USER#{user_id}", f"{PREFIX}{begun.key}")


def _beginning(item: items.Item) -> Beginning:
    key = item["sk"]["S"].removeprefix(PREFIX)
    return Beginning(key, item["endpoint_id"]["S"], is_given_up="given_up" in item)
