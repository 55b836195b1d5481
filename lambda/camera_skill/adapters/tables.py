"""The registry table: cameras, and whose they are (docs/architecture.md, "Data")."""

import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from camera_skill.adapters import connections, items
from camera_skill.adapters.aws_services import CONFIG, Service
from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.items import Item, Key
from camera_skill.adapters.state_items import known_from_item
from camera_skill.budget import Budget
from camera_skill.camera import ENDPOINT_ID, Camera, CameraLink, OwnedCameras
from camera_skill.errors import CameraNotFoundError, RegistryError
from camera_skill.state import KnownState

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
Defect = Callable[[CameraLink, Camera], str]

_REGISTRY = Service("the registry", RegistryError)
_PAGE = 500
"""Links that are read at once: a page comes within the read timeout, and fills no memory, however many there are."""
_BATCH = 100
_ROUNDS = 6
_BACKOFF_SECONDS = 0.05
"""Before the second round; it doubles from each to the next. The budget may end before the rounds do."""


def client(session: "Session") -> "FreshClient[DynamoDBClient]":
    """The DynamoDB client, with the timeouts and attempts that fit into a reply's budget; one for both tables."""
    dynamodb = session.client("dynamodb", config=CONFIG)
    connections.bounded(dynamodb)
    return FreshClient(dynamodb)


