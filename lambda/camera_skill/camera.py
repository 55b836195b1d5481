"""A camera: an Alexa endpoint and the KVS signaling channel behind it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from camera_skill.budget import Budget

ENDPOINT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
"""What names a camera everywhere: its endpoint in Alexa, its signaling channel, its IoT thing."""


class OfferStyle(StrEnum):
    """How a camera wants its offers: as the Echo wrote them, or with written out what the Echo implies."""

    VERBATIM = "verbatim"
    EXPLICIT = "explicit"


@dataclass(frozen=True)
class Camera:
    """A camera as registered, the same for every owner.

    `signaling_endpoint`: the channel's HTTPS endpoint for role VIEWER, fetched when the camera was added.
    `full_duplex`: the camera plays what the customer says while it sends its own sound.
    """

    endpoint_id: str
    channel_arn: str
    region: str
    signaling_endpoint: str
    manufacturer: str = "Camera Skill"
    model: str = "Camera"
    full_duplex: bool = True
    offer_style: OfferStyle = OfferStyle.VERBATIM


@dataclass(frozen=True)
class CameraLink:
    """That a camera is a user's, and what this user calls it."""

    user_id: str
    endpoint_id: str
    friendly_name: str


@dataclass(frozen=True)
class OwnedCameras:
    """A user's cameras, sorted by name. `left_out` says which could not be read, and why."""

    cameras: tuple[tuple[CameraLink, Camera], ...]
    left_out: tuple[str, ...] = ()


class Cameras(Protocol):
    """Where cameras and their owners are kept."""

    def owned(self, user_id: str, endpoint_id: str, budget: Budget) -> Camera:
        """The user's camera of that name.

        Raises: CameraNotFoundError if there is none or it is another user's; RegistryError.
        """

    def of_user(self, user_id: str, budget: Budget) -> OwnedCameras:
        """All cameras of a user. Raises: RegistryError."""
