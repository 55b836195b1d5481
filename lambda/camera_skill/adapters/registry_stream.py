"""Records of the registry's stream as changes (docs/architecture.md, "Data").

Source: docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

from collections.abc import Mapping
from typing import Any

from camera_skill.adapters import items
from camera_skill.adapters.items import Item
from camera_skill.camera import Camera
from camera_skill.camera_change import CameraChange, Change, LinkChange
from camera_skill.errors import RegistryError


def change_of(record: Mapping[str, Any]) -> Change | None:
    """The change that a record tells of; None of what Alexa is never told.

    Of cameras only what becomes otherwise counts: one that comes or goes does so with its links.

    Raises: RegistryError if it is no record of the registry.
    """
    try:
        change, pk, sk = record["dynamodb"], *items.names(record["dynamodb"]["Keys"])
        name, at = str(record["eventID"]), float(change["ApproximateCreationDateTime"])
        before, after = change.get("OldImage", {}), change.get("NewImage", {})
        if pk.startswith("USER#") and sk.startswith("CAMERA#"):
            user_id, endpoint_id = pk.removeprefix("USER#"), sk.removeprefix("CAMERA#")
            return LinkChange(name, at, user_id, endpoint_id, _name(before), _name(after))
        if pk.startswith("CAMERA#") and sk == "CAMERA" and before and after:
            return CameraChange(name, at, pk.removeprefix("CAMERA#"), _camera(before), _camera(after))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RegistryError(f"a record of the registry's stream cannot be read ({type(error).__name__})") from error
    return None


def _name(link: Item) -> str:
    return str(link.get("friendly_name", {}).get("S", ""))


def _camera(item: Item) -> Camera | None:
    try:
        return items.camera_from_item(item)
    except RegistryError:  # damaged: what becomes of it is for who looks at it now
        return None
