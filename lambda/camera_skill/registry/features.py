"""What a camera can do and what it is, as operators say it: the same names in the API, the command and in files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from camera_skill.alexa.discovery import MOST_ATTRIBUTE_CHARACTERS, MOST_CHARACTERS, text_defect
from camera_skill.camera import CAMERA_TYPES, Camera
from camera_skill.registry.refusals import Code, RefusedError

WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
LEAST_TTL_SECONDS, MOST_TTL_SECONDS = 5, 120
"""Of a channel's messages, as KVS takes it."""


@dataclass(frozen=True)
class Feature:
    """A field of Camera that operators set. `help`: what it means, as a sentence."""

    field: str
    help: str


FEATURES: Mapping[str, Feature] = {
    "two_way_audio": Feature("two_way_audio", "Talk through it: not at all, in turns, or as on the telephone."),
    "doorbell": Feature("is_doorbell", "It has a button that rings."),
    "motion": Feature("detects_motion", "It detects motion."),
    "person_detection": Feature("detects_persons", "It tells persons from other motion."),
    "package_detection": Feature("detects_packages", "It detects packages."),
    "power": Feature("power", "What it runs on."),
    "privacy_switch": Feature("has_privacy_switch", "Its owner can switch its picture off."),
    "manufacturer": Feature("manufacturer", "Who made it, as Alexa's app shows it."),
    "model": Feature("model", "Its model, as Alexa's app shows it."),
    "serial_number": Feature("serial_number", "Its serial number."),
    "firmware_version": Feature("firmware_version", "Its firmware."),
    "health": Feature("health", "What tells whether it is there: the offers it answered, or its AWS IoT connection."),
    "offer_style": Feature(
        "offer_style", "How it gets its offers: as the Echo wrote them, or with what they imply written out."
    ),
    "message_ttl": Feature(
        "message_ttl", "Seconds that its channel keeps an offer, 5 to 120; 0 for 10 on mains and 60 on battery power."
    ),
}
"""By the name that an option (with dashes) and a column (with underscores) have."""
_NEEDED = {"manufacturer", "model"}
_MOST_CHARACTERS = {
    **dict.fromkeys(_NEEDED, MOST_CHARACTERS),
    **dict.fromkeys(("serial_number", "firmware_version"), MOST_ATTRIBUTE_CHARACTERS),
}


def with_features(camera: Camera, values: Mapping[str, object]) -> Camera:
    """The camera with these features; the others stay as they are.

    `values` by the names of FEATURES: of their types, or texts as files have them (yes, no, half, battery).

    Raises:
        RefusedError: says which rule a value breaks.
    """
    changes: dict[str, Any] = {FEATURES[name].field: _checked(name, value) for name, value in values.items()}
    return replace(camera, **changes)


def features_of(camera: Camera) -> dict[str, object]:
    """What `with_features` takes, as a camera has it; plain values."""
    values = {name: getattr(camera, feature.field) for name, feature in FEATURES.items()}
    return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}


def changes_between(before: Camera, after: Camera) -> dict[str, tuple[object, object]]:
    """The features that differ, each as it was and as it is."""
    old, new = features_of(before), features_of(after)
    return {name: (old[name], new[name]) for name in FEATURES if old[name] != new[name]}


def spoken(name: str) -> str:
    """The feature, as sentences name it."""
    return name.replace("_", " ")


def _checked(name: str, value: object) -> object:
    """The value in its type. Raises: RefusedError."""
    kind = CAMERA_TYPES[FEATURES[name].field]
    if kind is str:
        return _text(name, value)
    if kind is int:
        return _seconds(name, value)
    if isinstance(value, kind):
        return value
    text = str(value).strip().casefold()
    known: Mapping[str, object] = WORDS if kind is bool else {one.value: one for one in kind}  # type: ignore[attr-defined]  # an Enum
    if text not in known:
        takes = "yes or no" if kind is bool else " or ".join(known)
        raise RefusedError(Code.INVALID_FEATURE, f"The {spoken(name)} is “{short_value(value)}”, and takes {takes}.")
    return known[text]


def _text(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RefusedError(Code.INVALID_FEATURE, f"The {spoken(name)} is “{short_value(value)}”, and takes a text.")
    text = " ".join(str(value).split())
    defect = text_defect(text, _MOST_CHARACTERS[name]) if text or name in _NEEDED else ""
    if defect:
        raise RefusedError(Code.ALEXA_REFUSES, f"The {spoken(name)} {defect}.")
    return text


def _seconds(name: str, value: object) -> int:
    text = str(value).strip()
    seconds = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1
    if seconds and not LEAST_TTL_SECONDS <= seconds <= MOST_TTL_SECONDS:
        raise RefusedError(
            Code.INVALID_FEATURE,
            f"The {spoken(name)} is “{short_value(value)}”, and takes {LEAST_TTL_SECONDS} to {MOST_TTL_SECONDS} "
            "seconds, or 0 to choose by the power.",
        )
    return seconds


def short_value(value: object) -> str:
    """A value that cannot be used, cut and printable."""
    return "".join(one if one.isprintable() else "�" for one in str(value)[:60])
