"""What the operator writes into the registry (docs/architecture.md, "Data"): cameras, and whose they are.

Every write is a transaction, so that a camera's link and its owner are there both or not at all.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items
from camera_skill.camera import Camera, CameraLink
from camera_skill.errors import CameraNotFoundError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from cli.target import Target

OWNERS_AT_ONCE = 49
"""A transaction holds 100 writes: two for each owner, and one for the camera."""


class Registrations:
    """The registry as the operator changes it. Every method raises botocore's exceptions."""

    def __init__(self, client: "DynamoDBClient", registry_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = registry_table

    def camera(self, endpoint_id: str) -> Camera:
        """The camera of that name, whosever it is.

        Raises: CameraNotFoundError if there is none; RegistryError if its item cannot be read.
        """
        response = self._client.get_item(TableName=self._table, Key=items.camera_key(endpoint_id), ConsistentRead=True)
        if "Item" not in response:
            raise CameraNotFoundError(f"there is no camera {endpoint_id}")
        return items.camera_from_item(response["Item"])

    def owners(self, endpoint_id: str) -> list[CameraLink]:
        """The links of all who have this camera."""
        beginning = items.owner_key(endpoint_id, "")
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": beginning["pk"], ":prefix": beginning["sk"]},
            ConsistentRead=True,
        )
        return [items.owner_from_item(item) for page in pages for item in page["Items"]]

    def register(self, camera: Camera, link: CameraLink) -> None:
        """Registers a camera and its owner; again with other values: replaces them."""
        self._write([self._put(items.camera_to_item(camera)), *self._puts(link)])

    def replace(self, camera: Camera) -> None:
        """Replaces a camera that there is.

        Raises: CameraNotFoundError if it was removed meanwhile.
        """
        put = self._put(items.camera_to_item(camera))
        put["Put"]["ConditionExpression"] = "attribute_exists(pk)"
        self._write_if_registered(camera.endpoint_id, [put])

    def link(self, link: CameraLink) -> None:
        """Gives a camera that there is to a user; to one who has it: under this name from now on.

        Raises: CameraNotFoundError if it was removed meanwhile.
        """
        key = items.camera_key(link.endpoint_id)
        check = {"ConditionCheck": {**self._of(key), "ConditionExpression": "attribute_exists(pk)"}}
        self._write_if_registered(link.endpoint_id, [check, *self._puts(link)])

    def unlink(self, link: CameraLink) -> None:
        """Takes a camera from a user; the camera stays for its other owners."""
        self._write(self._deletes(link))

    def forget(self, endpoint_id: str) -> None:
        """Takes a camera from all its owners and removes it."""
        owners = self.owners(endpoint_id)
        while len(owners) > OWNERS_AT_ONCE:
            self._write([delete for link in owners[:OWNERS_AT_ONCE] for delete in self._deletes(link)])
            owners = owners[OWNERS_AT_ONCE:]
        camera = {"Delete": self._of(items.camera_key(endpoint_id))}
        self._write([*(delete for link in owners for delete in self._deletes(link)), camera])

    def _write(self, writes: Sequence[Mapping[str, Any]]) -> None:
        self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]  # built below

    def _write_if_registered(self, endpoint_id: str, writes: Sequence[Mapping[str, Any]]) -> None:
        try:
            self._write(writes)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            if reasons[:1] != ["ConditionalCheckFailed"]:
                raise
            raise CameraNotFoundError(f"there is no camera {endpoint_id}") from error

    def _puts(self, link: CameraLink) -> list[dict[str, Any]]:
        return [self._put(items.link_to_item(link)), self._put(items.owner_to_item(link))]

    def _deletes(self, link: CameraLink) -> list[dict[str, Any]]:
        keys = [items.link_key(link.user_id, link.endpoint_id), items.owner_key(link.endpoint_id, link.user_id)]
        return [{"Delete": self._of(key)} for key in keys]

    def _put(self, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": item}}

    def _of(self, key: items.Key) -> dict[str, Any]:
        return {"TableName": self._table, "Key": key}


def registrations_of(target: "Target") -> Registrations:
    """Those of a stack."""
    return Registrations(target.dynamodb, target.output("RegistryTableName"))
