"""The items of both tables, and their keys (docs/architecture.md, "Data").

Items of cameras and their owners become dataclasses here; states and grants do so in `state_items` and `grants`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from camera_skill.camera import CAMERA_TYPES, Camera, CameraLink
from camera_skill.errors import RegistryError
from camera_skill.session import Session

Item = Mapping[str, Any]
"""An item in DynamoDB's own form: {"name": {"S": "value"}}."""

Key = dict[str, Any]
"""The key of an item, in the same form."""

_KINDS: Mapping[type, str] = {bool: "BOOL", float: "N", int: "N"}
"""DynamoDB's types; all else is text."""
_STORED = tuple(name for name in CAMERA_TYPES if name != "damage")


def camera_to_item(camera: Camera) -> dict[str, Any]:
    """The item of a camera, `CAMERA#<endpoint_id>` / `CAMERA`."""
    values = {name: {_kind(name): _plain(getattr(camera, name))} for name in _STORED}
    return {**camera_key(camera.endpoint_id), **values}


def camera_from_item(item: Item) -> Camera:
    """The camera of an item; attributes that this version does not know are passed over.

    Raises: RegistryError if one is missing or of the wrong type, or has a value that there is not.
    """
    camera = usable_camera_from_item(item)
    if camera.damage:
        raise RegistryError(f"the item of camera {camera.endpoint_id} has {camera.damage}")
    return camera


def usable_camera_from_item(item: Item) -> Camera:
    """The same, but with the defaults in place of what an offer does not need and cannot be read.

    Raises: RegistryError if what an offer needs is missing or cannot be read.
    """
    endpoint_id = item["pk"]["S"].removeprefix("CAMERA#")
    values: dict[str, Any] = {}
    damage: list[str] = []
    for name in _STORED:
        attribute = item.get(name)
        if attribute is None or name == "endpoint_id":
            continue
        if attribute.keys() != {_kind(name)}:
            damage.append(f"a {name} of the wrong type")
            continue
        try:
            values[name] = CAMERA_TYPES[name](attribute[_kind(name)])
        except ValueError:
            damage.append(f"a {name} that there is not")
    try:
        return Camera(endpoint_id, **values, damage=" and ".join(damage))
    except TypeError as error:
        what = " and ".join(["is incomplete", *(f"has {each}" for each in damage)])
        raise RegistryError(f"the item of camera {endpoint_id} {what}") from error


def _kind(name: str) -> str:
    """DynamoDB's type of an attribute of a camera."""
    return _KINDS.get(CAMERA_TYPES[name], "S")


def _plain(value: object) -> object:
    """The value in DynamoDB's form: numbers are written as text."""
    if isinstance(value, float):
        return number(value)["N"]
    return value if isinstance(value, bool) else str(value)


def number(value: float) -> dict[str, str]:
    """A number of up to three decimals as DynamoDB itself writes it, so that a repeated request is the same."""
    text = f"{value:.3f}"
    return {"N": text.rstrip("0").rstrip(".")}


def link_to_item(link: CameraLink) -> dict[str, Any]:
    """The item of a link, `USER#<user_id>` / `CAMERA#<endpoint_id>`."""
    return {**link_key(link.user_id, link.endpoint_id), "friendly_name": {"S": link.friendly_name}}


def link_from_item(item: Item) -> CameraLink:
    """The link of an item. Raises: RegistryError."""
    user_id, endpoint_id = item["pk"]["S"].removeprefix("USER#"), item["sk"]["S"].removeprefix("CAMERA#")
    friendly_name = item.get("friendly_name", {}).get("S")
    if not friendly_name:
        raise RegistryError(f"the link to camera {endpoint_id} has no friendly name")
    return CameraLink(user_id, endpoint_id, friendly_name)


def owner_to_item(link: CameraLink) -> dict[str, Any]:
    """The item that finds the owner of a camera, `CAMERA#<endpoint_id>` / `OWNER#<user_id>`."""
    since = {"since": number(link.since)} if link.since else {}
    return {**owner_key(link.endpoint_id, link.user_id), "friendly_name": {"S": link.friendly_name}, **since}


