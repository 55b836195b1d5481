"""What the registry keeps of a user beside links to cameras: the grant, names, cameras that were begun."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from camera_skill.adapters import items
from camera_skill.adapters.items import Item
from camera_skill.adapters.registration.aws_calls import mapped
from camera_skill.adapters.registration.batches import batch_delete
from camera_skill.adapters.registration.beginnings import PREFIX
from camera_skill.adapters.registration.scans import scan, token_of
from camera_skill.adapters.registration.transactions import Transaction
from camera_skill.registration import Erased

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

_ERASING = "the erasure of a user"
_OF_LINKS = ("CAMERA#", PREFIX)
"""With which the sort keys begin of what goes with cameras."""


class UserRowsOfRegistry:
    """What the Protocol `registration.UserRows` says."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", registry_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = registry_table

    def erase(self, user_id: str, *, is_dry: bool) -> Mapping[str, int]:
        """By Query and BatchWriteItem; a name that no link has by a transaction that sees to this."""
        with mapped(_ERASING):
            pages = (
                self._client.get()
                .get_paginator("query")
                .paginate(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": items.grant_key(user_id)["pk"]},
                    ConsistentRead=True,
                )
            )
            found = [item for page in pages for item in page["Items"] if not item["sk"]["S"].startswith(_OF_LINKS)]
        names = [item for item in found if item["sk"]["S"].startswith("NAME#")]
        keys = [items.key(*items.names(item)) for item in found if item not in names]
        if not is_dry:
            batch_delete(self._client, self._table, keys, _ERASING)
            for name in names:
                self._erase_name(user_id, name)
        counted = Counter(items.names(key)[1].partition("#")[0] for key in keys)
        return {"grants": counted.pop("GRANT", 0), "others": counted.total()}

    def _erase_name(self, user_id: str, item: Item) -> None:
        endpoint_id = item["endpoint_id"]["S"]
        writes = Transaction(self._table)
        writes.delete("name", items.key(*items.names(item)), "endpoint_id = :id", id=endpoint_id)
        writes.check("link", items.link_key(user_id, endpoint_id), "attribute_not_exists(pk)")
        with mapped(_ERASING):
            writes.run(self._client.get())

    def erase_owners(self, user_id: str, linked: Collection[str], next_token: str, *, is_dry: bool) -> Erased:
        """By Scan and BatchWriteItem. Only damage leaves an owner without a link, but for a removal that has begun."""
        condition = "sk = :owner OR attribute_exists(ending_at)"
        found, last = scan(self._client, self._table, condition, {":owner": f"OWNER#{user_id}"}, next_token)
        unfinished = [
            _endpoint_id(item)
            for item in found
            if item["sk"]["S"] == "CAMERA"
            and any(link.user_id == user_id for link in items.links_of_attribute(item.get("leaving")))
        ]
        others = {*linked, *unfinished}
        owners = [item for item in found if item["sk"]["S"] != "CAMERA" and _endpoint_id(item) not in others]
        if not is_dry:
            batch_delete(self._client, self._table, [items.key(*items.names(item)) for item in owners], _ERASING)
        return Erased(len(owners), token_of(last), unfinished=tuple(unfinished))


def _endpoint_id(item: Item) -> str:
    return str(item["pk"]["S"]).removeprefix("CAMERA#")
