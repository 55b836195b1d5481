"""Registry items of many cameras, written in batches: one transaction each, as the command makes them, takes longer."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from camera_skill.adapters.items import camera_to_item, link_to_item
from camera_skill.camera import Camera, CameraLink
from tests.support.account_server import USER_ID

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 25
"""BatchWriteItem takes no more."""


def put(dynamodb: "DynamoDBClient", table: str, items: Iterable[Mapping[str, Any]]) -> None:
    """Writes the items, whatever is wrong with them."""
    requests = [{"PutRequest": {"Item": item}} for item in items]
    for start in range(0, len(requests), _BATCH):
        reply = dynamodb.batch_write_item(RequestItems={table: requests[start : start + _BATCH]})  # type: ignore[dict-item]  # items as DynamoDB has them
        assert not reply["UnprocessedItems"]


def camera_of(endpoint_id: str, **features: Any) -> Camera:  # noqa: ANN401 - whatever a Camera has
    """A camera that nobody can reach."""
    arn = f"arn:aws:kinesisvideo:us-east-1:000000000000:channel/{endpoint_id}/1700000000000"
    return Camera(endpoint_id, arn, "us-east-1", "https://signaling.example", **features)


def items_of(camera: Camera, friendly_name: str, user_id: str = USER_ID) -> list[dict[str, Any]]:
    """What discovery reads of a camera: its item, and the user's link to it."""
    return [camera_to_item(camera), link_to_item(link_of(camera, friendly_name, user_id))]


def link_of(camera: Camera, friendly_name: str, user_id: str = USER_ID) -> CameraLink:
    """That it is a user's under this name."""
    return CameraLink(user_id, camera.endpoint_id, friendly_name)
