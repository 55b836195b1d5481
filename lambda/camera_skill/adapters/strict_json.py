"""JSON objects that mean one thing only, whoever reads them."""

import json
from typing import Any


def json_object(content: bytes) -> dict[str, Any]:
    """The members of a JSON object in UTF-8 (RFC 8259), each named once, at any depth.

    Raises: ValueError for anything else, with nothing of the content in its message.
    """
    try:
        value = json.loads(content.decode(), object_pairs_hook=_unambiguous, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON object with members of its own names ({type(error).__name__})") from None
    if not isinstance(value, dict):
        raise ValueError("JSON, but not an object")  # noqa: TRY004 - of what came in, not of an argument
    return value


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _refused(_constant: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")
