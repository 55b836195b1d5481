"""Whatever `cameras add` accepts, Discover shows and the schemas accept; whatever it refuses, it says why."""

import itertools
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.tables import Registry
from camera_skill.alexa.directive import Directive
from camera_skill.budget import Budget
from camera_skill.camera import HealthSource, OfferStyle, Power, TwoWayAudio
from camera_skill.interfaces.discovery import Discovery
from camera_skill.interfaces.record import DirectiveRecord
from camera_skill.registry.names import spaced
from cli.cameras.verbs import add_camera
from cli.errors import CommandError
from cli.options import Choice
from cli.target import target_of
from tests.support import alexa_schema, directives
from tests.support.deployed_stack import DeployedStack

RULES = [
    "is empty",
    "characters, and Alexa takes at most",
    "in it, and Alexa takes letters, digits and spaces only",
    "in it, and Alexa takes no control characters",
    "begins with a combining mark",
]
SPOKEN = st.text(st.characters(categories=["L", "Nd", "Mn"], include_characters=" "), max_size=140)
NAMES = st.one_of(st.from_regex(r"[A-Za-z]{1,9}( [A-Za-z0-9]{1,9}){0,3}", fullmatch=True), SPOKEN, st.text(max_size=20))
TEXTS = st.one_of(
    st.sampled_from(["Acme", "Ring & Co.", "V-1.2/3", "", " ", "m" * 128, "m" * 129]), st.text(max_size=300)
)
FEATURES = st.fixed_dictionaries(
    {},
    optional={
        "two_way_audio": st.sampled_from(TwoWayAudio),
        "power": st.sampled_from(Power),
        "health": st.sampled_from(HealthSource),
        "offer_style": st.sampled_from(OfferStyle),
        **dict.fromkeys(
            ("doorbell", "motion", "person_detection", "package_detection", "privacy_switch"), st.booleans()
        ),
        **dict.fromkeys(("manufacturer", "model", "serial_number", "firmware_version"), TEXTS),
    },
)


class OneUser:
    """Whose token it is, whatever it is."""

    def __init__(self, user_id: str) -> None:
        self._user_id = user_id

    def user_id(self, token: str | None, budget: Budget) -> str:
        assert budget.left() > 0, token
        return self._user_id


def discovered(stack: DeployedStack, user_id: str) -> list[dict[str, Any]]:
    """The endpoints of a reply that the schemas accept."""
    registry = Registry(
        FreshClient(stack.dynamodb), stack.outputs["RegistryTableName"], stack.outputs["ActivityTableName"]
    )
    directive = Directive.from_event(directives.discover("token"))
    reply = Discovery(OneUser(user_id), registry).discover(directive, Budget(30), DirectiveRecord("request"))
    assert alexa_schema.accepts(reply), reply
    endpoints: list[dict[str, Any]] = reply["event"]["payload"]["endpoints"]
    return endpoints


@pytest.mark.timeout(300)
def test_discover_shows_a_camera_when_add_accepts_it_and_the_rule_is_named_when_not(stack: DeployedStack) -> None:
    target, numbers = target_of(Choice(stack_name=stack.name)), itertools.count()
    seen = set()

    @settings(max_examples=30)
    @example("Front Door", {"doorbell": True, "manufacturer": "Acme"})
    @example("Front Door!", {})
    @given(NAMES, FEATURES)
    def check(name: str, features: dict[str, object]) -> None:
        user_id = f"user-{next(numbers)}"
        refusal = ""
        try:
            added = add_camera(target, user_id, name, features)["camera"]
        except CommandError as error:
            refusal = str(error)
        seen.add(not refusal)
        if refusal:
            assert any(rule in refusal for rule in RULES), refusal
            assert stack.registrations.links(user_id) == []
            return
        (endpoint,) = discovered(stack, user_id)
        assert endpoint["friendlyName"] == added["friendly_name"] == spaced(name)
        assert endpoint["endpointId"] == added["endpoint_id"]
        interfaces = {capability["interface"] for capability in endpoint["capabilities"]}
        assert ("Alexa.DoorbellEventSource" in interfaces) == bool(features.get("doorbell"))
        assert ("Alexa.MotionSensor" in interfaces) == bool(features.get("motion"))

    check()
    assert seen == {True, False}
