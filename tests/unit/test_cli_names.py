import pytest

from camera_skill.registry.names import checked_friendly_name, spaced
from camera_skill.registry.refusals import RefusedError
from cli.names import close_to, is_called, suggestion

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
    with pytest.raises(RefusedError) as refusal:
        checked_friendly_name(name)
    assert rule in str(refusal.value)


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
