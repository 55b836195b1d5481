"""Lists of cameras: a user's, and all of a stack."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.cameras.finding import UsersCamera, cameras_of, flat
from cli.output import say, say_row_by_row, say_rows, warn
from cli.registry import registry_of

if TYPE_CHECKING:
    from cli.target import Target


def say_cameras(target: "Target", user_id: str, *, as_json: bool) -> None:
    """A user's cameras; on standard error those that Alexa does not show, and why."""
    cameras = cameras_of(target, user_id)
    columns = {
        "friendly_name": "Name",
        "endpoint_id": "Endpoint id",
        "model": "Model",
        "offer_style": "Offers",
        "channel_arn": "Signaling channel",
    }
    nothing = f"No cameras yet: `camera-skill cameras add NAME{target.choice.words}` adds one."
    rows = [camera.as_row() for camera in cameras if "error" not in camera.row]
    if rows or as_json or not cameras:
        say_rows(rows, columns=columns, as_json=as_json, nothing=nothing)
    _warn(cameras)


def say_all_cameras(target: "Target", *, as_json: bool) -> None:
    """All cameras of the stack, with how many users have each; those that cannot be read with the reason."""
    columns = {"endpoint_id": ("Endpoint id", 40), "owners": ("Owners", 6), "model": ("Model", 20), "error": ("", 0)}
    if not say_row_by_row(_all_rows(target), columns=columns, as_json=as_json) and not as_json:
        say(f"No cameras yet: `camera-skill cameras add NAME{target.choice.words}` adds one.")


def _warn(cameras: list[UsersCamera]) -> None:
    from camera_skill.alexa.discovery import MOST_ENDPOINTS

    for camera in cameras:
        if error := camera.row.get("error"):
            warn(f"Not listed: “{camera.friendly_name}”, endpoint id {camera.endpoint_id}: {error}.")
        elif warning := camera.row.get("warning"):
            warn(f"“{camera.friendly_name}”, endpoint id {camera.endpoint_id}: {warning}.")
    if len(cameras) > MOST_ENDPOINTS:
        warn(f"These are {len(cameras)} cameras. Alexa takes the first {MOST_ENDPOINTS} by name.")


def _all_rows(target: "Target") -> Iterator[dict[str, object]]:
    yield from (flat(row) for row in registry_of(target).pages("ListCameras", "cameras"))
