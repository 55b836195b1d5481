"""Checks that every reply of the skill is one that Amazon's schema accepts."""

import json
import os
from typing import Any

import pytest

from simulator import alexa_schema


def checked(reply: dict[str, Any]) -> dict[str, Any]:
    """The same reply, once Amazon's schema accepts it."""
    assert json.loads(json.dumps(reply)) == reply, "the reply is not plain JSON"
    if os.environ.get("CI") and not alexa_schema.is_at_hand():
        pytest.fail(f"{alexa_schema.VARIABLE} is not set, and in CI every reply is checked against Amazon's schema")
    if not alexa_schema.accepts(reply):
        about = reply.get("event", {}).get("header", {})
        pytest.fail(f"Amazon's schema refuses {about.get('namespace')}.{about.get('name')}: {json.dumps(reply)[:2000]}")
    return reply
