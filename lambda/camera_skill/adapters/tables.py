"""The registry table: cameras, and whose they are (docs/architecture.md, "Data").

Items become dataclasses here and nowhere else.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from camera_skill.adapters import connections
from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.replies import MALFORMED, code_of
from camera_skill.budget import Budget
from camera_skill.camera import ENDPOINT_ID, Camera, CameraLink, OfferStyle, OwnedCameras
from camera_skill.errors import CameraNotFoundError, DeadlineExceededError, RegistryError

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

Item = Mapping[str, Any]
"""An item in DynamoDB's own form: {"name": {"S": "value"}}."""

CONFIG = Config(connect_timeout=0.5, read_timeout=1.0, retries={"total_max_attempts": 3, "mode": "legacy"})
"""Three attempts of at most 1.5 s each, within the budget. Reads may be repeated, so the SDK's retries are right.

Not in its standard mode, in which calls share one quota of retries: records that cannot be written would use it up,
and the next customer's camera would not be looked up twice.
"""

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
        if not ENDPOINT_ID.fullmatch(endpoint_id):
            raise CameraNotFoundError("the directive names no endpoint that a camera of this skill could have")
        link, camera = _link_key(user_id, endpoint_id), _camera_key(endpoint_id)
        wanted = {self._registry: [link, camera], self._activity: [_state_key(endpoint_id)]}
        needed = {_names(link), _names(camera)}

        def look_up() -> dict[tuple[str, str], Item]:
            items: dict[tuple[str, str], Item] = {}
            for found in self._rounds(wanted):
                items.update({_names(item): item for item in found})
                if needed <= items.keys():
                    break  # a state that is slow to come refuses no offer
            return items

        items = _within(budget, look_up, f"look-up of camera {endpoint_id}")
        if not needed <= items.keys():
            raise CameraNotFoundError(f"the customer has no camera {endpoint_id}")
        return camera_from_item(items[_names(camera)])

    def of_user(self, user_id: str, budget: Budget) -> OwnedCameras:
        """All cameras of a user. Raises: RegistryError."""
        return _within(budget, lambda: self.cameras_of(user_id), "look-up of the customer's cameras")

    def cameras_of(self, user_id: str) -> OwnedCameras:
        """The same without a budget, for the command. Raises: botocore's exceptions."""
        left_out: list[str] = []
        read_links = _readable(self._query(f"USER#{user_id}", "CAMERA#"), link_from_item, left_out)
        links = {link.endpoint_id: link for link in read_links}
        cameras = _readable(self._cameras(list(links)), camera_from_item, left_out)
        owned = [(links[camera.endpoint_id], camera) for camera in cameras]
        owned.sort(key=lambda pair: (pair[0].friendly_name.casefold(), pair[0].endpoint_id))
        return OwnedCameras(tuple(owned), tuple(left_out))

    def _cameras(self, endpoint_ids: list[str]) -> Iterator[Item]:
        for start in range(0, len(endpoint_ids), _BATCH):
            keys = [_camera_key(endpoint_id) for endpoint_id in endpoint_ids[start : start + _BATCH]]
            for found in self._rounds({self._registry: keys}):
                yield from found

    def owners(self, endpoint_id: str) -> list[str]:
        """The user ids of all who have this camera. Raises: botocore's exceptions."""
        items = self._query(f"CAMERA#{endpoint_id}", "OWNER#")
        return [item["sk"]["S"].removeprefix("OWNER#") for item in items]

    def add(self, camera: Camera, link: CameraLink) -> None:
        """Registers a camera and its owner, in one transaction; again with other values: replaces them.

        Raises: botocore's exceptions.
        """
        owner = {**_owner_key(link), "friendly_name": {"S": link.friendly_name}}
        items = [camera_to_item(camera), link_to_item(link), owner]
        self._client.get().transact_write_items(
            TransactItems=[{"Put": {"TableName": self._registry, "Item": item}} for item in items],
        )

    def store_signaling_endpoint(self, camera: Camera, signaling_endpoint: str, budget: Budget) -> None:
        """Stores where the camera's channel is now, unless the camera, or what is stored of it, changed meanwhile.

        Raises: RegistryError.
        """

        def update() -> None:
            client = self._client.get()
            try:
                client.update_item(
                    TableName=self._registry,
                    Key=_camera_key(camera.endpoint_id),
                    UpdateExpression="SET signaling_endpoint = :new",
                    ConditionExpression="signaling_endpoint = :old",
                    ExpressionAttributeValues={
                        ":new": {"S": signaling_endpoint},
                        ":old": {"S": camera.signaling_endpoint},
                    },
                )
            except client.exceptions.ConditionalCheckFailedException:
                return  # somebody else was here first, or this was the SDK's second attempt

        _within(budget, update, f"new signaling endpoint of camera {camera.endpoint_id}")

    def remove(self, link: CameraLink) -> None:
        """Takes a camera from its owner; the camera itself stays for the others. Raises: botocore's exceptions."""
        keys = [_link_key(link.user_id, link.endpoint_id), _owner_key(link)]
        self._client.get().transact_write_items(
            TransactItems=[{"Delete": {"TableName": self._registry, "Key": key}} for key in keys],
        )

    def forget(self, endpoint_id: str) -> None:
        """Removes the camera itself, after its last owner went. Raises: botocore's exceptions."""
        self._client.get().delete_item(TableName=self._registry, Key=_camera_key(endpoint_id))

    def _query(self, pk: str, prefix: str) -> Iterator[Item]:
        """The registry's items under `pk` whose sort key begins with `prefix`, page by page."""
        pages = (
            self._client.get()
            .get_paginator("query")
            .paginate(
                TableName=self._registry,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
            )
        )
        for page in pages:
            yield from page["Items"]

    def _rounds(self, wanted: Mapping[str, list[dict[str, Any]]]) -> Iterator[list[Item]]:
        """The items of these keys by table, consistently read; what a round leaves out is asked for again."""
        request = {table: {"Keys": keys, "ConsistentRead": True} for table, keys in wanted.items()}
        for number in range(_ROUNDS):
            if number:  # a table that is throttled leaves keys out, and the SDK does not take that for a failure
                time.sleep(_BACKOFF_SECONDS * 2**number * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            response = self._client.get().batch_get_item(RequestItems=request)  # type: ignore[arg-type]  # keys are plain
            yield [item for items in response["Responses"].values() for item in items]
            request = response["UnprocessedKeys"]  # type: ignore[assignment]  # of the same form
            if not request:
                return
        raise RegistryError(f"the registry is throttled: BatchGetItem left keys unprocessed {_ROUNDS} times")


def camera_to_item(camera: Camera) -> dict[str, Any]:
    """The item of a camera, `CAMERA#<endpoint_id>` / `CAMERA`."""
    return {**_camera_key(camera.endpoint_id), **{name: {_kind(name): value} for name, value in vars(camera).items()}}


def camera_from_item(item: Item) -> Camera:
    """The camera of an item; attributes that this version does not know are passed over.

    Raises: RegistryError if one is missing or of the wrong type.
    """
    endpoint_id = item["pk"]["S"].removeprefix("CAMERA#")
    known = {name: item[name] for name in Camera.__dataclass_fields__ if name in item and name != "endpoint_id"}
    for name, value in known.items():
        if value.keys() != {_kind(name)}:
            raise RegistryError(f"the item of camera {endpoint_id} has a {name} of the wrong type")
    values = {name: value[_kind(name)] for name, value in known.items()}
    try:
        values["offer_style"] = OfferStyle(values.get("offer_style", OfferStyle.VERBATIM))
        return Camera(endpoint_id, **values)
    except ValueError as error:
        raise RegistryError(f"the item of camera {endpoint_id} has an offer_style that there is not") from error
    except TypeError as error:
        raise RegistryError(f"the item of camera {endpoint_id} is incomplete") from error


def _kind(name: str) -> str:
    """DynamoDB's type of an attribute of a camera."""
    return "BOOL" if name == "full_duplex" else "S"


def link_to_item(link: CameraLink) -> dict[str, Any]:
    """The item of a link, `USER#<user_id>` / `CAMERA#<endpoint_id>`."""
    return {**_link_key(link.user_id, link.endpoint_id), "friendly_name": {"S": link.friendly_name}}


def link_from_item(item: Item) -> CameraLink:
    """The link of an item. Raises: RegistryError."""
    user_id, endpoint_id = item["pk"]["S"].removeprefix("USER#"), item["sk"]["S"].removeprefix("CAMERA#")
    friendly_name = item.get("friendly_name", {}).get("S")
    if not friendly_name:
        raise RegistryError(f"the link to camera {endpoint_id} has no friendly name")
    return CameraLink(user_id, endpoint_id, friendly_name)


def _readable(items: Iterable[Item], read: Callable[[Item], T], left_out: list[str]) -> Iterator[T]:
    """What `read` makes of each item; one that it cannot read hides no other."""
    for item in items:
        try:
            yield read(item)
        except RegistryError as error:
            left_out.append(str(error))


def _link_key(user_id: str, endpoint_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"USER#{user_id}"}, "sk": {"S": f"CAMERA#{endpoint_id}"}}


def _camera_key(endpoint_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"CAMERA#{endpoint_id}"}, "sk": {"S": "CAMERA"}}


def _owner_key(link: CameraLink) -> dict[str, Any]:
    return {"pk": {"S": f"CAMERA#{link.endpoint_id}"}, "sk": {"S": f"OWNER#{link.user_id}"}}


def _state_key(endpoint_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"CAMERA#{endpoint_id}"}, "sk": {"S": "STATE"}}


def _names(key: Mapping[str, Any]) -> tuple[str, str]:
    """The two keys of an item, or of a key."""
    return key["pk"]["S"], key["sk"]["S"]


def _within(budget: Budget, read: Callable[[], T], what: str) -> T:
    """The result of `read` within the budget. Raises: RegistryError for whatever the table or the way to it did."""
    try:
        return connections.call(budget, read, what)
    except DeadlineExceededError as error:
        raise RegistryError(f"the registry did not answer in time: {what}") from error
    except ClientError as error:
        raise RegistryError(f"the registry refused the {what}: {code_of(error) or 'no code'}") from error
    except MALFORMED as error:
        raise RegistryError(f"the registry's reply cannot be read: {what}") from error
    except BotoCoreError as error:
        raise RegistryError(f"the registry could not be reached: {what}") from error
