"""Camera events as AWS IoT's rules put them into the queues, and what cameras publish (`camera_events.schema.json`)."""

import base64
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

from camera_skill.adapters import strict_json
from camera_skill.adapters.report_queue import report_from_json
from camera_skill.camera import THING_NAME
from camera_skill.camera_event import (
    CameraEvent,
    Detection,
    Happening,
    InvalidEvent,
    Kind,
    Motion,
    ObjectClass,
    Presence,
    Press,
    Status,
)
from camera_skill.report import Report
from camera_skill.report_errors import CameraEventInvalidError
from camera_skill.state import Sleep

SCHEMA = Path(__file__).with_suffix(".schema.json")
MOST_BYTES = 16 * 1024
"""Of what a camera publishes at once."""
_PRESENCE: Mapping[str, bool] = {Kind.CONNECTED: True, Kind.DISCONNECTED: False}

_MOST_SHOWN = 64

Members = Mapping[str, Any]


def incoming(body: str) -> CameraEvent | InvalidEvent | Report:
    """The event, or the report, in a message of the queues.

    Raises: CameraEventInvalidError if nobody of ours writes such a message.
    """
    try:
        return (
            report_from_json(body)
            if "report" in (members := strict_json.json_object(body.encode()))
            else _event(members)
        )
    except ValueError as error:
        raise CameraEventInvalidError(f"nobody writes such a message into the queues: {error}") from error


def _event(body: Members) -> CameraEvent | InvalidEvent:
    match body:
        case {"thing": str(thing), "kind": str(kind), "received_at": int(at)}:
            seconds, redriven = at / 1000, _number(body, "redriven")
            if not THING_NAME.fullmatch(thing):  # another client, whose name begins like a camera's
                return InvalidEvent(thing[:_MOST_SHOWN], kind[:_MOST_SHOWN], seconds, "no thing has such a name")
            match body:
                case {"payload": str(payload)}:
                    return _published(thing, kind, seconds, payload, redriven)
                case {"session": str(session)} if kind in _PRESENCE:
                    # A session that outlasts its connection has the same name in the next, but not this number.
                    version = _number(body, "version")
                    name = f"{session}/{version}"
                    presence = Presence(name, _PRESENCE[kind], version)
                    return CameraEvent(thing, f"{name}:{at}", kind, seconds, presence, redriven)
    raise CameraEventInvalidError("no rule for cameras writes such a message into the queues")


def _number(body: Members, name: str) -> int:
    number = body.get(name, 0)
    return number if isinstance(number, int) else 0


def _published(thing: str, kind: str, at: float, payload: str, redriven: int) -> CameraEvent | InvalidEvent:
    if kind not in _HAPPENINGS:
        return InvalidEvent(thing, kind[:_MOST_SHOWN], at, f"no kind of event: there are {', '.join(_HAPPENINGS)}")
    try:
        published = base64.b64decode(payload, validate=True)
        if len(published) > MOST_BYTES:
            return InvalidEvent(thing, kind, at, f"longer than {MOST_BYTES} bytes")
        members = strict_json.json_object(published)
        _validator(kind)(members)
    except fastjsonschema.JsonSchemaValueException as error:
        return InvalidEvent(thing, kind, at, f"not as {SCHEMA.name} says: {error.message}")
    except ValueError as error:
        return InvalidEvent(thing, kind, at, str(error))
    return CameraEvent(thing, members["id"], kind, at, _HAPPENINGS[kind](members), redriven)


def _status(members: Members) -> Status:
    return Status(
        charge=None if (charge := members.get("charge")) is None else round(charge, 1),  # DynamoDB has no 1e-200
        is_low_on_power=members.get("low_power"),
        sleep=Sleep(members["sleep"]) if "sleep" in members else None,
        is_private=members.get("privacy"),
        firmware=members.get("firmware"),
    )


_HAPPENINGS: Mapping[str, Callable[[Members], Happening]] = {
    Kind.DOORBELL: lambda _: Press(),
    Kind.MOTION: lambda members: Motion(members["detected"]),
    Kind.DETECTION: lambda members: Detection(ObjectClass(members["class"]), members.get("object_id", "")),
    Kind.STATUS: _status,
}


@cache
def _validator(kind: str) -> Callable[[object], object]:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator: Callable[[object], object] = fastjsonschema.compile({**schema, "$ref": f"#/definitions/{kind}"})
    return validator
