"""What happens at a camera, as it reaches the camera_events function."""

from dataclasses import dataclass
from enum import StrEnum

from camera_skill.state import Sleep


class Kind(StrEnum):
    """The kinds of events: those that cameras publish, by the last part of their topics, and the broker's two."""

    DOORBELL = "doorbell"
    MOTION = "motion"
    DETECTION = "detection"
    STATUS = "status"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


class ObjectClass(StrEnum):
    """The kinds of objects that a camera may tell of."""

    PERSON = "person"
    PACKAGE = "package"


@dataclass(frozen=True)
class Press:
    """Somebody pressed the button."""


@dataclass(frozen=True)
class Motion:
    """Something began to move, or nothing moves any more."""

    is_detected: bool


@dataclass(frozen=True)
class Detection:
    """A person or a package was seen. `object_id`: the camera's own name for what it saw, if it has one."""

    object_class: ObjectClass
    object_id: str = ""


@dataclass(frozen=True)
class Status:
    """What a camera says of itself; None of what it left out. `charge`: of the battery, in per cent."""

    charge: float | None = None
    is_low_on_power: bool | None = None
    sleep: Sleep | None = None
    is_private: bool | None = None
    firmware: str | None = None


@dataclass(frozen=True)
class Presence:
    """A camera's connection to the broker began, or ended.

    `session` names the connection; `number` grows from one to the next, until after an hour without any it begins anew.
    """

    session: str
    is_connected: bool
    number: int = 0


Happening = Press | Motion | Detection | Status | Presence


@dataclass(frozen=True)
class CameraEvent:
    """What happened at a camera.

    `thing`: the camera's, by its topic. `endpoint_id`: of the camera that has this thing, empty until it was looked up.
    `id`: the camera's, the same when it publishes the same event again. `kind`: the last part of the topic, or what
    the broker calls it. `at`: when it reached the broker, in seconds since 1970: cameras' clocks are wrong.
    `redriven`: how often an operator had it handled again.
    """

    thing: str
    id: str
    kind: str
    at: float
    happening: Happening
    redriven: int = 0
    endpoint_id: str = ""

    @property
    def name(self) -> str:
        """Names the event among all. With the kind, since a camera may number each kind by itself.

        By the camera and not by the thing: whoever has the thing next may give an id again.
        """
        return f"{self.endpoint_id or self.thing}/{self.kind}/{self.id}"


@dataclass(frozen=True)
class InvalidEvent:
    """What a camera published that is no event: when and where, as the broker says, and the reason, a clause."""

    thing: str
    kind: str
    at: float
    reason: str
