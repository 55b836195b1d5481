"""The rules of what Alexa takes for an endpoint."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_skill import camera
from camera_skill.alexa import discovery
from camera_skill.alexa.directive import Directive
from camera_skill.alexa.discovery import Endpoint, discover_response, friendly_name_defect, text_defect
from tests.support import alexa_schema
from tests.support.directives import load

TAKES = "and Alexa takes letters, digits and spaces only"


@pytest.mark.parametrize(
    "name",
    [
        "Front Door",
        "a",
        "7",
        "Kamera 2 im Büro",
        "Caméra de l étage",
        "हिन्दी कैमरा",
        "ประตูหน้าบ้าน",
        "اَلْبَابُ الأمامي",
        "الباب ٣",
        "玄関カメラー",
        "현관 카메라",
        "Кухня",
        "n" * 128,
        "\N{CJK UNIFIED IDEOGRAPH-20000}" * 128,  # two UTF-16 units each; the schema counts characters
    ],
)
def test_a_name_is_taken_when_it_is_letters_digits_and_single_spaces(name: str) -> None:
    assert friendly_name_defect(name) == ""


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        ("", "is empty"),
        ("n" * 129, "has 129 characters, and Alexa takes at most 128"),
        ("Front Door!", f"has ! in it, {TAKES}"),
        ("A/B-C, D", f"has , - / in it, {TAKES}"),
        ("Anna\u2019s", f"has \u2019 in it, {TAKES}"),
        ("Door \N{VIDEO CAMERA}", f"has \N{VIDEO CAMERA} in it, {TAKES}"),
        ("x²", f"has ² in it, {TAKES}"),
        ("a\u00a0b", f"has U+00A0 in it, {TAKES}"),
        ("a\tb\nc", f"has U+0009 U+000A in it, {TAKES}"),
        ("a\u200db", f"has U+200D in it, {TAKES}"),
        ("a\u20e3", f"has U+20E3 in it, {TAKES}"),
        ("\ud800", f"has U+D800 in it, {TAKES}"),
        (" a", "has a space at its beginning"),
        ("a ", "has a space at its beginning, at its end"),
        ("a  b", "has a space at its beginning, at its end or after another"),
        (" ", "has a space"),
        ("\u0301a", "has a word that begins with a combining mark"),
        ("a \u093e", "has a word that begins with a combining mark"),
        ("Cafe\u0301", "is not in Unicode's form NFC"),
        ("\u212b", "is not in Unicode's form NFC"),
    ],
)
def test_the_rule_is_named_when_alexa_would_not_take_a_name(name: str, defect: str) -> None:
    assert friendly_name_defect(name).startswith(defect)


@pytest.mark.parametrize("text", ["a", "Example & Söhne GmbH", "v1.2-β (2026)", "\N{VIDEO CAMERA}", "m" * 128])
def test_a_text_is_taken_when_it_can_be_shown(text: str) -> None:
    assert text_defect(text) == ""


@pytest.mark.parametrize(
    ("text", "defect"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("m" * 129, "has 129 characters, and Alexa takes at most 128"),
        ("a\0b\x7f", "has U+0000 U+007F in it, and Alexa takes no control characters"),
        ("\udfff", "has U+DFFF in it"),
    ],
)
def test_the_rule_is_named_when_alexa_would_not_take_a_text(text: str, defect: str) -> None:
    assert text_defect(text).startswith(defect)


def endpoint(**members: Any) -> Endpoint:  # noqa: ANN401 - whatever an endpoint has
    whole = {"endpoint_id": "a", "friendly_name": "b", "manufacturer": "c", "model": "d", "capabilities": ()}
    return Endpoint(**{**whole, **members})


def test_the_id_is_one_that_a_camera_has_when_an_endpoint_has_no_defect() -> None:
    assert discovery._ENDPOINT_ID == camera.ENDPOINT_ID
    assert endpoint().defect() == ""
    assert endpoint(endpoint_id="a=b").defect().startswith("the endpoint id is not 1 to 128")


@pytest.mark.parametrize(
    ("members", "defect"),
    [
        ({"friendly_name": "!"}, "the name has !"),
        ({"manufacturer": ""}, "the manufacturer is empty"),
        ({"model": "\0"}, "the model has U+0000"),
        ({"serial_number": "s" * 257}, "the serial number has 257 characters, and Alexa takes at most 256"),
        ({"firmware_version": " "}, "the firmware version is empty"),
    ],
)
def test_the_part_is_named_when_an_endpoint_has_a_defect(members: dict[str, str], defect: str) -> None:
    assert endpoint(**members).defect().startswith(defect)


def test_the_description_ends_where_alexa_stops_reading_when_it_is_long() -> None:
    long = endpoint(manufacturer="m" * 128, model="n" * 128)
    assert long.defect() == ""
    assert long.to_json()["description"] == "n" * 128


ANY_TEXT = (
    st.text(st.characters(codec=None), max_size=140) | st.text("aé ก้हिा3", max_size=12) | st.text("s", max_size=300)
)


@given(
    st.builds(
        Endpoint,
        endpoint_id=ANY_TEXT,
        friendly_name=ANY_TEXT,
        manufacturer=ANY_TEXT,
        model=ANY_TEXT,
        capabilities=st.just(()),
        serial_number=ANY_TEXT,
        firmware_version=ANY_TEXT,
        is_doorbell=st.booleans(),
    )
)
def test_the_schema_accepts_an_endpoint_when_it_has_no_defect(found: Endpoint) -> None:
    reply = discover_response(Directive.from_event(load("discover")), [found])
    assert found.defect() or alexa_schema.accepts(reply)


@given(ANY_TEXT)
def test_a_name_without_defect_can_be_said_and_written_in_one_way_only(name: str) -> None:
    if not friendly_name_defect(name):
        assert name == " ".join(name.split()) == unicodedata.normalize("NFC", name)
        assert all(word[0].isalnum() for word in name.split())