class Registry:
    """Cameras and their owners, in the tables `registry` and `activity`."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", registry_table: str, activity_table: str) -> None:
        """Both tables by name."""
        self._client = client
        self._registry = registry_table
        self._activity = activity_table

    def owned(self, user_id: str, endpoint_id: str, budget: Budget) -> Camera:
        """The user's camera of that name, by one consistent BatchGetItem over both tables.

        Raises: CameraNotFoundError if there is none or it is another user's; RegistryError.
        """
        return self.owned_as_known(user_id, endpoint_id, budget)[0]

    def owned_as_known(self, user_id: str, endpoint_id: str, budget: Budget) -> tuple[Camera, KnownState]:
        """The same, with what the camera said of itself, as far as that comes with it.

        Raises: CameraNotFoundError if there is none or it is another user's; RegistryError.
        """
        # A state that is slow to come refuses no offer.
        camera, state = self._owned(user_id, endpoint_id, budget, waits_for_state=False)
        return camera, known_from_item(state)

    def owned_with_state(self, user_id: str, endpoint_id: str, budget: Budget) -> tuple[Camera, Item]:
        """The same, with the item of its state; empty if there is none.

        Raises: CameraNotFoundError if there is none or it is another user's; RegistryError.
        """
        return self._owned(user_id, endpoint_id, budget, waits_for_state=True)

    def _owned(self, user_id: str, endpoint_id: str, budget: Budget, *, waits_for_state: bool) -> tuple[Camera, Item]:
        if not ENDPOINT_ID.fullmatch(endpoint_id):
            raise CameraNotFoundError("the directive names no endpoint that a camera of this skill could have")
        link, camera = items.link_key(user_id, endpoint_id), items.camera_key(endpoint_id)
        state = items.state_key(endpoint_id)
        wanted = {self._registry: [link, camera], self._activity: [state]}
        needed = {items.names(link), items.names(camera)}

        def look_up() -> dict[tuple[str, str], Item]:
            found: dict[tuple[str, str], Item] = {}
            for batch in self._rounds(wanted):
                found.update({items.names(item): item for item in batch})
                if needed <= found.keys() and not waits_for_state:
                    break
            return found

        found = within(budget, look_up, f"look-up of camera {endpoint_id}")
        if not needed <= found.keys() or items.is_ending(found[items.names(camera)]):
            raise CameraNotFoundError(f"the customer has no camera {endpoint_id}")
        return items.usable_camera_from_item(found[items.names(camera)]), found.get(items.names(state), {})

    def of_user(self, user_id: str, most: int, defect: Defect, budget: Budget) -> OwnedCameras:
        """The user's cameras, the first by name, at most so many.

        Left out are those that cannot be read, and those that have a `defect`. Raises: RegistryError.
        """
        return within(budget, lambda: self.cameras_of(user_id, most, defect), "look-up of the customer's cameras")

    def cameras_of(self, user_id: str, most: int = sys.maxsize, defect: Defect = lambda _, __: "") -> OwnedCameras:
        """The same without a budget, for the command, and by default all that can be read.

        Raises: botocore's exceptions; RegistryError if the table is throttled.
        """
        left_out: list[str] = []
        links = sorted(_readable(self.query(items.link_key(user_id, "")), left_out), key=lambda link: link.order)
        cameras: list[tuple[CameraLink, Camera]] = []
        asked = 0
        while asked < len(links) and len(cameras) < most:
            batch = links[asked : asked + _BATCH]
            found = self._cameras([link.endpoint_id for link in batch])
            for link in batch:
                if len(cameras) == most:
                    break
                asked += 1
                try:
                    camera = _camera_of(link, found)
                except RegistryError as error:
                    left_out.append(str(error))
                    continue
                if reason := defect(link, camera):
                    left_out.append(f"Alexa would not take camera {link.endpoint_id}: {reason}")
                else:
                    cameras.append((link, camera))
        return OwnedCameras(tuple(cameras), tuple(left_out), len(links) - asked)

    def _cameras(self, endpoint_ids: list[str]) -> dict[str, Item]:
        keys = [items.camera_key(endpoint_id) for endpoint_id in endpoint_ids]
        return {item["pk"]["S"]: item for item in self.items(keys)}

    def store_signaling_endpoint(self, camera: Camera, signaling_endpoint: str, budget: Budget) -> None:
        """Stores where the camera's channel is now, unless the camera, or what is stored of it, changed meanwhile.

        Raises: RegistryError.
        """

        def update() -> None:
            client = self._client.get()
            try:
                client.update_item(
                    TableName=self._registry,
                    Key=items.camera_key(camera.endpoint_id),
                    UpdateExpression="SET signaling_endpoint = :new",
                    ConditionExpression="signaling_endpoint = :old",
                    ExpressionAttributeValues={
                        ":new": {"S": signaling_endpoint},
                        ":old": {"S": camera.signaling_endpoint},
                    },
                )
            except client.exceptions.ConditionalCheckFailedException:
                return  # somebody else was here first, or this was the SDK's second attempt

        within(budget, update, f"new signaling endpoint of camera {camera.endpoint_id}")

    def items(self, keys: list[Key]) -> Iterator[Item]:
        """Those of these items of the registry that there are, consistently read; 100 keys at most.

        Raises: botocore's exceptions; RegistryError if the table is throttled.
        """
        for batch in self._rounds({self._registry: keys}):
            yield from batch

    def query(self, beginning: Key) -> Iterator[Item]:
        """The registry's items whose sort key begins like this one, page by page. Raises: botocore's exceptions."""
        paginator = self._client.get().get_paginator("query")
        pages = paginator.paginate(
            TableName=self._registry, PaginationConfig={"PageSize": _PAGE}, **items.query_for(beginning)
        )
        for page in pages:
            yield from page["Items"]

    def _rounds(self, wanted: Mapping[str, list[Key]]) -> Iterator[list[Item]]:
        """The items of these keys by table, consistently read; what a round leaves out is asked for again."""
        request = {table: {"Keys": keys, "ConsistentRead": True} for table, keys in wanted.items()}
        for number in range(_ROUNDS):
            if number:  # a table that is throttled leaves keys out, and the SDK does not take that for a failure
                time.sleep(_BACKOFF_SECONDS * 2**number * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            response = self._client.get().batch_get_item(RequestItems=request)  # type: ignore[arg-type]  # keys are plain
            yield [item for found in response["Responses"].values() for item in found]
            request = response["UnprocessedKeys"]  # type: ignore[assignment]  # of the same form
            if not request:
                return
        raise RegistryError(f"the registry is throttled: BatchGetItem left keys unprocessed {_ROUNDS} times")


def _readable(found: Iterable[Item], left_out: list[str]) -> Iterator[CameraLink]:
    """The links of the items; one that cannot be read hides no other."""
    for item in found:
        try:
            yield items.link_from_item(item)
        except RegistryError as error:
            left_out.append(str(error))


def _camera_of(link: CameraLink, found: Mapping[str, Item]) -> Camera:
    item = found.get(items.camera_key(link.endpoint_id)["pk"]["S"])
    if item is None:
        raise RegistryError(f"there is a link to camera {link.endpoint_id}, and no such camera")
    if items.is_ending(item):
        raise RegistryError(f"camera {link.endpoint_id} is being removed")
    return items.camera_from_item(item)


def within(budget: Budget, read: Callable[[], T], what: str) -> T:
    """The result of `read` within the budget. Raises: RegistryError for whatever the table or the way to it did."""
    return _REGISTRY.within(budget, read, what)
