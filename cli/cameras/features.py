"""What a camera can do and what it is, as the operator says it: options of the command, and columns of a file."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, Any

import typer

from camera_skill.alexa.discovery import MOST_ATTRIBUTE_CHARACTERS, MOST_CHARACTERS, text_defect
from camera_skill.camera import CAMERA_TYPES, Camera
from cli.errors import CommandError
from cli.names import close_to

PANEL, SWITCHES_PANEL = "What the camera is", "What the camera has"
WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True)
class Feature:
    """A field of Camera that the operator sets. `help`: what it means, as a sentence."""

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
}
"""By the name that an option (with dashes) and a column (with underscores) have."""
_NEEDED = {"manufacturer", "model"}
_MOST_CHARACTERS = {
    **dict.fromkeys(_NEEDED, MOST_CHARACTERS),
    **dict.fromkeys(("serial_number", "firmware_version"), MOST_ATTRIBUTE_CHARACTERS),
}


def with_features(camera: Camera, values: Mapping[str, object]) -> Camera:
    """The camera with these features; what is None, or not among them, stays as it is.

    `values` by the names of FEATURES: of their types, or texts as files have them (yes, no, half, battery).

    Raises:
        CommandError: says which rule a value breaks.
    """
    given = {name: value for name, value in values.items() if value is not None}
    for name in given.keys() - FEATURES.keys():
        hint = close_to(name, FEATURES) or f"There are {', '.join(FEATURES)}."
        raise CommandError(f"A camera has no {name}. {hint}")
    changes: dict[str, Any] = {FEATURES[name].field: _checked(name, value) for name, value in given.items()}
    return replace(camera, **changes)


def features_of(camera: Camera) -> dict[str, object]:
    """What `with_features` takes, as a camera has it; plain values."""
    values = {name: getattr(camera, feature.field) for name, feature in FEATURES.items()}
    return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}


def changes_between(before: Camera, after: Camera) -> dict[str, tuple[object, object]]:
    """The features that differ, each as it was and as it is."""
    old, new = features_of(before), features_of(after)
    return {name: (old[name], new[name]) for name in FEATURES if old[name] != new[name]}


def taking_features(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose second argument, the features that were given, is asked for by an option for each."""

    def run(choice: object, **options: object) -> None:
        features = {name: value for name in FEATURES if (value := options.pop(name)) is not None}
        command(choice, features, **options)

    choice, _, *own = inspect.signature(command, eval_str=True).parameters.values()
    asked = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(name))
        for name in FEATURES
    ]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature([choice, *own, *asked])  # type: ignore[attr-defined]  # what typer reads
    return run


def _option(name: str) -> object:
    """Switches have a panel of their own: beside other options they would leave no room for their names."""
    feature, option = FEATURES[name], f"--{name.replace('_', '-')}"
    kind = CAMERA_TYPES[feature.field]
    if kind is not bool:
        return Annotated[kind | None, typer.Option(option, help=feature.help, rich_help_panel=PANEL)]
    switch = f"{option}/--no-{option.removeprefix('--')}"
    return Annotated[bool | None, typer.Option(switch, help=feature.help, metavar="", rich_help_panel=SWITCHES_PANEL)]


def _checked(name: str, value: object) -> object:
    """The value in its type. Raises: CommandError."""
    kind = CAMERA_TYPES[FEATURES[name].field]
    if kind is str:
        return _text(name, value)
    if isinstance(value, kind):
        return value
    text = str(value).strip().casefold()
    known: Mapping[str, object] = WORDS if kind is bool else {one.value: one for one in kind}  # type: ignore[attr-defined]  # an Enum
    if text not in known:
        takes = "yes or no" if kind is bool else " or ".join(known)
        raise CommandError(f"The {spoken(name)} is “{value}”, and takes {takes}.")
    return known[text]


def _text(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise CommandError(f"The {spoken(name)} is “{value}”, and takes a text.")
    text = " ".join(str(value).split())
    defect = text_defect(text, _MOST_CHARACTERS[name]) if text or name in _NEEDED else ""
    if defect:
        raise CommandError(f"The {spoken(name)} {defect}.")
    return text


def spoken(name: str) -> str:
    """The feature, as sentences name it."""
    return name.replace("_", " ")


def in_words(value: object) -> str:
    """The value of a feature, as sentences and tables name it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "not set"
