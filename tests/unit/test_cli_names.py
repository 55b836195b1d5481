import pytest

from cli.errors import CommandError
from cli.names import (
    checked_endpoint_id,
    checked_friendly_name,
    close_to,
    endpoint_id_of,
    is_called,
    spaced,
    suggestion,
)

PREFIX = "camera-skill-"


@pytest.mark.parametrize(
    ("name", "taken_as"),
    [
        ("Front Door", "Front Door"),
        ("  Front \t  Door ", "Front Door"),
        ("Entre\N{COMBINING ACUTE ACCENT}e", "Entrée"),
        ("E\N{COMBINING ACUTE ACCENT}", "É"),
        ("玄関", "玄関"),
        (" ", ""),
    ],
)
def test_name_has_single_spaces_and_one_form_of_letters_when_it_is_taken(name: str, taken_as: str) -> None:
    assert spaced(name) == taken_as


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        (" ", "Alexa would refuse “”: the name is empty"),
        ("a" * 129, f"Alexa would refuse “{'a' * 40}…”: the name has 129 characters, and Alexa takes at most 128."),
        ("Bob's Door", "the name has ' in it, and Alexa takes letters, digits and spaces only."),
    ],
)
def test_name_is_refused_with_the_rule_when_alexa_would_not_take_it(name: str, rule: str) -> None:
    with pytest.raises(CommandError) as refusal:
        checked_friendly_name(name)
    assert rule in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Front Door", "front-door"), ("Entrée Nº 2", "entree-no-2"), ("- Door -", "door")],
)
def test_endpoint_id_is_the_name_in_latin_letters_when_there_are_any(name: str, slug: str) -> None:
    assert endpoint_id_of(name, PREFIX) == PREFIX + slug


def test_endpoint_id_is_a_digest_when_the_name_has_no_latin_letter() -> None:
    ids = {endpoint_id_of(name, PREFIX) for name in ("玄関", "庭", "玄関")}
    assert len(ids) == 2
    assert {checked_endpoint_id(endpoint_id, PREFIX) for endpoint_id in ids} == ids


def test_endpoint_id_stays_a_channel_name_when_the_name_is_as_long_as_alexa_takes() -> None:
    endpoint_id = endpoint_id_of("front " * 21, PREFIX)
    assert checked_endpoint_id(endpoint_id, PREFIX) == endpoint_id
    assert len(endpoint_id) <= 128


@pytest.mark.parametrize("endpoint_id", ["", "a" * 129, PREFIX + "front.door", PREFIX + "tür", PREFIX + "a\n"])
def test_endpoint_id_is_refused_when_it_cannot_name_a_channel(endpoint_id: str) -> None:
    with pytest.raises(CommandError, match="cannot be an endpoint id"):
        checked_endpoint_id(endpoint_id, PREFIX)


def test_endpoint_id_is_refused_with_a_proposal_when_it_lacks_the_prefix() -> None:
    with pytest.raises(CommandError, match="--endpoint-id camera-skill-garage"):
        checked_endpoint_id("garage", PREFIX)


def test_suggestion_names_what_was_meant_when_a_name_is_close() -> None:
    assert suggestion("frnt dor", ["Front Door", "Garage"], "") == "Did you mean “Front Door”?"


def test_suggestion_names_what_there_is_when_nothing_is_close() -> None:
    assert suggestion("xyz", ["Garage", "Front Door"], "") == "There are “Front Door”, “Garage”."


def test_suggestion_tells_how_to_add_one_when_there_is_none() -> None:
    assert "camera-skill cameras add NAME --folder x`" in suggestion("Front Door", [], " --folder x")


def test_nothing_is_close_when_names_differ() -> None:
    assert close_to("bob@example.com", ["zoe@elsewhere.net"]) == ""


@pytest.mark.parametrize("name", ["Front Door", "front  door ", "FRONT DOOR", f"{PREFIX}front-door"])
def test_camera_is_found_when_it_goes_by_the_name(name: str) -> None:
    assert is_called(name, "Front Door", f"{PREFIX}front-door")


@pytest.mark.parametrize("name", ["", "Front", "frontdoor", PREFIX])
def test_camera_is_not_taken_for_another_when_the_name_differs(name: str) -> None:
    assert not is_called(name, "Front Door", f"{PREFIX}front-door")
