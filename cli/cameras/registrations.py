"""What the operator writes into the registry (docs/architecture.md, "Data"): cameras, and whose they are.

Every write is a transaction, so that a camera's link and its owner are there both or not at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items
from camera_skill.camera import Camera, CameraLink
from camera_skill.errors import CameraNotFoundError, RegistryError

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

    def is_registered(self, endpoint_id: str) -> bool:
        """Whether there is such a camera, if only a damaged one."""
        key = items.camera_key(endpoint_id)
        return "Item" in self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)

    def owners(self, endpoint_id: str) -> list[CameraLink]:
        """The links of all who have this camera."""
        return [items.owner_from_item(item) for item in self._query(items.owner_key(endpoint_id, ""))]

    def links(self, user_id: str) -> list[CameraLink]:
        """A user's links, sorted by name; one that cannot be read has the endpoint id for a name."""
        links = [_link(item) for item in self._query(items.link_key(user_id, ""))]
        return sorted(links, key=lambda link: link.order)

    def register(self, camera: Camera, link: CameraLink) -> None:
        """Registers a camera and its owner; again with other values: replaces them."""
        self._write([self._put(items.camera_to_item(camera)), *self._puts(link)])

    def add(self, camera: Camera, link: CameraLink, before: Camera | None) -> bool:
        """Registers a camera and its first owner; False if somebody else did meanwhile.

        `before`: the camera as it is registered without any owner, None if it is not.
        """
        put = self._put(items.camera_to_item(camera))
        put["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
        if before:
            put["Put"]["ConditionExpression"] = "attribute_not_exists(added_at) OR added_at = :added_at"
            put["Put"]["ExpressionAttributeValues"] = {":added_at": items.camera_to_item(before)["added_at"]}
        return self._write_if([put, *self._puts(link)])

    def change(self, before: Camera, after: Camera) -> None:
        """Writes what of a camera is different now, and leaves alone what others wrote of it meanwhile.

        Raises: CameraNotFoundError if it was removed meanwhile.
        """
        old, new = items.camera_to_item(before), items.camera_to_item(after)
        changed = {name: value for name, value in new.items() if value != old[name]}
        update = {
            **self._of(items.camera_key(after.endpoint_id)),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in changed),
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeNames": {f"#{name}": name for name in changed},
            "ExpressionAttributeValues": {f":{name}": value for name, value in changed.items()},
        }
        self._write_if_registered(after.endpoint_id, [{"Update": update}])

    def link(self, link: CameraLink) -> None:
        """Gives a camera that there is to a user; to one who has it: under this name from now on.

        Raises: CameraNotFoundError if it was removed meanwhile.
        """
        key = items.camera_key(link.endpoint_id)
        check = {"ConditionCheck": {**self._of(key), "ConditionExpression": "attribute_exists(pk)"}}
        self._write_if_registered(link.endpoint_id, [check, *self._puts(link)])

    def rename(self, link: CameraLink) -> None:
        """Lets a user call a camera otherwise.

        Raises: CameraNotFoundError if the user does not have it any more.
        """
        put, owner = self._puts(link)
        put["Put"]["ConditionExpression"] = "attribute_exists(pk)"
        self._write_if_registered(link.endpoint_id, [put, owner])

    def unlink(self, link: CameraLink) -> None:
        """Takes a camera from a user; the camera stays for its other owners."""
        self._write(self._deletes(link))

    def forget(self, endpoint_id: str, *links: CameraLink) -> None:
        """Takes a camera from all its owners, and from those of these links, and removes it."""
        owners = list({link.user_id: link for link in (*links, *self.owners(endpoint_id))}.values())
        while len(owners) > OWNERS_AT_ONCE:
            self._write([delete for link in owners[:OWNERS_AT_ONCE] for delete in self._deletes(link)])
            owners = owners[OWNERS_AT_ONCE:]
        camera = {"Delete": self._of(items.camera_key(endpoint_id))}
        self._write([*(delete for link in owners for delete in self._deletes(link)), camera])

    def _write(self, writes: Sequence[Mapping[str, Any]]) -> None:
        self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]  # built below

    def _write_if_registered(self, endpoint_id: str, writes: Sequence[Mapping[str, Any]]) -> None:
        if not self._write_if(writes):
            raise CameraNotFoundError(f"there is no camera {endpoint_id}")

    def _write_if(self, writes: Sequence[Mapping[str, Any]]) -> bool:
        """Writes all, if the condition of the first holds; whether it did."""
        try:
            self._write(writes)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            if reasons[:1] != ["ConditionalCheckFailed"]:
                raise
            return False
        return True

    def _query(self, beginning: items.Key) -> Iterator[items.Item]:
        """The items whose sort key begins like this one, consistently read."""
        paginator = self._client.get_paginator("query")
        pages = paginator.paginate(TableName=self._table, **items.query_for(beginning))
        for page in pages:
            yield from page["Items"]

    def _puts(self, link: CameraLink) -> list[dict[str, Any]]:
        return [self._put(items.link_to_item(link)), self._put(items.owner_to_item(link))]

    def _deletes(self, link: CameraLink) -> list[dict[str, Any]]:
        keys = [items.link_key(link.user_id, link.endpoint_id), items.owner_key(link.endpoint_id, link.user_id)]
        return [{"Delete": self._of(key)} for key in keys]

    def _put(self, item: Mapping[str, Any]) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": item}}

    def _of(self, key: items.Key) -> dict[str, Any]:
        return {"TableName": self._table, "Key": key}


def _link(item: items.Item) -> CameraLink:
    try:
        return items.link_from_item(item)
    except RegistryError:  # what is damaged must have a name by which it can be removed
        endpoint_id = item["sk"]["S"].removeprefix("CAMERA#")
        return CameraLink(item["pk"]["S"].removeprefix("USER#"), endpoint_id, endpoint_id)


def registrations_of(target: "Target") -> Registrations:
    """Those of a stack."""
    return Registrations(target.dynamodb, target.output("RegistryTableName"))
