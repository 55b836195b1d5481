"""Directives as files, filled in."""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data"
OFFERS = sorted((DATA / "sdp" / "offers").glob("*.sdp"))
ENDPOINT_ID = "camera-skill-front-door"


def load(name: str) -> dict[str, Any]:
    """The directive of tests/data/directives/NAME.json."""
    directive: dict[str, Any] = json.loads((DATA / "directives" / f"{name}.json").read_text(encoding="utf-8"))
    return directive


def discover(token: str) -> dict[str, Any]:
    event = load("discover")
    event["directive"]["payload"]["scope"]["token"] = token
    return event


def initiate(token: str, offer: str, endpoint_id: str = ENDPOINT_ID) -> dict[str, Any]:
    event = about_session("initiate_session_with_offer", token, endpoint_id)
    event["directive"]["payload"]["offer"]["value"] = offer
    return event


def about_session(name: str, token: str, endpoint_id: str = ENDPOINT_ID) -> dict[str, Any]:
    event = load(name)
    event["directive"]["endpoint"]["endpointId"] = endpoint_id
    event["directive"]["endpoint"]["scope"]["token"] = token
    return event


def read_sdp(path: Path) -> str:
    """An SDP file with its own line ends."""
    return path.read_bytes().decode()
