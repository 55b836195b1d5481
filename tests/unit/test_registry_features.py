from dataclasses import fields

import pytest

from camera_skill.camera import Camera, Power, TwoWayAudio
from camera_skill.registry.features import FEATURES, changes_between, features_of, with_features
from camera_skill.registry.refusals import RefusedError

CAMERA = Camera("camera-skill-door", "arn", "us-east-1", "https://signaling.example", model="X1")


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        ({"two_way_audio": TwoWayAudio.HALF_DUPLEX, "doorbell": True}, {"two_way_audio": "half", "doorbell": True}),
        ({"two_way_audio": " FULL ", "doorbell": "Yes", "motion": "no"}, {"two_way_audio": "full", "doorbell": True}),
        ({"power": Power.BATTERY, "privacy_switch": "1"}, {"power": "battery", "privacy_switch": True}),
        ({"serial_number": 4711, "model": " X  2 "}, {"serial_number": "4711", "model": "X 2"}),
        ({"message_ttl": "30"}, {"message_ttl": 30}),
        ({}, {}),
    ],
)
def test_features_are_taken_when_they_are_typed_or_written_in_a_file(
    values: dict[str, object], changed: dict[str, object]
) -> None:
    after = with_features(CAMERA, values)
    assert {name: new for name, (_, new) in changes_between(CAMERA, after).items()} == changed


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"doorbell": "maybe"}, "The doorbell is “maybe”, and takes yes or no."),
        ({"power": "steam"}, "The power is “steam”, and takes mains or battery."),
        ({"model": ""}, "The model is empty."),
        ({"manufacturer": "m" * 129}, "The manufacturer has 129 characters, and Alexa takes at most 128."),
        ({"firmware_version": "f" * 257}, "The firmware version has 257 characters, and Alexa takes at most 256."),
        ({"serial_number": True}, "The serial number is “True”, and takes a text."),
        ({"message_ttl": 4}, "The message ttl is “4”, and takes 5 to 120 seconds, or 0"),
        ({"message_ttl": True}, "The message ttl is “True”, and takes 5 to 120 seconds"),
        ({"message_ttl": "1e9"}, "The message ttl is “1e9”, and takes 5 to 120 seconds"),
    ],
)
def test_rule_is_named_when_a_value_breaks_it(values: dict[str, object], rule: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        with_features(CAMERA, values)
    assert str(refusal.value).startswith(rule)


def test_every_feature_is_a_field_of_the_camera_and_has_a_name() -> None:
    not_said = {"endpoint_id", "channel_arn", "region", "signaling_endpoint", "added_at", "damage"}
    not_said |= {"thing_name", "external_id"}
    assert {feature.field for feature in FEATURES.values()} == {field.name for field in fields(Camera)} - not_said
    assert with_features(CAMERA, features_of(CAMERA)) == CAMERA


@pytest.mark.parametrize(
    ("values", "seconds"),
    [({}, 10), ({"power": "battery"}, 60), ({"power": "battery", "message_ttl": 20}, 20), ({"message_ttl": 120}, 120)],
)
def test_offers_are_kept_as_long_as_the_power_asks_for_unless_the_operator_says_otherwise(
    values: dict[str, object], seconds: int
) -> None:
    assert with_features(CAMERA, values).message_ttl_seconds == seconds
