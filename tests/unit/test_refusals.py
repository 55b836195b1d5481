"""What a camera said of itself, and how long that refuses offers."""

import pytest

from camera_skill.state import Connection, KnownState, Refusal, Sample, refusal

NOW, DAY = 1_900_000_000.0, 24 * 3600.0


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (KnownState(), None),
        (KnownState(privacy=Sample(value=True, at=NOW - DAY)), Refusal("PRIVACY")),
        (KnownState(privacy=Sample(value=True, at=NOW - DAY - 1)), None),
        (KnownState(privacy=Sample(value=False, at=NOW)), None),
        (KnownState(sleep=Sample("owner", NOW - DAY)), Refusal("ASLEEP")),
        (KnownState(sleep=Sample("owner", NOW - DAY - 1)), None),
        (KnownState(sleep=Sample("power-saving", NOW)), None),
        (KnownState(sleep=Sample("none", NOW)), None),
        (KnownState(low_power=Sample(value=True, at=NOW - 600)), Refusal("LOW_POWER")),
        (KnownState(low_power=Sample(value=True, at=NOW), charge=Sample(7.0, NOW)), Refusal("LOW_POWER", 7.0)),
        (KnownState(low_power=Sample(value=True, at=NOW), charge=Sample(81.0, NOW - 601)), Refusal("LOW_POWER")),
        (KnownState(low_power=Sample(value=True, at=NOW - 601)), None),
        (KnownState(privacy=Sample(value=True, at=NOW + 60)), Refusal("PRIVACY")),
        (KnownState(privacy=Sample(value=True, at=NOW + 61)), None),
        (KnownState(sleep=Sample("owner", NOW - 9), presence=Connection("a", NOW - 10)), Refusal("ASLEEP")),
        (KnownState(sleep=Sample("owner", NOW - 9), presence=Connection("a", NOW - 8)), None),  # it woke
    ],
)
def test_a_camera_refuses_only_while_its_word_is_fresh(known: KnownState, said: Refusal | None) -> None:
    assert refusal(known, since=0.0, now=NOW) == said


def test_a_word_of_before_the_camera_was_added_refuses_nobody() -> None:
    assert refusal(KnownState(privacy=Sample(value=True, at=NOW - 10)), since=NOW - 5, now=NOW) is None
