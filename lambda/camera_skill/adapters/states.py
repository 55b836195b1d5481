"""What is known of a camera: its state in the table `activity`, and how its last offers went (docs/architecture.md)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items, tables
from camera_skill.budget import Budget
from camera_skill.camera import Camera, HealthSource
from camera_skill.state import CameraState, Offers, Sample, is_reachable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

_SESSIONS_ASKED = 20
"""The last sessions among which two offers are looked for that tell something of the camera."""


class CameraStates:
    """Reads both; writes nothing."""

    def __init__(self, registry: tables.Registry, client: "FreshClient[DynamoDBClient]", activity_table: str) -> None:
        """`registry` knows whose cameras they are."""
        self._registry = registry
        self._client = client
        self._table = activity_table

    def owned(self, user_id: str, endpoint_id: str, budget: Budget) -> tuple[Camera, CameraState]:
        """The user's camera of that name, and its state.

        Raises: CameraNotFoundError if there is none or it is another user's; RegistryError.
        """
        camera, item = self._registry.owned_with_state(user_id, endpoint_id, budget)
        presence = _sample(item, "connectivity")
        is_known = camera.health is HealthSource.MQTT and presence is not None
        offers = [] if is_known else self.offers(camera.endpoint_id, budget)
        return camera, CameraState(is_reachable(camera, presence, offers), _sample(item, "motion"))

    def offers(self, endpoint_id: str, budget: Budget) -> list[Offers]:
        """How offers of the camera's last sessions went, the latest first. Raises: RegistryError."""
        client = self._client.get()

        def query() -> list[Offers]:
            found = client.query(
                TableName=self._table,
                IndexName="by_start",
                KeyConditionExpression="pk = :pk",
                FilterExpression="attribute_exists(answered)",
                ExpressionAttributeValues={":pk": items.state_key(endpoint_id)["pk"]},
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=_SESSIONS_ASKED,
            )
            offers = [_offers(item) for item in found["Items"]]
            return sorted(offers, key=lambda each: each.at, reverse=True)

        return tables.within(budget, query, f"last offers to camera {endpoint_id}")


def _offers(item: Mapping[str, Any]) -> Offers:
    unanswered = int(item.get("unanswered", {}).get("N", "0"))
    return Offers(float(item["offered_at"]["N"]), item["answered"]["BOOL"], unanswered)


def _sample(item: Mapping[str, Any], name: str) -> Sample[bool] | None:
    """A sample in a state's item, `{"value": BOOL, "at": N}`; None if there is none."""
    match item.get(name):
        case {"M": {"value": {"BOOL": bool(value)}, "at": {"N": str(at)}}}:
            return Sample(value, float(at))
    return None
