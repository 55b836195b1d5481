from dataclasses import fields

import pytest

from camera_skill.camera import Camera, Power, TwoWayAudio
from cli.cameras.features import FEATURES, changes_between, features_of, with_features
from cli.errors import CommandError

CAMERA = Camera("camera-skill-door", "arn", "us-east-1", "https://signaling.example", model="X1")


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        ({"two_way_audio": TwoWayAudio.HALF_DUPLEX, "doorbell": True}, {"two_way_audio": "half", "doorbell": True}),
        ({"two_way_audio": " FULL ", "doorbell": "Yes", "motion": "no"}, {"two_way_audio": "full", "doorbell": True}),
        ({"power": Power.BATTERY, "privacy_switch": "1"}, {"power": "battery", "privacy_switch": True}),
        ({"serial_number": 4711, "model": " X  2 "}, {"serial_number": "4711", "model": "X 2"}),
        ({"model": None, "health": None}, {}),
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
        ({"modle": "X2"}, "A camera has no modle. Did you mean “model”"),
    ],
)
def test_rule_is_named_when_a_value_breaks_it(values: dict[str, object], rule: str) -> None:
    with pytest.raises(CommandError) as refusal:
        with_features(CAMERA, values)
    assert str(refusal.value).startswith(rule)


def test_every_feature_is_a_field_of_the_camera_and_has_a_name() -> None:
    not_said = {"endpoint_id", "channel_arn", "region", "signaling_endpoint", "added_at", "damage"}
    assert {feature.field for feature in FEATURES.values()} == {field.name for field in fields(Camera)} - not_said
    assert with_features(CAMERA, features_of(CAMERA)) == CAMERA
