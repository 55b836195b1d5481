import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.console_events import EVENTS, filled
from simulator.alexa import directives

ADDRESS = "token", "camera", dict[str, str](), "session"
SENT: dict[str, Callable[[], dict[str, Any]]] = {
    "Discover": lambda: directives.discover("token"),
    "InitiateSessionWithOffer": lambda: directives.initiate_session_with_offer(*ADDRESS, "offer"),
    "ReportState": lambda: directives.report_state(*ADDRESS[:3]),
    "SessionConnected": lambda: directives.session_connected(*ADDRESS),
    "SessionDisconnected": lambda: directives.session_disconnected(*ADDRESS),
}


@pytest.mark.parametrize("file", sorted(EVENTS.glob("*.json")), ids=lambda file: file.stem)
def test_console_event_has_the_form_of_a_directive_when_the_echo_show_sends_one(file: Path) -> None:
    assert form_of(json.loads(file.read_text())) == form_of(SENT[file.stem]())


def test_there_is_an_event_when_there_is_a_directive() -> None:
    assert {file.stem for file in EVENTS.glob("*.json")} == set(SENT)


def test_whole_texts_are_filled_in_when_they_are_placeholders() -> None:
    event = {"a": "<offer>", "b": ["<offer>", 1, None], "c": "an <offer>", "<offer>": True}
    assert filled(event, {"<offer>": "v=0"}) == {"a": "v=0", "b": ["v=0", 1, None], "c": "an <offer>", "<offer>": True}


def form_of(value: object) -> object:
    """Keys alone."""
    return {key: form_of(one) for key, one in value.items()} if isinstance(value, dict) else None
