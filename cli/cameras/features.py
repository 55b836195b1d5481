"""Features of cameras as options of the command."""

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from camera_skill.camera import CAMERA_TYPES
from camera_skill.registry.features import FEATURES, spoken
from cli.terminal_text import printable

__all__ = ["in_words", "spoken", "taking_features"]

PANEL, SWITCHES_PANEL = "What the camera is", "What the camera has"


def taking_features(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose second argument, the features that were given, is asked for by an option for each."""

    def run(choice: object, **options: object) -> None:
        given = {name: options.pop(name) for name in FEATURES}
        features = {name: getattr(value, "value", value) for name, value in given.items() if value is not None}
        command(choice, features, **options)

    choice, _, *own = inspect.signature(command, eval_str=True).parameters.values()
    asked = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(name))
        for name in FEATURES
    ]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature([choice, *own, *asked])  # type: ignore[attr-defined]  # what typer reads
    return run


def in_words(value: object) -> str:
    """The value of a feature, as sentences and tables name it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(str(value), lines=False) or "not set"


def _option(name: str) -> object:
    """Switches have a panel of their own: beside other options they would leave no room for their names."""
    feature, option = FEATURES[name], f"--{name.replace('_', '-')}"
    kind = CAMERA_TYPES[feature.field]
    if kind is not bool:
        return Annotated[kind | None, typer.Option(option, help=feature.help, rich_help_panel=PANEL)]
    switch = f"{option}/--no-{option.removeprefix('--')}"
    return Annotated[bool | None, typer.Option(switch, help=feature.help, metavar="", rich_help_panel=SWITCHES_PANEL)]
