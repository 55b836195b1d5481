"""Cameras that are being added: items of the registry under their user (docs/architecture.md, "Data")."""

import time
from typing import TYPE_CHECKING

from camera_skill.adapters import items
from camera_skill.adapters.registration.aws_calls import mapped

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient


class BeginningRows:
    """What the Protocol `registration.Beginnings` says."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", registry_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = registry_table

    def begin(self, user_id: str, natural_key: str, endpoint_id: str) -> str:
        """By one conditional write; a read if it was there."""
        key, client = items.pending_key(user_id, natural_key), self._client.get()
        item = {**key, "endpoint_id": {"S": endpoint_id}, "begun_at": {"N": f"{time.time():.3f}"}}
        with mapped("the beginning of a camera"):
            while True:
                try:
                    client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)")
                except client.exceptions.ConditionalCheckFailedException:
                    there = client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
                    if there is not None:
                        return str(there["endpoint_id"]["S"])
                else:
                    return endpoint_id

    def give_up(self, user_id: str, natural_key: str, endpoint_id: str) -> bool:
        """By one conditional write."""
        client = self._client.get()
        with mapped("the end of a camera that was begun"):
            try:
                client.delete_item(
                    TableName=self._table,
                    Key=items.pending_key(user_id, natural_key),
                    ConditionExpression="endpoint_id = :id",
                    ExpressionAttributeValues={":id": {"S": endpoint_id}},
                )
            except client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def of_user(self, user_id: str) -> list[str]:
        """By Query."""
        request = items.query_for(items.key(f"USER#{user_id}", "PENDING#"))
        with mapped("the look-up of a user's cameras"):
            pages = self._client.get().get_paginator("query").paginate(TableName=self._table, **request)
            return [item["endpoint_id"]["S"] for page in pages for item in page["Items"]]
