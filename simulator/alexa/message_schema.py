"""Schemas of what the skill may send (draft-04): our own, and Amazon's where ALEXA_MESSAGE_SCHEMA says that it lies.

Our own has every message that this skill sends, and is no laxer than Amazon's. Amazon's licence lets it be used, not
passed on, so it is no part of this project. It knows no interface of Alexa.SmartVision and no DeleteReport.
"""

import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

VARIABLE = "ALEXA_MESSAGE_SCHEMA"
OWN = Path(__file__).with_name("own_message_schema.json")
"""Written from Amazon's documentation of the interfaces."""
_NEWER_INTERFACES = "Alexa.SmartVision."
_NEWER_EVENTS = frozenset(
    {("Alexa.SmartVision.ObjectDetectionSensor", "ObjectDetection"), ("Alexa.Discovery", "DeleteReport")}
)


def is_at_hand() -> bool:
    """Whether there is Amazon's schema to check against, too."""
    return bool(os.environ.get(VARIABLE))


def accepts(event: object) -> bool:
    """Whether our schema accepts the event, and Amazon's, as far as it knows such events, if it is at hand."""
    if not _validator(str(OWN)).is_valid(event):
        return False
    known = without_newer(event)
    return not is_at_hand() or known is None or _validator(os.environ[VARIABLE]).is_valid(known)


def alexa_accepts(message: object) -> bool:
    """Whether Alexa takes an event: Amazon's schema, if it is at hand, and ours for what that does not know."""
    known = without_newer(message)
    if known is None:
        return _validator(str(OWN)).is_valid(message)
    if not all(_part_validator(kind).is_valid(part) for kind, part in _newer_parts(message)):
        return False
    return not is_at_hand() or _validator(os.environ[VARIABLE]).is_valid(known)


def without_newer(message: object) -> object:
    """The message without the capabilities and properties that are newer than Amazon's schema.

    None if the event is newer as a whole.
    """
    return None if _is_newer_event(message) else _without_newer(message)


def _without_newer(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _without_newer(part) for name, part in value.items()}
    if not isinstance(value, list):
        return value
    return [_without_newer(part) for part in value if not _is_newer(part)]


def _is_newer_event(message: object) -> bool:
    event = message.get("event") if isinstance(message, dict) else None
    header = event.get("header") if isinstance(event, dict) else None
    return isinstance(header, dict) and (str(header.get("namespace")), str(header.get("name"))) in _NEWER_EVENTS


def _is_newer(part: object) -> bool:
    names = [part.get("interface"), part.get("namespace")] if isinstance(part, dict) else []
    return any(isinstance(name, str) and name.startswith(_NEWER_INTERFACES) for name in names)


def _newer_parts(value: object) -> Iterator[tuple[str, object]]:
    """Capabilities and properties that are newer, with the names of their definitions in our schema."""
    if isinstance(value, dict):
        if _is_newer(value) and not isinstance(value.get("messageId"), str):
            yield "capability" if "interface" in value else "property", value
        for part in value.values():
            yield from _newer_parts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _newer_parts(part)


@functools.cache
def _part_validator(kind: str) -> jsonschema.Draft4Validator:
    whole = json.loads(OWN.read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator({"definitions": whole["definitions"], "$ref": f"#/definitions/{kind}"})


@functools.cache
def _validator(path: str) -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(json.loads(Path(path).read_text(encoding="utf-8")))
