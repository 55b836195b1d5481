"""Alexa.Discovery: endpoints and what they can do.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-discovery-objects.html
"""

from collections.abc import Iterable
from dataclasses import dataclass

from camera_skill.alexa.directive import Directive, Json

NAMESPACE = "Alexa.Discovery"
DISCOVER = (NAMESPACE, "Discover")
MOST_CHARACTERS = 128
"""Of a name or a description."""


@dataclass(frozen=True)
class Endpoint:
    """A camera as Alexa's app shows it. `capabilities` as the interface modules make them."""

    endpoint_id: str
    friendly_name: str
    manufacturer: str
    model: str
    capabilities: tuple[Json, ...]

    def to_json(self) -> Json:
        """The endpoint object of Discover.Response; manufacturer and model are needed for certification."""
        return {
            "endpointId": self.endpoint_id,
            "friendlyName": self.friendly_name,
            "manufacturerName": self.manufacturer,
            "description": f"{self.model} by {self.manufacturer}"[:MOST_CHARACTERS],
            "displayCategories": ["CAMERA"],
            "additionalAttributes": {"manufacturer": self.manufacturer, "model": self.model},
            "capabilities": [
                {"type": "AlexaInterface", "interface": "Alexa", "version": "3"},
                *self.capabilities,
            ],
        }


def discover_response(directive: Directive, endpoints: Iterable[Endpoint]) -> Json:
    """The Discover.Response with these endpoints; with none of them, also what is said when discovery failed."""
    reply = directive.reply("Discover.Response", {"endpoints": [endpoint.to_json() for endpoint in endpoints]})
    reply["event"].pop("endpoint", None)  # Discover is about the customer, not about an endpoint
    return reply
