"""All cameras and all users of the registry, a page of the table at a time."""

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from camera_skill.adapters import items
from camera_skill.adapters.items import Item
from camera_skill.adapters.registration.scans import scan, token_of
from camera_skill.camera import Camera
from camera_skill.errors import RegistryError
from camera_skill.registration import ListedCamera, ListedUser, Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

T = TypeVar("T")


class RegistryLists:
    """What the Protocol `registration.Lists` says. DynamoDB keeps the items of a partition key together."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", registry_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = registry_table

    def cameras(self, next_token: str) -> Page[ListedCamera]:
        """By Scan."""
        return self._partitions("CAMERA#", next_token, _listed_camera)

    def users(self, next_token: str) -> Page[ListedUser]:
        """By Scan."""
        return self._partitions("USER#", next_token, _listed_user)

    def _partitions(self, beginning: str, token: str, row_of: Callable[[str, Sequence[Item]], T]) -> Page[T]:
        """What each partition of a page has. The last one is left to the next page, where the page may have cut it."""
        found: list[Item] = []
        while True:
            items_of_page, last = scan(
                self._client, self._table, "begins_with(pk, :beginning)", {":beginning": beginning}, token
            )
            found += items_of_page
            groups = [list(group) for _, group in itertools.groupby(found, key=lambda item: item["pk"]["S"])]
            if last is None:
                return Page(tuple(row_of(_name(group, beginning), group) for group in groups))
            if len(groups) > 1:
                whole = groups[:-1]
                rows = tuple(row_of(_name(group, beginning), group) for group in whole)
                return Page(rows, token_of(whole[-1][-1]))
            token = token_of(last)


def _name(group: Sequence[Item], beginning: str) -> str:
    return str(group[0]["pk"]["S"]).removeprefix(beginning)


def _listed_camera(endpoint_id: str, group: Sequence[Item]) -> ListedCamera:
    owners = sum(item["sk"]["S"].startswith("OWNER#") for item in group)
    item = next((one for one in group if one["sk"]["S"] == "CAMERA"), None)
    camera, damage = _read(item)
    if item is not None and "ending_at" in item:
        damage = "its removal has begun, and was cut off: remove it again"
    return ListedCamera(endpoint_id, owners, camera, damage)


def _read(item: Item | None) -> tuple[Camera | None, str]:
    if item is None:
        return None, "it has owners, and is not registered"
    try:
        return items.camera_from_item(item), ""
    except RegistryError as error:
        return None, str(error)


def _listed_user(user_id: str, group: Sequence[Item]) -> ListedUser:
    return ListedUser(user_id, sum(item["sk"]["S"].startswith("CAMERA#") for item in group))
