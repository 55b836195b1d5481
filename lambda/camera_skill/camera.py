"""A camera: an Alexa endpoint and the KVS signaling channel behind it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from camera_skill.budget import Budget

if TYPE_CHECKING:
    from camera_skill.state import KnownState

ENDPOINT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
"""A camera's endpoint in Alexa. New ones are random (`camera_skill.registry.identity`); old ones were made of names."""
THING_NAME = re.compile(r"[A-Za-z0-9:_-]{1,128}", re.ASCII)
"""A camera's thing in AWS IoT. Source: docs.aws.amazon.com/iot/latest/apireference, API_CreateThing."""
CHANNEL_ARN = re.compile(
    r"arn:[a-z0-9-]+:kinesisvideo:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12})"
    r":channel/(?P<name>[A-Za-z0-9_.-]{1,256})/(?P<created>[0-9]+)",
    re.ASCII,
)
"""A camera's signaling channel. `created`: milliseconds since 1970, so a channel made anew has another ARN."""
MAINS_TTL_SECONDS, BATTERY_TTL_SECONDS = 10, 60
"""Message TTL of a channel that the stack creates. An offer that Alexa gave up must not reach a camera on mains power
a minute later. A camera on battery power needs the time to wake up."""


def channel_name(arn: str) -> str:
    """The name in the ARN of a signaling channel; empty if it is none."""
    found = CHANNEL_ARN.fullmatch(arn)
    return found["name"] if found else ""


class OfferStyle(StrEnum):
    """How a camera wants its offers: as the Echo wrote them, or with written out what the Echo implies."""

    VERBATIM = "verbatim"
    EXPLICIT = "explicit"


class TwoWayAudio(StrEnum):
    """Whether the customer can talk through the camera: not at all, in turns, or as on the telephone."""

    NONE = "none"
    HALF_DUPLEX = "half"
    FULL_DUPLEX = "full"


class Power(StrEnum):
    """What a camera runs on."""

    MAINS = "mains"
    BATTERY = "battery"


class HealthSource(StrEnum):
    """Where the truth about a camera's connection is: in the offers that it answered, or in its presence at AWS IoT."""

    SESSIONS = "sessions"
    MQTT = "mqtt"


@dataclass(frozen=True)
class Camera:
    """A camera as registered, the same for every owner.

    `signaling_endpoint`: the channel's HTTPS endpoint for role VIEWER, fetched when the camera was added.
    `added_at`: when that was, in seconds since 1970; 0 if not known. `thing_name`: empty for cameras from before
    cameras had one; `thing` is right for all. `external_id`: the caller's own name for the camera, empty if it has
    none. `message_ttl`: seconds, 0 to choose by `power`. `damage`: which of the rest cannot be read, so that the
    default stands for it; not stored.
    """

    endpoint_id: str
    channel_arn: str
    region: str
    signaling_endpoint: str
    added_at: float = 0.0
    thing_name: str = ""
    external_id: str = ""
    manufacturer: str = "Camera Skill"
    model: str = "Camera"
    serial_number: str = ""
    firmware_version: str = ""
    two_way_audio: TwoWayAudio = TwoWayAudio.NONE
    is_doorbell: bool = False
    detects_motion: bool = False
    detects_persons: bool = False
    detects_packages: bool = False
    has_privacy_switch: bool = False
    power: Power = Power.MAINS
    health: HealthSource = HealthSource.SESSIONS
    offer_style: OfferStyle = OfferStyle.VERBATIM
    message_ttl: int = 0
    damage: str = ""

    @property
    def thing(self) -> str:
        """Its thing in AWS IoT, which is also its MQTT client id."""
        return self.thing_name or self.endpoint_id

    @property
    def has_own_thing(self) -> bool:
        """Whether the thing was created for this camera, so that no other camera ever used it."""
        return self.thing.endswith(self.endpoint_id)

    @property
    def channel_name(self) -> str:
        """The name of its signaling channel, empty if the ARN cannot be read."""
        return channel_name(self.channel_arn)

    @property
    def message_ttl_seconds(self) -> int:
        """How long its channel keeps an offer for the camera, if the stack created the channel."""
        return self.message_ttl or (BATTERY_TTL_SECONDS if self.power is Power.BATTERY else MAINS_TTL_SECONDS)


CAMERA_TYPES: Mapping[str, type] = {each.name: each.type for each in fields(Camera)}  # type: ignore[misc]  # no text
"""The types of a camera's fields by their names."""


@dataclass(frozen=True)
class CameraLink:
    """That a camera is a user's, and what this user calls it.

    `since`: when it became the user's, in seconds since 1970, where that was read; 0 if nobody knows.
    """

    user_id: str
    endpoint_id: str
    friendly_name: str
    since: float = field(default=0.0, compare=False)

    @property
    def order(self) -> tuple[str, str]:
        """What a user's cameras are sorted by: their names, whatever their case."""
        return self.friendly_name.casefold(), self.endpoint_id


@dataclass(frozen=True)
class OwnedCameras:
    """A user's cameras, sorted by name. `left_out` says of which there is nothing, and why; `beyond`: how many more."""

    cameras: tuple[tuple[CameraLink, Camera], ...]
    left_out: tuple[str, ...] = ()
    beyond: int = 0


class Cameras(Protocol):
    """Where cameras and their owners are kept."""

    def owned(self, user_id: str, endpoint_id: str, budget: Budget) -> Camera:
        """The user's camera of that name.

        Raises: CameraNotFoundError if there is none or it is another user's; RegistryError.
        """

    def owned_as_known(self, user_id: str, endpoint_id: str, budget: Budget) -> "tuple[Camera, KnownState]":
        """The same, with what the camera said of itself, as far as that is at hand.

        Raises: CameraNotFoundError if there is none or it is another user's; RegistryError.
        """

    def of_user(
        self, user_id: str, most: int, defect: Callable[[CameraLink, Camera], str], budget: Budget
    ) -> OwnedCameras:
        """The user's cameras, the first by name, at most so many.

        Left out are those that cannot be read, and those that have a `defect`. Raises: RegistryError.
        """
