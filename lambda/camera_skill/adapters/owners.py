"""The camera that has a thing, with its owners, as the registry has them (docs/architecture.md, "Data")."""

from typing import TYPE_CHECKING

from camera_skill.adapters import items, tables
from camera_skill.adapters.items import Item
from camera_skill.budget import Budget
from camera_skill.camera import Camera, CameraLink
from camera_skill.registration import ClaimKind

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient


class CameraOwners:
    """Reads both by a GetItem and a Query; writes what a camera says of its firmware."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", registry_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = registry_table

    def of_thing(self, thing: str, budget: Budget) -> tuple[Camera, tuple[CameraLink, ...]] | None:
        """The camera and its owners, since when each, consistently read; None if no camera has this thing.

        Raises: RegistryError.
        """
        what = f"owners of the camera of thing {thing}"
        endpoint_id = tables.within(budget, lambda: self._claimed_by(thing), what)
        found = tables.within(budget, lambda: self._read(endpoint_id or thing), what)
        item = found.pop(items.names(items.camera_key(thing))[1], None)
        if item is None or items.is_ending(item):
            return None
        camera = items.usable_camera_from_item(item)
        if camera.thing != thing:  # a camera that has the name of this thing for an endpoint id, and another thing
            return None
        owners = [items.owner_from_item(one) for sk, one in found.items() if sk.startswith("OWNER#")]
        return camera, tuple(owners)

    def _claimed_by(self, thing: str) -> str:
        """The endpoint id of the camera that claims the thing. Cameras from before there were claims have its name."""
        key = items.claim_key(ClaimKind.THING, thing)
        found = self._client.get().get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        return str(found.get("endpoint_id", {}).get("S", ""))

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
