"""What the registry says now of cameras and their owners, for who was told that something changed."""

from collections.abc import Collection, Mapping
from functools import partial

from camera_skill.adapters import items, tables
from camera_skill.adapters.items import Item
from camera_skill.adapters.tables import Registry
from camera_skill.budget import Budget
from camera_skill.camera_change import Shown, Unreadable
from camera_skill.errors import RegistryError

_AT_ONCE = 50
"""Cameras of one BatchGetItem, which takes 100 keys: each has two."""


class NowRegisteredCameras:
    """What the Protocol `change.RegisteredCameras` says."""

    def __init__(self, registry: Registry) -> None:
        """Asks nothing but the registry."""
        self._registry = registry

    def owners(self, endpoint_id: str, budget: Budget) -> list[str]:
        """By one Query for each 500 of them."""

        def query() -> list[str]:
            found = self._registry.query(items.owner_key(endpoint_id, ""))
            return [items.owner_from_item(item).user_id for item in found]

        return tables.within(budget, query, f"look-up of who has camera {endpoint_id}")

    def linked(self, user_id: str, endpoint_ids: Collection[str], budget: Budget) -> Mapping[str, Shown | Unreadable]:
        """By one BatchGetItem for each 50 of them."""
        wanted = sorted(endpoint_ids)
        found: dict[str, Shown | Unreadable] = {}
        for begin in range(0, len(wanted), _AT_ONCE):
            some = wanted[begin : begin + _AT_ONCE]
            there = tables.within(budget, partial(self._items, user_id, some), "look-up of changed cameras")
            for endpoint_id in some:
                if (link := there.get(items.names(items.link_key(user_id, endpoint_id)))) is not None:
                    found[endpoint_id] = _shown(link, there.get(items.names(items.camera_key(endpoint_id))))
        return found

    def _items(self, user_id: str, endpoint_ids: Collection[str]) -> Mapping[tuple[str, str], Item]:
        links = [items.link_key(user_id, endpoint_id) for endpoint_id in endpoint_ids]
        cameras = [items.camera_key(endpoint_id) for endpoint_id in endpoint_ids]
        return {items.names(item): item for item in self._registry.items([*links, *cameras])}


def _shown(link: Item, camera: Item | None) -> Shown | Unreadable:
    try:
        read = items.link_from_item(link)
        if camera is None:
            return Unreadable(f"there is a link to camera {read.endpoint_id}, and no such camera")
        return Shown(read, items.camera_from_item(camera))
    except RegistryError as error:
        return Unreadable(str(error))
