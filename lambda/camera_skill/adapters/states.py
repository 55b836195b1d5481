"""What is known of a camera: its state in the table `activity`, and how its last offers went (docs/architecture.md)."""

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items, tables
from camera_skill.adapters.items import Item
from camera_skill.adapters.state_items import StateItems, wanted_from_item
from camera_skill.budget import Budget
from camera_skill.camera import Camera, HealthSource
from camera_skill.state import LEEWAY_SECONDS, CameraState, Sample, are_the_last, plausibly_added, reachable_by_offers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

_FIRST_PAGE, _PAGE = 20, 500
"""Sessions that are looked through at once. The last two tell, but for those that failed before they got anywhere."""
_OFFER_SECONDS = 5.0
"""An offer's time is that at which it began; it was answered, or was not, within the longest response budget."""
_TIMES = {"answered_at": True, "unanswered_at": False, "unanswered_before": False}
"""What a session's record says of offers, and whether the camera answered those."""


class CameraStates:
    """Reads both; writes nothing but which objects Alexa wants to be told of."""

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
        camera = plausibly_added(camera, time.time())
        since = camera.added_at
        is_reachable = _sample(item, "connectivity", since) if camera.health is HealthSource.MQTT else None
        if is_reachable is None:
            is_reachable = reachable_by_offers(self.last_offers(endpoint_id, since, budget), since)
        return camera, CameraState(is_reachable, _sample(item, "motion", since), wanted_from_item(item, user_id))

    def set_wanted(self, user_id: str, endpoint_id: str, classes: Iterable[str], budget: Budget) -> None:
        """Keeps of which kinds of objects this user's Alexa wants to be told. Raises: RegistryError."""
        StateItems(self._client, self._table).set_wanted(user_id, endpoint_id, classes, budget)

    def last_offers(self, endpoint_id: str, since: float, budget: Budget) -> list[Sample[bool]]:
        """The last offers that tell something of the camera, `since` it was added, and whether it answered.

        Raises: RegistryError.
        """

        def read() -> list[Sample[bool]]:
            offers: list[Sample[bool]] = []
            for found, until in self._pages(endpoint_id, since):
                offers += [offer for offer in found if offer.at >= since]
                if are_the_last(offers, until):
                    break
            return offers

        return tables.within(budget, read, f"last offers to camera {endpoint_id}")

    def _pages(self, endpoint_id: str, since: float) -> Iterator[tuple[list[Sample[bool]], float]]:
        """The camera's sessions that began `since` then, latest first: what they tell, and when a page's last began.

        A session that began again has its latest beginning, so that no page tells of offers after its first one's.
        """
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": "by_start",
            "KeyConditionExpression": "pk = :pk AND started_at >= :since",
            "FilterExpression": "attribute_exists(answered_at) OR attribute_exists(unanswered_at)",
            "ProjectionExpression": ", ".join(_TIMES),
            "ExpressionAttributeValues": {":pk": items.state_key(endpoint_id)["pk"], ":since": {"N": str(since)}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": _FIRST_PAGE,
        }
        rest: Item | None = {}
        while rest is not None:
            page = self._client.get().query(**request)
            rest = page.get("LastEvaluatedKey")
            offers = [offer for item in page["Items"] for offer in _offers(item)]
            yield offers, float(rest["started_at"]["N"]) if rest else 0.0
            request.update(ExclusiveStartKey=rest, Limit=_PAGE)


def _offers(item: Item) -> Iterator[Sample[bool]]:
    """What a session tells of its last offers; the same time twice is one offer, and what is no time tells nothing."""
    found = {(answered, item.get(name, {}).get("N")) for name, answered in _TIMES.items()}
    yield from (Sample(answered, float(at), _OFFER_SECONDS) for answered, at in found if at is not None)


def _sample(item: Item, name: str, since: float) -> Sample[bool] | None:
    """A sample in a state's item, `{"value": BOOL, "at": N}`; None if there is none, or only one of another time."""
    now = time.time()
    match item.get(name):
        case {"M": {"value": {"BOOL": bool(value)}, "at": {"N": str(text)}}}:
            at = float(text)
            return Sample(value, min(at, now)) if since <= at <= now + LEEWAY_SECONDS else None
    return None
