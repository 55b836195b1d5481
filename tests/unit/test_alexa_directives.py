from collections.abc import Callable
from typing import Any

import pytest

from simulator.alexa import directives
from tests.support.directives import DIRECTIVES, load

ADDRESS = "token", "camera", dict[str, str](), "session"
SENT: dict[str, Callable[[], dict[str, Any]]] = {
    "accept_grant": lambda: directives.accept_grant("code", "token"),
    "discover": lambda: directives.discover("token"),
    "initiate_session_with_offer": lambda: directives.initiate_session_with_offer(*ADDRESS, "offer"),
    "report_state": lambda: directives.report_state(*ADDRESS[:3]),
    "session_connected": lambda: directives.session_connected(*ADDRESS),
    "session_disconnected": lambda: directives.session_disconnected(*ADDRESS),
    "set_object_detection_classes": lambda: directives.set_object_detection_classes(*ADDRESS[:3], ["person"]),
}


@pytest.mark.parametrize("name", DIRECTIVES)
def test_a_directive_has_the_form_of_alexas_when_the_echo_show_sends_it(name: str) -> None:
    assert form_of(SENT[name]()) == form_of(load(name))


def form_of(value: object) -> object:
    """Keys alone, and how many there are of what is a list."""
    if isinstance(value, list):
        return [form_of(one) for one in value]
    return {key: form_of(one) for key, one in value.items()} if isinstance(value, dict) else None
