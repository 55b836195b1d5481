"""Directives as files, filled in, and the offers of all kinds of devices."""

import json
import os
from pathlib import Path
from typing import Any

from tests.support.project import ROOT
from tests.support.tools import leave_out_amazons

DATA = ROOT / "tests" / "data"
DIRECTIVES = sorted(file.stem for file in (DATA / "directives").glob("*.json"))
OFFERS = sorted((DATA / "sdp" / "offers").glob("*.sdp"))
ENDPOINT_ID = "camera-skill-front-door"


def load(name: str) -> dict[str, Any]:
    """The directive of tests/data/directives/NAME.json."""
    directive: dict[str, Any] = json.loads((DATA / "directives" / f"{name}.json").read_text(encoding="utf-8"))
    return directive


def filled(name: str, token: str) -> dict[str, Any]:
    """The directive of that file with a token, and with an offer where there is one."""
    directive = load(name)
    body = directive["directive"]
    holder = body.get("endpoint", body["payload"])
    holder["grantee" if "grantee" in holder else "scope"]["token"] = token
    if "offer" in body["payload"]:
        body["payload"]["offer"]["value"] = offer_of("echo-show")
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


def offer_of(device: str) -> str:
    """The offer of tests/data/sdp/offers/DEVICE.sdp."""
    return read_sdp(DATA / "sdp" / "offers" / f"{device}.sdp")


OFFER = offer_of("echo-show")
ANSWER = read_sdp(DATA / "sdp" / "answers" / "camera.sdp")


def real_echo_offer() -> str:
    """The offer of a real Echo Show, which is not part of this project. Leaves the test out without it."""
    path = os.environ.get("REAL_ECHO_OFFER")
    if not path:
        leave_out_amazons("needs a real Echo's offer: REAL_ECHO_OFFER")
    return read_sdp(Path(path))
