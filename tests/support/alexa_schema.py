"""Amazon's own schema of what a skill may send, from where ALEXA_MESSAGE_SCHEMA points to."""

import functools
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

VARIABLE = "ALEXA_MESSAGE_SCHEMA"


@functools.cache
def _validator() -> jsonschema.Draft4Validator | None:
    path = os.environ.get(VARIABLE)
    if not path:
        if os.environ.get("CI"):
            pytest.fail(f"{VARIABLE} is not set, and in CI every reply is checked against Amazon's schema")
        return None
    return jsonschema.Draft4Validator(json.loads(Path(path).read_text(encoding="utf-8")))


def checked(reply: dict[str, Any]) -> dict[str, Any]:
    """The same reply, once Amazon's schema accepts it."""
    assert json.loads(json.dumps(reply)) == reply, "the reply is not plain JSON"
    validator = _validator()
    if validator is not None and not validator.is_valid(reply):
        about = reply.get("event", {}).get("header", {})
        pytest.fail(f"Amazon's schema refuses {about.get('namespace')}.{about.get('name')}: {json.dumps(reply)[:2000]}")
    return reply
