"""Amazon's schema of what a skill may send (draft-04), where ALEXA_MESSAGE_SCHEMA says that it lies.

Its licence lets it be used, not passed on, so it is no part of this project. It knows no interface of
Alexa.SmartVision and no DeleteReport: these are checked against a schema of our own, the rest against Amazon's.
"""

import functools
import json
import os
from pathlib import Path
from typing import Any

import jsonschema

VARIABLE = "ALEXA_MESSAGE_SCHEMA"
NEWER = Path(__file__).with_name("newer_than_amazons_schema.json")
"""The schema of each newer part."""
_NEWER_INTERFACES = "Alexa.SmartVision."
_NEWER_EVENTS = frozenset(
    {("Alexa.SmartVision.ObjectDetectionSensor", "ObjectDetection"), ("Alexa.Discovery", "DeleteReport")}
)


def is_at_hand() -> bool:
    """Whether there is a schema to check against."""
    return bool(os.environ.get(VARIABLE))


def accepts(event: object) -> bool:
    """Whether Amazon's schema accepts the event; without a schema everything is accepted."""
    if not is_at_hand():
        return True
    known, newer = split(event)
    if not all(_validator(str(NEWER)).is_valid(part) for part in newer):
        return False
    return bool(newer) if known is None else _validator(os.environ[VARIABLE]).is_valid(known)


def split(message: object) -> tuple[object, list[object]]:
    """The message without the capabilities and properties that are newer than Amazon's schema, and those.

    An event that is newer as a whole is among those, and None is what is left.
    """
    if _is_newer_event(message):
        return None, [message]
    newer: list[object] = []
    return _without_newer(message, newer), newer


def _without_newer(value: Any, newer: list[object]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _without_newer(part, newer) for name, part in value.items()}
    if not isinstance(value, list):
        return value
    newer += [part for part in value if _is_newer(part)]
    return [_without_newer(part, newer) for part in value if not _is_newer(part)]


def _is_newer_event(message: object) -> bool:
    event = message.get("event") if isinstance(message, dict) else None
    header = event.get("header") if isinstance(event, dict) else None
    return isinstance(header, dict) and (str(header.get("namespace")), str(header.get("name"))) in _NEWER_EVENTS


def _is_newer(part: object) -> bool:
    names = [part.get("interface"), part.get("namespace")] if isinstance(part, dict) else []
    return any(isinstance(name, str) and name.startswith(_NEWER_INTERFACES) for name in names)


@functools.cache
def _validator(path: str) -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(json.loads(Path(path).read_text(encoding="utf-8")))
