"""What offers tell of a camera."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_skill.state import Sample, are_the_last, reachable_by_offers

ADDED_AT = 1.0
OFFERS = st.lists(st.tuples(st.integers(2, 60), st.booleans()), unique_by=lambda offer: offer[0], max_size=8).map(
    lambda offers: [Sample(value, float(at)) for at, value in offers]
)


def offers_of(text: str) -> list[Sample[bool]]:
    """Offers at 2, 3, 4 … seconds: `y` was answered, `n` was not."""
    return [Sample(letter == "y", float(at)) for at, letter in enumerate(text, 2)]


@pytest.mark.parametrize(
    ("offers", "tell"),
    [
        ("", Sample(value=True, at=ADDED_AT)),
        ("n", Sample(value=True, at=ADDED_AT)),
        ("y", Sample(value=True, at=2)),
        ("nn", Sample(value=False, at=3)),
        ("yn", Sample(value=True, at=2)),
        ("ny", Sample(value=True, at=3)),
        ("ynn", Sample(value=False, at=4)),
        ("nyn", Sample(value=True, at=3)),
        ("nnnnny", Sample(value=True, at=7)),
        ("ynnnnn", Sample(value=False, at=7)),
    ],
)
def test_a_camera_is_gone_when_its_last_two_offers_got_no_answer(offers: str, tell: Sample[bool]) -> None:
    assert reachable_by_offers(offers_of(offers), ADDED_AT) == tell
    assert reachable_by_offers(reversed(offers_of(offers)), ADDED_AT) == tell


@given(OFFERS, st.integers(1, 61))
def test_older_offers_change_nothing_when_the_last_were_read(offers: list[Sample[bool]], until: int) -> None:
    younger = [offer for offer in offers if offer.at >= until]
    if are_the_last(younger, until):
        assert reachable_by_offers(younger, ADDED_AT) == reachable_by_offers(offers, ADDED_AT)
    elif len(younger) != len(offers):
        assert len(younger) < 2


def test_an_older_session_may_hold_the_last_offer_when_the_younger_told_nothing_since() -> None:
    """A session that began again, and failed on the way to the camera, still tells of its first offer."""
    assert not are_the_last([Sample(value=False, at=3.0), Sample(value=False, at=2.0)], until=8.0)
    assert not are_the_last([Sample(value=True, at=3.0)], until=8.0)
