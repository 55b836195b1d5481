"""The registry API: its reference is what its schemas say, and its schemas say what the code takes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from camera_skill.camera import Camera
from camera_skill.registry import schema
from camera_skill.registry.features import FEATURES, features_of, with_features
from tests.support.project import ROOT

REFERENCE = ROOT / "docs" / "reference" / "registry-api.md"
FEATURE_SCHEMAS: dict[str, Any] = schema.definitions()["features"]["properties"]
CAMERA = Camera("endpoint-1", "arn", "us-east-1", "https://signaling.example")


def test_reference_is_what_make_reference_writes() -> None:
    written = subprocess.run(
        [sys.executable, ROOT / ".ci" / "registry_reference.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "lambda")},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    assert REFERENCE.read_text(encoding="utf-8") == written


def members(one: Any, path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - a JSON schema
    for name, member in one.get("properties", {}).items():
        yield f"{path}.{name}", member
        yield from members(member, f"{path}.{name}")
    if "items" in one:
        yield from members(one["items"], f"{path}[]")


@pytest.mark.parametrize("name", schema.OPERATIONS)
def test_every_member_of_an_operation_says_what_it_is(name: str) -> None:
    operation = schema.operation(name)
    found = [*members(operation["request"], "request"), *members(operation["response"], "response")]
    silent = [path for path, one in found if not {"$ref", "const", "description"} & one.keys()]
    assert silent in ([], ["response.changes.before", "response.changes.after"])


def test_features_of_the_schema_are_those_of_cameras_with_their_defaults() -> None:
    assert FEATURE_SCHEMAS.keys() == FEATURES.keys()
    assert {name: one["default"] for name, one in FEATURE_SCHEMAS.items()} == features_of(CAMERA)


@pytest.mark.parametrize("name", [name for name, one in FEATURE_SCHEMAS.items() if "enum" in one])
def test_values_of_the_schema_are_all_that_a_feature_takes(name: str) -> None:
    kind = type(getattr(CAMERA, FEATURES[name].field))
    assert FEATURE_SCHEMAS[name]["enum"] == [one.value for one in kind]
    for value in FEATURE_SCHEMAS[name]["enum"]:
        assert features_of(with_features(CAMERA, {name: value}))[name] == value
