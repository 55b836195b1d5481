"""Our schema of messages, and Amazon's, a thousand times as fast as the command's; a test compares the two."""

import functools
import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from simulator.alexa import message_schema
from tests.support.tools import leave_out_amazons


def checked(reply: dict[str, Any]) -> dict[str, Any]:
    """The same reply, once our schema accepts it, and Amazon's, if it is at hand."""
    assert json.loads(json.dumps(reply)) == reply, "the reply is not plain JSON"
    if not accepts(reply):
        about = reply.get("event", {}).get("header", {})
        pytest.fail(f"a schema refuses {about.get('namespace')}.{about.get('name')}: {json.dumps(reply)[:2000]}")
    return reply


def accepts(message: object) -> bool:
    """Whether Lambda's runtime can write the message, as UTF-8 and without NaN, and the schemas accept it."""
    try:
        written = json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    message = json.loads(written)
    if not own_accepts(message):
        return False
    known = message_schema.without_newer(message)
    return known is None or not message_schema.is_at_hand() or amazon_accepts(known)


def own_accepts(message: object) -> bool:
    """Whether our schema accepts the message."""
    return _validator(message_schema.OWN).is_valid(message)


def amazon_accepts(message: object) -> bool:
    """Whether Amazon's schema accepts all of the message."""
    return _validator(amazons()).is_valid(message)


def amazons() -> Path:
    """Amazon's schema. Leaves the test out without it."""
    if not message_schema.is_at_hand():
        leave_out_amazons(f"needs Amazon's schema: {message_schema.VARIABLE}")
    return Path(os.environ[message_schema.VARIABLE])


@functools.cache
def _validator(path: Path) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(path.read_text(encoding="utf-8"))
