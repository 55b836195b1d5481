import pytest

from camera_skill.account import is_user_id


@pytest.mark.parametrize(
    "text", ["1", "amzn1.account.AEXAMPLE", "auth0|5f|Ünïcode user", "é" * 256, "\U0001f600" * 250]
)
def test_a_text_is_a_user_id_when_it_is_printable_and_short(text: str) -> None:
    assert is_user_id(text)


@pytest.mark.parametrize("text", ["", "a" * 257, "\U0001f600" * 251, "a\nb", "a\0", "\ud800", "\u202e"], ids=ascii)
def test_a_text_is_no_user_id_when_it_is_empty_too_long_or_not_printable(text: str) -> None:
    assert not is_user_id(text)
