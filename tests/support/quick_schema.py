"""Amazon's schema a thousand times as fast, for campaigns; its verdicts are compared with jsonschema's."""

import functools
import json
import os
from pathlib import Path

import jsonschema_rs
import pytest

from simulator.alexa import message_schema


def accepts(message: object) -> bool:
    """Whether Lambda's runtime can write the message, as UTF-8 and without NaN, and the schemas accept it.

    Amazon's, and for what is newer than that the project's own. Skips the test without the first, but never in CI.
    """
    try:
        written = json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    known, newer = message_schema.split(json.loads(written))
    return amazon_accepts(known) and all(_validator(str(message_schema.NEWER)).is_valid(part) for part in newer)


def amazon_accepts(message: object) -> bool:
    """Whether Amazon's schema accepts all of the message."""
    if not message_schema.is_at_hand():
        if os.environ.get("CI"):
            pytest.fail(f"{message_schema.VARIABLE} is not set")
        pytest.skip(f"needs Amazon's schema: {message_schema.VARIABLE}")
    return _validator(os.environ[message_schema.VARIABLE]).is_valid(message)


@functools.cache
def _validator(path: str) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(Path(path).read_text(encoding="utf-8"))
