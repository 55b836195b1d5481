"""The JSON schemas of the registry API, one file for each operation (draft-07)."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import fastjsonschema

from camera_skill.account import is_user_id

FOLDER: Final = Path(__file__).parent / "schemas"
OPERATIONS: Final = tuple(sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "definitions"))

READS: Final = frozenset({"GetCamera", "ListCameras", "ListUsers"})
"""Those that change nothing."""

Json = Mapping[str, Any]
_USER_ID = "user_id has 1 to 256 printable characters, of at most 1,000 bytes"


def defect_of(name: str, request: Json) -> str:
    """What is wrong with a request for this operation, as a clause; empty if nothing is. Rows are checked apart."""
    return _defect(_validator(name), request)


def row_defect(name: str, row: Json) -> str:
    """What is wrong with a row of a batch for this operation."""
    return _defect(_row_validator(name), row)


@cache
def definitions() -> Json:
    """What the schemas share."""
    return _read("definitions")


@cache
def operation(name: str) -> Json:
    """`title`, `description`, `request`, `response`, `errors` and an `example` of an operation."""
    return _read(name)


def with_definitions(schema: Json) -> dict[str, Any]:
    """A schema that stands alone."""
    return {"definitions": definitions(), **schema}


@cache
def _validator(name: str) -> Callable[[Json], object]:
    """Takes any objects for rows: a bad one must not spoil the others."""
    request = operation(name)["request"]
    properties = dict(request["properties"])
    if "rows" in properties:
        properties["rows"] = {**properties["rows"], "items": {"type": "object"}}
    return _compiled({**request, "properties": properties})


@cache
def _row_validator(name: str) -> Callable[[Json], object]:
    return _compiled(operation(name)["request"]["properties"]["rows"]["items"])


def _compiled(one: Json) -> Callable[[Json], object]:
    # Defaults are for the documentation: what is left out stays as it is.
    validator: Callable[[Json], object] = fastjsonschema.compile(with_definitions(one), use_default=False)
    return validator


def _defect(validator: Callable[[Json], object], value: Json) -> str:
    try:
        validator(value)
    except fastjsonschema.JsonSchemaValueException as error:
        return str(error.message).removeprefix("data.")
    if not _is_unicode({name: part for name, part in value.items() if name != "rows"}):
        return "a text has half of a surrogate pair in it, which is no character"
    user_id = value.get("user_id")
    return _USER_ID if isinstance(user_id, str) and not is_user_id(user_id) else ""


def _is_unicode(value: Json) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content
