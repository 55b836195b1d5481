"""One refresh of a user's token at a time, whichever instance makes it: an item of the table `activity`."""

import math
import time
import uuid
from typing import TYPE_CHECKING

from camera_skill.adapters import items, tables
from camera_skill.budget import Budget

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

SECONDS = 10.0
"""Longer than a refresh may take, with all its calls: whoever holds a lease is done before it ends, or is gone."""


class Leases:
    """Gives and takes leases by conditional writes, so that there is never more than one."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", activity_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = activity_table

    def take(self, user_id: str, budget: Budget) -> str:
        """The name of a new lease; empty if another one is on. Raises: RegistryError."""
        name, now = uuid.uuid4().hex, time.time()
        until = now + SECONDS

        def put() -> str:
            client = self._client.get()
            try:
                client.put_item(
                    TableName=self._table,
                    Item={
                        **items.lease_key(user_id),
                        "name": {"S": name},
                        "until": {"N": f"{until:.3f}"},
                        "expires_at": {"N": str(math.ceil(until))},
                    },
                    # Its own name: the SDK may ask twice, where the first reply was lost.
                    ConditionExpression="attribute_not_exists(pk) OR #until < :now OR #name = :name",
                    ExpressionAttributeNames={"#until": "until", "#name": "name"},
                    ExpressionAttributeValues={":now": {"N": f"{now:.3f}"}, ":name": {"S": name}},
                )
            except client.exceptions.ConditionalCheckFailedException:
                return ""
            return name

        return tables.within(budget, put, "lease on a refresh")

    def give_back(self, user_id: str, name: str, budget: Budget) -> None:
        """Ends the lease, unless it is another one by now. Raises: RegistryError."""

        def delete() -> None:
            client = self._client.get()
            try:
                client.delete_item(
                    TableName=self._table,
                    Key=items.lease_key(user_id),
                    ConditionExpression="#name = :name",
                    ExpressionAttributeNames={"#name": "name"},
                    ExpressionAttributeValues={":name": {"S": name}},
                )
            except client.exceptions.ConditionalCheckFailedException:
                return

        tables.within(budget, delete, "end of a lease on a refresh")
