"""Alexa.ChangeReport: a property that changed, and why.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-response.html, section ChangeReport
"""

from collections.abc import Iterable
from enum import StrEnum

from camera_skill.alexa.directive import Json
from camera_skill.alexa.proactive_event import about_endpoint


class Cause(StrEnum):
    """Why a property changed: something happened at the endpoint itself, or a check found it changed."""

    PHYSICAL_INTERACTION = "PHYSICAL_INTERACTION"
    PERIODIC_POLL = "PERIODIC_POLL"


def change_report(endpoint_id: str, message_id: str, cause: Cause, changed: Json, properties: Iterable[Json]) -> Json:
    """The ChangeReport of one property; of all the endpoint's `properties` the others are its context, each once."""
    others = [each for each in properties if _name(each) != _name(changed)]
    payload = {"change": {"cause": {"type": str(cause)}, "properties": [changed]}}
    return about_endpoint("Alexa", "ChangeReport", endpoint_id, message_id, payload, context=others)


def _name(state: Json) -> tuple[str, str]:
    return state["namespace"], state["name"]
