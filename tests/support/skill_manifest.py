"""Holds a skill's manifest against Amazon's own model of it, the package ask-smapi-model.

The package has the classes and their fields' names and types, but leaves reading them to an SDK that passes over
what it does not know. This reader passes over nothing. Which fields are required, the model does not say.
"""

import importlib
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

ENVELOPE = "ask_smapi_model.v1.skill.manifest.skill_manifest_envelope.SkillManifestEnvelope"

_CONTAINER = re.compile(r"(list\[(?P<item>.+)\]|dict\(str, (?P<value>.+)\))")
_SIMPLE: dict[str, type] = {"str": str, "bool": bool, "int": int, "float": float}


def findings(value: Any, type_name: str = ENVELOPE, where: str = "skill.json") -> Iterator[str]:  # noqa: ANN401  # JSON
    """What of a parsed manifest is unknown to Amazon's model or of another type than there, one sentence each."""
    if simple := _SIMPLE.get(type_name):
        if type(value) is not simple:
            yield f"{where} is {value!r}, not a {type_name}"
    elif container := _CONTAINER.fullmatch(type_name):
        yield from _in_container(value, container, where)
    else:
        yield from _in_model(value, _load(type_name), where)


def _in_container(value: Any, container: re.Match[str], where: str) -> Iterator[str]:  # noqa: ANN401  # JSON
    if item := container["item"]:
        if not isinstance(value, list):
            yield f"{where} is {value!r}, not a list"
            return
        children: list[tuple[object, Any]] = list(enumerate(value))
    else:
        if not isinstance(value, dict):
            yield f"{where} is {value!r}, not a dict"
            return
        children = list(value.items())
    for key, one in children:
        yield from findings(one, item or container["value"], f"{where}.{key}")


def _in_model(value: Any, model: Any, where: str) -> Iterator[str]:  # noqa: ANN401  # JSON, and a generated class
    if issubclass(model, Enum):
        if value not in {member.value for member in model}:
            yield f"{where} is {value!r}, which is no {model.__name__}"
        return
    if not isinstance(value, dict):
        yield f"{where} is {value!r}, not a {model.__name__}"
        return
    if hasattr(model, "get_real_child_model"):
        discriminator = value.get(model.json_discriminator_key)
        real = model.discriminator_value_class_map.get(discriminator)
        if real is None:
            yield f"{where} is a {model.__name__} of unknown kind {discriminator!r}"
            return
        model = _load(real)
    fields = {key: model.deserialized_types[name] for name, key in model.attribute_map.items()}
    for key, one in value.items():
        if key in fields:
            yield from findings(one, fields[key], f"{where}.{key}")
        else:
            yield f"{where} has {key}, which a {model.__name__} does not"


def _load(type_name: str) -> Any:  # noqa: ANN401  # a generated class
    module, name = type_name.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)
