"""Grants as items of the registry, `USER#<user_id>` / `GRANT`: read consistently, changed only as they were read."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items, tables
from camera_skill.budget import Budget
from camera_skill.errors import RegistryError
from camera_skill.grant import GatewayRegion

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient


@dataclass(frozen=True)
class StoredGrant:
    """A grant as it is stored, its tokens as KMS encrypted them. `version`: another one after every change."""

    user_id: str
    access_token: bytes = field(repr=False)
    refresh_token: bytes = field(repr=False)
    expires_at: float
    region: GatewayRegion
    version: str = field(default_factory=lambda: uuid.uuid4().hex)

    def lasts(self, seconds: float) -> bool:
        """Whether the access token is good for so many seconds more."""
        return self.expires_at > time.time() + seconds


class GrantItems:
    """Reads, writes and deletes them."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", registry_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = registry_table

    def read(self, user_id: str, budget: Budget) -> StoredGrant | None:
        """The user's grant. Raises: RegistryError."""

        def get() -> Mapping[str, Any] | None:
            client = self._client.get()
            return client.get_item(TableName=self._table, Key=items.grant_key(user_id), ConsistentRead=True).get("Item")

        item = tables.within(budget, get, "look-up of a grant")
        return None if item is None else _grant_of(user_id, item)

    def put(self, grant: StoredGrant, budget: Budget) -> None:
        """Stores it in place of whatever there was. Raises: RegistryError."""
        item = _item_of(grant)
        tables.within(
            budget, lambda: self._client.get().put_item(TableName=self._table, Item=item), "storing of a grant"
        )

    def replace(self, old: StoredGrant, new: StoredGrant, budget: Budget) -> bool:
        """Stores a grant in place of one, if that is still there. Raises: RegistryError."""

        def put() -> bool:
            client = self._client.get()
            try:
                client.put_item(
                    TableName=self._table,
                    Item=_item_of(new),
                    # The new one's, too: the SDK may ask twice, where the first reply was lost.
                    ConditionExpression="#version = :old OR #version = :new",
                    ExpressionAttributeNames={"#version": "version"},
                    ExpressionAttributeValues={":old": {"S": old.version}, ":new": {"S": new.version}},
                )
            except client.exceptions.ConditionalCheckFailedException:
                return False
            return True

        return tables.within(budget, put, "storing of a refreshed grant")

    def delete(self, user_id: str, version: str, budget: Budget) -> bool:
        """Deletes the grant, if it is still that one. Whether it did. Raises: RegistryError."""

        def delete() -> bool:
            client = self._client.get()
            try:
                client.delete_item(
                    TableName=self._table,
                    Key=items.grant_key(user_id),
                    ConditionExpression="#version = :version",
                    ExpressionAttributeNames={"#version": "version"},
                    ExpressionAttributeValues={":version": {"S": version}},
                )
            except client.exceptions.ConditionalCheckFailedException:
                return False
            return True

        return tables.within(budget, delete, "deletion of a grant")


def _item_of(grant: StoredGrant) -> dict[str, Any]:
    return {
        **items.grant_key(grant.user_id),
        "access_token": {"B": grant.access_token},
        "refresh_token": {"B": grant.refresh_token},
        "token_expires_at": {"N": f"{grant.expires_at:.3f}"},  # not `expires_at`: this item has no end of its own
        "gateway_region": {"S": str(grant.region)},
        "version": {"S": grant.version},
    }


def _grant_of(user_id: str, item: Mapping[str, Any]) -> StoredGrant:
    try:
        return StoredGrant(
            user_id,
            access_token=item["access_token"]["B"],
            refresh_token=item["refresh_token"]["B"],
            expires_at=float(item["token_expires_at"]["N"]),
            region=GatewayRegion(item["gateway_region"]["S"]),
            version=item["version"]["S"],
        )
    except (KeyError, ValueError) as error:
        raise RegistryError(f"the item of a user's grant cannot be read ({type(error).__name__})") from error
