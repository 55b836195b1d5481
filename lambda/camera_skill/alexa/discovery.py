"""Alexa.Discovery: endpoints, what they can do, and the rules of what Alexa takes for one.

Source: developer.amazon.com/en-US/docs/alexa/device-apis/alexa-discovery-objects.html
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from camera_skill.alexa import capability
from camera_skill.alexa.directive import Directive, Json
from camera_skill.alexa.proactive_event import about_endpoints

NAMESPACE = "Alexa.Discovery"
DISCOVER = (NAMESPACE, "Discover")
ADD_OR_UPDATE_REPORT = "AddOrUpdateReport"
DELETE_REPORT = "DeleteReport"
REPORTS = frozenset({ADD_OR_UPDATE_REPORT, DELETE_REPORT})
"""The messages that tell of which cameras a customer has."""
MOST_CHARACTERS = 128
"""Of a friendly name, a manufacturer, a model, a description."""
MOST_ATTRIBUTE_CHARACTERS = 256
"""Of an additional attribute."""
MOST_ENDPOINTS = 300
"""How many endpoints Alexa takes per customer."""
MOST_AT_ONCE = 300
"""Endpoints in a report."""
MOST_BYTES = 240_000
"""Of a report's endpoints as JSON. Alexa takes 256 KB with all that is around them: the token has some 2 KB at most."""

_ENDPOINT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
"""Less than Alexa takes: it is the signaling channel's name as well (`camera_skill.camera.ENDPOINT_ID`)."""


@dataclass(frozen=True)
class Endpoint:
    """A camera as Alexa's app shows it. `capabilities` as the interface modules make them; empty texts are not told."""

    endpoint_id: str
    friendly_name: str
    manufacturer: str
    model: str
    capabilities: tuple[Json, ...]
    serial_number: str = ""
    firmware_version: str = ""
    is_doorbell: bool = False

    def defect(self) -> str:
        """Which rule of Alexa's it breaks, as a clause without a full stop: “the name has ! in it, and …”; else ""."""
        return next(self._defects(), "")

    def _defects(self) -> Iterator[str]:
        if not _ENDPOINT_ID.fullmatch(self.endpoint_id):
            yield f"the endpoint id is not 1 to {MOST_CHARACTERS} of the letters A to Z, digits, - and _"
        texts = {
            "name": friendly_name_defect(self.friendly_name),
            "manufacturer": text_defect(self.manufacturer),
            "model": text_defect(self.model),
            "serial number": self.serial_number and text_defect(self.serial_number, MOST_ATTRIBUTE_CHARACTERS),
            "firmware version": self.firmware_version and text_defect(self.firmware_version, MOST_ATTRIBUTE_CHARACTERS),
        }
        yield from (f"the {what} {defect}" for what, defect in texts.items() if defect)

    @property
    def display_categories(self) -> list[str]:
        """What it is. Alexa takes the first, and shows a picture only for a camera."""
        return ["CAMERA", "DOORBELL"] if self.is_doorbell else ["CAMERA"]

    @property
    def interfaces(self) -> list[str]:
        """What it has, each with its version."""
        return [f"{one['interface']} {one['version']}" for one in self._all_capabilities]

    @property
    def _all_capabilities(self) -> list[Json]:
        return [capability.of_interface("Alexa"), *self.capabilities]

    def to_json(self) -> Json:
        """The endpoint object of Discover.Response; manufacturer and model are needed for certification."""
        attributes = {
            "manufacturer": self.manufacturer,
            "model": self.model,
            "serialNumber": self.serial_number,
            "firmwareVersion": self.firmware_version,
        }
        return {
            "endpointId": self.endpoint_id,
            "friendlyName": self.friendly_name,
            "manufacturerName": self.manufacturer,
            "description": f"{self.model} by {self.manufacturer}"[:MOST_CHARACTERS],
            "displayCategories": self.display_categories,
            "additionalAttributes": {name: text for name, text in attributes.items() if text},
            "capabilities": self._all_capabilities,
        }


def friendly_name_defect(name: str) -> str:
    """Which of Alexa's rules for friendly names it breaks, as the end of a sentence that begins with it; else ""."""
    return next(_friendly_name_defects(name), "")


def _friendly_name_defects(name: str) -> Iterator[str]:
    if not name:
        yield "is empty, and the customer must say something"
    if len(name) > MOST_CHARACTERS:
        yield f"has {len(name)} characters, and Alexa takes at most {MOST_CHARACTERS}"
    if wrong := sorted({character for character in name if not _is_spoken(character)}):
        yield f"has {' '.join(map(_shown, wrong))} in it, and Alexa takes letters, digits and spaces only"
    words = name.split(" ")
    if "" in words:
        yield "has a space at its beginning, at its end or after another, and Alexa takes single ones between words"
    if any(unicodedata.category(word[0]).startswith("M") for word in words):
        yield "has a word that begins with a combining mark, which no letter carries"
    if not unicodedata.is_normalized("NFC", name):
        yield "is not in Unicode's form NFC, and would look like another name that is"


def text_defect(text: str, most: int = MOST_CHARACTERS) -> str:
    """What keeps Alexa from taking a manufacturer, a model …, as the end of a sentence that begins with it; else ""."""
    if not text.strip():
        return "is empty"
    if len(text) > most:
        return f"has {len(text)} characters, and Alexa takes at most {most}"
    wrong = sorted({character for character in text if unicodedata.category(character) in {"Cc", "Cs"}})
    if wrong:
        return f"has {' '.join(map(_shown, wrong))} in it, and Alexa takes no control characters"
    return ""


def _is_spoken(character: str) -> bool:
    """Whether it is a letter, a mark that letters of Hindi, Thai or Arabic carry, a digit, or a space."""
    category = unicodedata.category(character)
    return character == " " or category[0] == "L" or category in {"Mn", "Mc", "Nd"}


def _shown(character: str) -> str:
    is_visible = character.isprintable() and not unicodedata.category(character).startswith("M")
    return character if is_visible else f"U+{ord(character):04X}"


def discover_response(directive: Directive, endpoints: Iterable[Endpoint]) -> Json:
    """The Discover.Response with these endpoints; with none of them, also what is said when discovery failed."""
    reply = directive.reply("Discover.Response", {"endpoints": [endpoint.to_json() for endpoint in endpoints]})
    reply["event"].pop("endpoint", None)  # Discover is about the customer, not about an endpoint
    return reply


def add_or_update_report(message_id: str, endpoints: Iterable[Endpoint]) -> Json:
    """The AddOrUpdateReport of these endpoints, each as Discover.Response would have it."""
    return about_endpoints(NAMESPACE, ADD_OR_UPDATE_REPORT, message_id, (one.to_json() for one in endpoints))


def delete_report(message_id: str, endpoint_ids: Iterable[str]) -> Json:
    """The DeleteReport of these endpoints."""
    return about_endpoints(NAMESPACE, DELETE_REPORT, message_id, ({"endpointId": one} for one in endpoint_ids))


def batches(endpoints: Iterable[Endpoint]) -> Iterator[Sequence[Endpoint]]:
    """The endpoints in the same order, as many together as Alexa takes in one report."""
    batch: list[Endpoint] = []
    used = 0
    for endpoint in endpoints:
        size = len(json.dumps(endpoint.to_json(), separators=(",", ":"))) + 1
        if batch and (len(batch) == MOST_AT_ONCE or used + size > MOST_BYTES):
            yield batch
            batch, used = [], 0
        batch.append(endpoint)
        used += size
    if batch:
        yield batch