def owner_from_item(item: Item) -> CameraLink:
    """The link that an owner's item repeats, and since when; without a name if it has none."""
    endpoint_id, user_id = item["pk"]["S"].removeprefix("CAMERA#"), item["sk"]["S"].removeprefix("OWNER#")
    since = float(item.get("since", {}).get("N", 0))
    return CameraLink(user_id, endpoint_id, item.get("friendly_name", {}).get("S", ""), since)


def is_ending(item: Item) -> bool:
    """Whether the removal of the camera of this item has begun: nobody has it any more."""
    return "ending_at" in item


def links_attribute(links: Iterable[CameraLink]) -> dict[str, Any]:
    """Links that were taken from users, as an attribute of an item."""
    names = [(link.user_id, link.endpoint_id, link.friendly_name) for link in links]
    return {"L": [{"L": [{"S": name} for name in each]} for each in names]}


def links_of_attribute(attribute: Mapping[str, Any] | None) -> Iterator[CameraLink]:
    """The links of such an attribute; none if there is none."""
    for each in (attribute or {}).get("L", ()):
        yield CameraLink(*(name["S"] for name in each["L"]))


def link_key(user_id: str, endpoint_id: str) -> Key:
    """The key of a link; those of all cameras of a user begin as that of the camera ""."""
    return key(f"USER#{user_id}", f"CAMERA#{endpoint_id}")


def owner_key(endpoint_id: str, user_id: str) -> Key:
    """The key of an owner; those of all owners of a camera begin as that of the user ""."""
    return key(f"CAMERA#{endpoint_id}", f"OWNER#{user_id}")


def camera_key(endpoint_id: str) -> Key:
    """The key of a camera."""
    return key(f"CAMERA#{endpoint_id}", "CAMERA")


def name_key(user_id: str, friendly_name: str) -> Key:
    """The key of the item that keeps a user from giving two cameras one name."""
    # Of a hash: the name is personal, and a sort key has at most 1,024 bytes.
    return key(f"USER#{user_id}", f"NAME#{name_of(friendly_name.casefold())}")


def pending_key(user_id: str, natural_key: str) -> Key:
    """The key of the item that keeps the endpoint id of a camera that is being added."""
    return key(f"USER#{user_id}", f"PENDING#{name_of(natural_key)}")


def claim_key(kind: str, value: str) -> Key:
    """The key of the item that says which camera has a channel, a thing or an external id. `kind`: a ClaimKind."""
    return key(f"{kind}#{value}", "CLAIM")


def request_key(idempotency_key: str) -> Key:
    """The key of what became of a request to the registry function, in the activity table."""
    return key(f"REQUEST#{name_of(idempotency_key)}", "REQUEST")


def state_key(endpoint_id: str) -> Key:
    """The key of a camera's state, in the activity table."""
    return key(f"CAMERA#{endpoint_id}", "STATE")


def session_key(session: Session) -> Key:
    """The key of the record of a session, in the activity table."""
    # A session id is any text of any length, and a sort key has at most 1,024 bytes. Two owners may name one alike.
    name = name_of(f"{session.user_id}\n{session.session_id}")
    return key(f"CAMERA#{session.endpoint_id}", f"SESSION#{name}")


def grant_key(user_id: str) -> Key:
    """The key of a user's grant."""
    return key(f"USER#{user_id}", "GRANT")


def lease_key(user_id: str) -> Key:
    """The key of the lease on refreshing a user's grant, in the activity table."""
    # Of a hash: the item lives for seconds, and need not say whose it is.
    return key(f"LEASE#{name_of(user_id)}", "GRANT")


def name_of(text: str) -> str:
    """A short name for a text of any length and any characters: 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def query_for(beginning: Key) -> dict[str, Any]:
    """What a Query for the items asks whose sort keys begin like this one, consistently read."""
    return {
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": beginning["pk"], ":prefix": beginning["sk"]},
        "ConsistentRead": True,  # what was taken from a user a moment ago is not shown again
    }


def names(key: Item) -> tuple[str, str]:
    """The two names in a key, or in an item's key."""
    return key["pk"]["S"], key["sk"]["S"]


def key(pk: str, sk: str) -> Key:
    """The key of these two names."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}
