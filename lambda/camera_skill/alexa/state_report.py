"""Alexa.ReportState, and the StateReport that answers it.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-interface.html
"""

from collections.abc import Iterable

from camera_skill.alexa.directive import Directive, Json

NAMESPACE = "Alexa"
REPORT_STATE = (NAMESPACE, "ReportState")


def state_report(directive: Directive, properties: Iterable[Json]) -> Json:
    """The StateReport with these property objects, as the interface modules make them."""
    return {"context": {"properties": [*properties]}, **directive.reply("StateReport", {})}
