"""Friendly names: in the one form that Alexa takes, and unique among the cameras of a user."""

import unicodedata
from collections.abc import Collection, Iterable

from camera_skill.alexa.discovery import MOST_ENDPOINTS, friendly_name_defect
from camera_skill.camera import CameraLink
from camera_skill.registry.refusals import Code, RefusedError

MOST_SHOWN = 40


def spaced(name: str) -> str:
    """The name with single spaces between its words, and letters in one form (Unicode's NFC)."""
    return unicodedata.normalize("NFC", " ".join(name.split()))


def short(name: str) -> str:
    """The name, cut where it would fill a sentence."""
    return name if len(name) <= MOST_SHOWN else f"{name[:MOST_SHOWN]}…"


def checked_friendly_name(name: str) -> str:
    """The name in the form that Alexa takes.

    Raises:
        RefusedError: says which rule the name breaks.
    """
    name = spaced(name)
    if defect := friendly_name_defect(name):
        raise RefusedError(Code.ALEXA_REFUSES, f"Alexa would refuse “{short(name)}”: the name {defect}.")
    return name


def check_name_is_free(links: Iterable[CameraLink], link: CameraLink) -> None:
    """Checks that none of the user's other cameras has this name.

    Raises:
        RefusedError: another camera has it.
    """
    spoken = link.friendly_name.casefold()
    for other in links:
        if other.endpoint_id != link.endpoint_id and other.friendly_name.casefold() == spoken:
            raise RefusedError(
                Code.NAME_TAKEN,
                f"This user already has a camera “{other.friendly_name}”, and Alexa could not tell the two apart. "
                "Choose another name, or rename or remove that camera.",
                other.endpoint_id,
            )


def check_has_room(links: Collection[CameraLink]) -> None:
    """Checks that a user with these cameras can have one more.

    Raises:
        RefusedError: Alexa takes no more.
    """
    if len(links) >= MOST_ENDPOINTS:
        raise RefusedError(
            Code.TOO_MANY_CAMERAS,
            f"This user has {len(links)} cameras, and Alexa takes at most {MOST_ENDPOINTS}. Remove one first.",
        )
