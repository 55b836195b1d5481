"""What `camera-skill ring` makes of what the simulated Alexa got."""

import math
from typing import Any

from camera_skill.adapters.http_requests import CONNECT_SECONDS, READ_SECONDS
from camera_skill.events import delivery
from camera_skill.report import message_id
from cli.events.commands import DEFAULT_SECONDS
from cli.events.following import Followed
from cli.events.publishing import RING, Published

DOOR, ANNA, BOB = "camera-skill-door", "anna", "bob"


def followed() -> Followed:
    """A press at a door of two owners, of which nothing is known yet."""
    owners = tuple({"user_id": user_id, "friendly_name": "Door", "may_report": True} for user_id in (ANNA, BOB))
    topic = f"cameras/{DOOR}/events/doorbell"
    return Followed(Published(DOOR, "Door", RING, "press-1", topic, 1_700_000_000.0, owners))


def record(of: str, status: int, user_id: str, number: int = 1) -> dict[str, Any]:
    """What the gateway got for one owner, and whose token it saw."""
    message = message_id(f"{DOOR}/doorbell/press-1", of)
    return {"number": number, "at": 1_700_000_000.1, "user_id": user_id, "status": status, "message_id": message}


def test_refusal_is_the_owners_when_alexa_does_not_know_the_token() -> None:
    press = followed()
    press.read_record(record(BOB, 401, user_id=""))
    assert [(one["user_id"], one["status"]) for one in press.refused] == [(BOB, 401)]
    assert not press.is_told


def test_all_are_told_when_alexa_took_each_owners_message() -> None:
    press = followed()
    press.read_record(record(ANNA, 202, ANNA))
    press.read_record({**record("carol", 202, "carol"), "message_id": "of another press"})
    told_before = press.is_told
    press.read_record(record(BOB, 202, BOB))
    assert (told_before, press.is_told, press.refused) == (False, True, [])


def test_command_waits_longer_than_all_attempts_when_the_gateway_never_answers() -> None:
    waits = sum(math.ceil(seconds * (1 + delivery.JITTER)) for seconds in delivery.RETRY_SECONDS)
    attempts = (1 + len(delivery.RETRY_SECONDS)) * (CONNECT_SECONDS + READ_SECONDS)
    assert waits + attempts < DEFAULT_SECONDS
