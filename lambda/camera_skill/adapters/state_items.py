"""The item of a camera's state in the table `activity`: how it is read and written (docs/architecture.md, "Data")."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from camera_skill.adapters import items
from camera_skill.adapters.aws_services import Service
from camera_skill.adapters.items import Item
from camera_skill.budget import Budget
from camera_skill.errors import RegistryError
from camera_skill.state import Connection, KnownState, Sample, Step, Transition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

T = TypeVar("T")

_TABLE = Service("the activity table", RegistryError)
_TRIES = 8
"""Of a step, when others take steps at the same camera at the same time."""
_CHANGES: Mapping[str, type] = {"connectivity": bool, "motion": bool, "last_press": bool}
_SAMPLES: Mapping[str, type] = {"charge": float, "low_power": bool, "sleep": str, "privacy": bool, "firmware": str}
_NAMES = ("presence", *_CHANGES, *_SAMPLES)
_KINDS = {"BOOL": bool, "N": float, "S": str}


class StateItems:
    """Reads and writes the item. Each write counts `version` up, and none goes over another that it did not see."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", activity_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = activity_table

    def change(self, endpoint_id: str, step: Callable[[KnownState], tuple[KnownState, T]], budget: Budget) -> Step[T]:
        """Takes the camera's state a step further. Raises: RegistryError."""
        return _TABLE.within(budget, lambda: self._change(endpoint_id, step), f"state of camera {endpoint_id}")

    def _change(self, endpoint_id: str, step: Callable[[KnownState], tuple[KnownState, T]]) -> Step[T]:
        key = items.state_key(endpoint_id)
        for _ in range(_TRIES):
            item = self._client.get().get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
            before = known_from_item(item)
            after, result = step(before)
            if after == before or self._write(key, item, _changes(before, after)):
                return Step(after, result, partial(wanted_from_item, item))
        raise RegistryError(f"the state of camera {endpoint_id} changed {_TRIES} times while it was written")

    def _write(self, key: items.Key, item: Item, changes: Item) -> bool:
        """Whether nobody else wrote meanwhile."""
        version = item.get("version", {"N": "0"})
        values = {**changes, "version": {"N": str(int(version["N"]) + 1)}}
        client = self._client.get()
        try:
            client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                ConditionExpression="#version = :before" if "version" in item else "attribute_not_exists(#version)",
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues={
                    **{f":{name}": value for name, value in values.items()},
                    **({":before": version} if "version" in item else {}),
                },
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def set_wanted(self, user_id: str, endpoint_id: str, classes: Iterable[str], budget: Budget) -> None:
        """Keeps of which kinds of objects this user's Alexa wants to be told. Raises: RegistryError."""

        def write() -> None:
            self._client.get().update_item(
                TableName=self._table,
                Key=items.state_key(endpoint_id),
                UpdateExpression="SET #classes = :classes",
                ExpressionAttributeNames={"#classes": wanted_name(user_id)},
                ExpressionAttributeValues={":classes": {"L": [{"S": each} for each in classes]}},
            )

        _TABLE.within(budget, write, f"object detection classes of camera {endpoint_id}")


def known_from_item(item: Item) -> KnownState:
    """What a state's item says; of what cannot be read, nothing."""
    read: dict[str, Any] = {name: _read(name, item.get(name, {})) for name in _NAMES}
    return KnownState(**{name: value for name, value in read.items() if value is not None})


def wanted_from_item(item: Item, user_id: str) -> frozenset[str] | None:
    """The kinds of objects of which the user's Alexa asked to be told; None if it never asked."""
    match item.get(wanted_name(user_id)):
        case {"L": [*named]}:
            return frozenset(str(each.get("S", "")) for each in named)
    return None


def wanted_name(user_id: str) -> str:
    """The attribute of a camera's state that holds them: of a hash, since a user id is any text."""
    return f"classes#{items.name_of(user_id)}"


def _changes(before: KnownState, after: KnownState) -> Item:
    return {
        name: {"M": _written(getattr(after, name))} for name in _NAMES if getattr(after, name) != getattr(before, name)
    }


def _written(value: Transition[Any] | Sample[Any] | Connection) -> dict[str, Any]:
    match value:
        case Connection(session, at, number, ended):
            plain: Mapping[str, object] = {"session": session, "at": at, "number": number, "connected": value.is_there}
            return {**_values(plain), "ended": {"L": [{"S": each} for each in ended]}}
        case Transition(inner, at, event, seen_at):
            return _values({"value": inner, "at": at, "event": event, "seen_at": seen_at})
        case Sample(inner, at):
            return _values({"value": inner, "at": at})


def _values(plain: Mapping[str, object]) -> dict[str, Any]:
    return {name: _value(value) for name, value in plain.items()}


def _value(value: object) -> dict[str, object]:
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, (int, float)) else {"S": str(value)}


def _read(name: str, attribute: Item) -> Transition[Any] | Sample[Any] | Connection | None:
    if "M" not in attribute:
        return None
    members = {each: _plain(value) for each, value in attribute["M"].items()}
    match members:
        case {"session": str(session), "at": float(at), "number": float(number), "ended": [*ended]}:
            return Connection(session, at, int(number), tuple(map(str, ended))) if name == "presence" else None
        case {"value": value, "at": float(at), "event": str(event), "seen_at": float(seen_at)}:
            return Transition(value, at, event, seen_at) if isinstance(value, _CHANGES.get(name, ())) else None
        case {"value": value, "at": float(at)}:
            return Sample(value, at) if isinstance(value, _SAMPLES.get(name, ())) else None
    return None


def _plain(attribute: Item) -> object:
    for kind, value in attribute.items():
        if kind == "L":
            return [_plain(each) for each in value]
        return _KINDS.get(kind, str)(value)
    return None
