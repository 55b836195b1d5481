"""Alexa.EndpointHealth, version 3: whether a camera can be reached.

Not 3.1, which adds reasons: no list of them is public.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-endpointhealth.html
"""

from collections.abc import Mapping
from typing import Any

from camera_skill.alexa import capability as capabilities
from camera_skill.alexa.directive import Json

NAMESPACE = "Alexa.EndpointHealth"
_PROPERTY = "connectivity"


def capability() -> Json:
    """What Discover says of a camera whose health is known: of every one."""
    return capabilities.with_property(NAMESPACE, _PROPERTY)


def connectivity(*, is_reachable: bool, at: float, within: float = 0.0) -> Json:
    """The property, `at` so many seconds since 1970, known to `within` so many seconds."""
    return capabilities.state(NAMESPACE, _PROPERTY, {"value": "OK" if is_reachable else "UNREACHABLE"}, at, within)


def is_changed_in(message: Mapping[str, Any]) -> bool:
    """Whether a message is the report that the property changed."""
    changed = message["event"]["payload"].get("change", {}).get("properties", [])
    return any(each["namespace"] == NAMESPACE for each in changed)
