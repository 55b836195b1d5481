"""Lists of cameras: a user's, and all of a stack."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from camera_skill.adapters import items
from camera_skill.errors import RegistryError
from cli.cameras.features import features_of
from cli.cameras.finding import as_registered, registry_of
from cli.cameras.scans import partitions
from cli.output import say, say_row_by_row, say_rows, warn

if TYPE_CHECKING:
    from camera_skill.camera import OwnedCameras
    from cli.target import Target


def say_cameras(target: "Target", user_id: str, *, as_json: bool) -> None:
    """A user's cameras; on standard error those that Alexa does not show, and why."""
    owned = registry_of(target).cameras_of(user_id)
    columns = {
        "friendly_name": "Name",
        "endpoint_id": "Endpoint id",
        "model": "Model",
        "offer_style": "Offers",
        "channel_arn": "Signaling channel",
    }
    nothing = f"No cameras yet: `camera-skill cameras add NAME{target.choice.words}` adds one."
    rows = [camera.as_row() for camera in as_registered(owned)]
    say_rows(rows, columns=columns, as_json=as_json, nothing="" if owned.left_out else nothing)
    _warn(owned)


def say_all_cameras(target: "Target", *, as_json: bool) -> None:
    """All cameras of the stack, with how many users have each; those that cannot be read with the reason."""
    columns = {"endpoint_id": ("Endpoint id", 40), "owners": ("Owners", 6), "model": ("Model", 20), "error": ("", 0)}
    if not say_row_by_row(_all_rows(target), columns=columns, as_json=as_json) and not as_json:
        say(f"No cameras yet: `camera-skill cameras add NAME{target.choice.words}` adds one.")


def _warn(owned: "OwnedCameras") -> None:
    from camera_skill.alexa.discovery import MOST_ENDPOINTS
    from camera_skill.interfaces.endpoint import defect_of

    for reason in owned.left_out:
        warn(f"Not listed: {reason}.")
    for link, camera in owned.cameras:
        if defect := defect_of(link, camera):
            warn(f"Alexa does not show “{link.friendly_name}”, endpoint {link.endpoint_id}: {defect}.")
    count = len(owned.cameras) + len(owned.left_out)
    if count > MOST_ENDPOINTS:
        warn(f"These are {count} cameras, and Alexa takes {MOST_ENDPOINTS}: the first so many by name.")


def _all_rows(target: "Target") -> Iterator[dict[str, object]]:
    for endpoint_id, found in partitions(target, "CAMERA#"):
        owners = sum(item["sk"]["S"].startswith("OWNER#") for item in found)
        item = next((one for one in found if one["sk"]["S"] == "CAMERA"), None)
        yield {"endpoint_id": endpoint_id, "owners": owners, **_details(item)}


def _details(item: items.Item | None) -> dict[str, object]:
    if item is None:
        return {"error": "it has owners, and is not registered"}
    try:
        camera = items.camera_from_item(item)
    except RegistryError as error:
        return {"error": str(error)}
    return {"channel_arn": camera.channel_arn, **features_of(camera)}
