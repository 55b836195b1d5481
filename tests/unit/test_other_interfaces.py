"""Directives of the interfaces that this skill does not have."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import alexa_schema, truthful
from tests.support.account_server import AccountServer
from tests.support.directives import load
from tests.support.skill import SUPPORTED, SkillInProcess

NAMES = [
    "TurnOn",
    "TurnOff",
    "ReportState",
    "AcceptGrant",
    "InitializeCameraStreams",
    "SetMode",
    "SetVolume",
    "Arm",
    "Lock",
    "Activate",
    "Response",
    "ErrorResponse",
    "AnswerGeneratedForSession",
    "Nonsense",
]
"""What Alexa sends to skills of all kinds, events that only a skill sends, and what nobody sends."""


@pytest.fixture
def skill(account_server: AccountServer) -> SkillInProcess:
    return SkillInProcess(account_server)


def namespaces() -> set[str]:
    """Every interface that Amazon's schema names."""
    schema = json.loads(alexa_schema.amazons().read_text(encoding="utf-8"))
    return {name for name in named_by(schema) if name.startswith("Alexa")}


def named_by(schema: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a schema
    if isinstance(schema, dict):
        for key in ("namespace", "interface"):
            if isinstance(schema.get(key), dict):
                yield from schema[key].get("enum", [])
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from named_by(part)


def test_invalid_directive_is_the_reply_when_the_interface_is_not_this_skills(skill: SkillInProcess) -> None:
    own = {namespace for namespace, _ in SUPPORTED if not namespace.startswith("Alexa.SmartVision.")}  # too new for it
    others = namespaces() - own
    assert own < namespaces()
    assert len(others) > 30
    unknown = [(namespace, name) for namespace in namespaces() for name in NAMES]
    for namespace, name in sorted({*unknown} - SUPPORTED):
        directive = load("session_connected")
        header = directive["directive"]["header"]
        header.update(namespace=namespace, name=name)
        reply = skill(directive)
        truthful.check(directive, reply, SUPPORTED)
        assert reply["event"]["payload"]["type"] == "INVALID_DIRECTIVE"
        assert reply["event"]["header"]["correlationToken"] == header["correlationToken"]
        assert reply["event"]["endpoint"] == {"endpointId": directive["directive"]["endpoint"]["endpointId"]}
