"""A camera with whoever owns it, as the registry has them (docs/architecture.md, "Data")."""

from typing import TYPE_CHECKING

from camera_skill.adapters import items, tables
from camera_skill.adapters.items import Item
from camera_skill.budget import Budget
from camera_skill.camera import Camera

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient


class CameraOwners:
    """Reads both by one query; writes what a camera says of its firmware."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", registry_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = registry_table

    def with_owners(self, endpoint_id: str, budget: Budget) -> tuple[Camera, tuple[str, ...]] | None:
        """The camera and the ids of its owners, consistently read; None if there is no such camera.

        Raises: RegistryError.
        """
        found = tables.within(budget, lambda: self._read(endpoint_id), f"owners of camera {endpoint_id}")
        camera = found.pop(items.names(items.camera_key(endpoint_id))[1], None)
        if camera is None:
            return None
        owners = [items.owner_from_item(item).user_id for sk, item in found.items() if sk.startswith("OWNER#")]
        return items.usable_camera_from_item(camera), tuple(owners)

    def _read(self, endpoint_id: str) -> dict[str, Item]:
        pages = (
            self._client.get()
            .get_paginator("query")
            .paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": items.camera_key(endpoint_id)["pk"]},
                ConsistentRead=True,
            )
        )
        return {item["sk"]["S"]: item for page in pages for item in page["Items"]}

    def store_firmware(self, endpoint_id: str, version: str, budget: Budget) -> None:
        """Writes what firmware the camera has, unless it was removed meanwhile. Raises: RegistryError."""

        def update() -> None:
            client = self._client.get()
            try:
                client.update_item(
                    TableName=self._table,
                    Key=items.camera_key(endpoint_id),
                    UpdateExpression="SET firmware_version = :version",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeValues={":version": {"S": version}},
                )
            except client.exceptions.ConditionalCheckFailedException:
                return

        tables.within(budget, update, f"firmware version of camera {endpoint_id}")
