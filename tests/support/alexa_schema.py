"""Checks that every reply of the skill is one that Amazon's schema accepts, and ours what is newer than that."""

import json
import os
from typing import Any

import pytest

from simulator.alexa import message_schema
from tests.support import quick_schema


def checked(reply: dict[str, Any]) -> dict[str, Any]:
    """The same reply, once the schemas accept it."""
    assert json.loads(json.dumps(reply)) == reply, "the reply is not plain JSON"
    if os.environ.get("CI") and not message_schema.is_at_hand():
        pytest.fail(f"{message_schema.VARIABLE} is not set, and in CI every reply is checked against Amazon's schema")
    if message_schema.is_at_hand() and not quick_schema.accepts(reply):
        about = reply.get("event", {}).get("header", {})
        pytest.fail(f"Amazon's schema refuses {about.get('namespace')}.{about.get('name')}: {json.dumps(reply)[:2000]}")
    return reply
