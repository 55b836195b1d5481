"""An event of a camera, published as the camera would: by the simulated one, or in the name of a real one."""

import json
import shlex
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.cameras.finding import find_camera, names_of
from cli.errors import CommandError
from cli.local_world.control_client import ControlClient

if TYPE_CHECKING:
    from cli.target import Target

Owner = Mapping[str, Any]
"""A user who has a camera: user_id, friendly_name, may_report."""

KNOWN_SECONDS = 30.0
KNOWN_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Kind:
    """What can happen before a camera.

    `topic`: the last part of its topic; `event`: what is published but for the id. `feature` of the camera says whether
    it can; `lack` what it is that cannot.
    """

    topic: str
    said: str
    feature: str
    lack: str
    event: Mapping[str, object]


_NO_MOTION = ("motion", "does not detect motion")
RING = Kind("doorbell", "rang", "doorbell", "is not a doorbell", {})
MOTION = Kind("motion", "detected motion", *_NO_MOTION, {"detected": True})
STILLNESS = Kind("motion", "told that the motion is over", *_NO_MOTION, {"detected": False})
PERSON = Kind(
    *("detection", "detected a person", "person_detection", "does not detect persons"),
    {"class": "person"},
)
PACKAGE = Kind(
    *("detection", "detected a package", "package_detection", "does not detect packages"),
    {"class": "package"},
)


@dataclass(frozen=True)
class Published:
    """An event that a camera's topic got. `at`: in seconds since 1970; `owners`: those who agreed to be told."""

    endpoint_id: str
    friendly_name: str
    kind: Kind
    id: str
    topic: str
    at: float
    owners: tuple[Owner, ...]

    @property
    def event_id(self) -> str:
        """As the log lines of the function name it."""
        return f"{self.endpoint_id}/{self.kind.topic}/{self.id}"


@dataclass(frozen=True)
class Source:
    """A camera that can publish such an event. `owners`: those whose Alexa may be told of it."""

    target: "Target"
    endpoint_id: str
    thing_name: str
    friendly_name: str
    kind: Kind
    owners: tuple[Owner, ...]

    def publish(self) -> Published:
        """Publishes it, with an id that no other event has.

        Raises:
            CommandError: the simulated camera is not there, or cannot.
        """
        kind, endpoint_id = self.kind, self.endpoint_id
        event = {"id": f"{kind.topic}-{uuid.uuid4().hex[:12]}", **kind.event}
        topic = f"cameras/{self.thing_name}/events/{kind.topic}"
        at = time.time()
        if self.target.world:
            topic = ControlClient(self.target.world).publish(endpoint_id, kind.topic, event)["topic"]
        else:
            self.target.broker.publish(topic=topic, qos=1, payload=json.dumps(event).encode())
        return Published(endpoint_id, self.friendly_name, kind, str(event["id"]), topic, at, self.owners)


def source_of(target: "Target", name: str, user: str | None, kind: Kind) -> Source:
    """The camera, ready to publish.

    Raises:
        CommandError: it does not have the feature, is not plugged in, or nobody's Alexa would be told.
    """
    found = find_camera(target, name, user)
    details = found.details
    if "features" not in details:
        raise CommandError(f"“{name}” cannot be used: {'; '.join(details['warnings'])}.")
    friendly_name = found.own.friendly_name if found.own else _first_name(found.owners) or found.endpoint_id
    quoted = shlex.quote(name)
    if not details["features"][kind.feature]:
        option = kind.feature.replace("_", "-")
        raise CommandError(
            f"“{friendly_name}” {kind.lack}: `camera-skill cameras set {quoted} --{option}{target.choice.words}` "
            "changes that."
        )
    if target.world and not ControlClient(target.world).is_plugged_in(found.endpoint_id):
        raise CommandError(
            f"“{friendly_name}” is not plugged in: `camera-skill world plug-in {quoted}{target.choice.words}`."
        )
    owners = tuple(owner for owner in found.owners if owner["may_report"])
    if not owners:
        raise _nobody_is_told(target, friendly_name, found.owners)
    return Source(target, found.endpoint_id, details["thing_name"], friendly_name, kind, owners)


def wait_until_alexa_knows(source: Source) -> None:
    """Until Alexa was told of a camera that was added just now (local world).

    Raises:
        CommandError: it was not, within some seconds.
    """
    target = source.target
    if target.world is None:
        return
    control, end = ControlClient(target.world), time.monotonic() + KNOWN_SECONDS
    while not all(control.alexa_knows(owner["user_id"], source.endpoint_id) for owner in source.owners):
        if time.monotonic() > end:
            raise CommandError(
                f"Alexa does not know “{source.friendly_name}”: `camera-skill events tail{target.choice.words}` shows "
                f"whether it was told, and `camera-skill login{target.choice.words}` has it ask for all cameras."
            )
        time.sleep(KNOWN_POLL_SECONDS)


def _first_name(owners: Sequence[Owner]) -> str:
    return str(owners[0]["friendly_name"]) if owners else ""


def _nobody_is_told(target: "Target", friendly_name: str, owners: Sequence[Owner]) -> CommandError:
    if not owners:
        return CommandError(f"“{friendly_name}” belongs to nobody, so that nobody's Alexa is told of it.")
    who = names_of(target, owners)
    if target.world:
        hint = f"`camera-skill login{target.choice.words}` links the account again."
    else:
        hint = (
            "Alexa asks for that when the skill is enabled: see that its Permissions page has “Send Alexa Events” on "
            f"and that `camera-skill events credentials{target.choice.words}` gave its client id and secret, then "
            "disable the skill in the Alexa app and enable it again."
        )
    return CommandError(f"Alexa may not be told of the cameras of {who}: there is no grant. {hint}")
