"""Amazon's schema of what a skill may send (draft-04), where ALEXA_MESSAGE_SCHEMA says that it lies.

Its licence lets it be used, not passed on, so it is no part of this project.
"""

import functools
import json
import os
from pathlib import Path

import jsonschema

VARIABLE = "ALEXA_MESSAGE_SCHEMA"


def is_at_hand() -> bool:
    """Whether there is a schema to check against."""
    return bool(os.environ.get(VARIABLE))


def accepts(event: object) -> bool:
    """Whether Amazon's schema accepts the event; without a schema everything is accepted."""
    return not is_at_hand() or _validator(os.environ[VARIABLE]).is_valid(event)


@functools.cache
def _validator(path: str) -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(json.loads(Path(path).read_text(encoding="utf-8")))
