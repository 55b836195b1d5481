"""What events make of what is known of a camera, in whatever order they come, and how often."""

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_skill.camera import Camera, HealthSource
from camera_skill.camera_event import CameraEvent, Detection, Happening, Motion, ObjectClass, Presence, Press, Status
from camera_skill.events.record import EventOutcome
from camera_skill.events.transitions import REPORTED, after
from camera_skill.state import KnownState, Sleep
from tests.support.fakes import CAMERA

NOW = 1_900_000_000.0
PORCH = replace(CAMERA, health=HealthSource.MQTT)
TOLD, SAME, LATE = EventOutcome.REPORTED, EventOutcome.UNCHANGED, EventOutcome.TOO_LATE
RECORDED, REFUSED = EventOutcome.RECORDED, EventOutcome.REFUSED


def event(happening: Happening, at: float = 0.0, name: str = "", redriven: int = 0) -> CameraEvent:
    """What happened so many seconds after NOW. By itself, each has a name of its own."""
    return CameraEvent(PORCH.endpoint_id, name or f"{happening}@{at}", "kind", NOW + at, happening, redriven)


def outcomes(*events: CameraEvent, camera: Camera = PORCH, delay: float = 0.0) -> list[EventOutcome]:
    """What follows from each, when each is handled so many seconds after it reached the broker."""
    known, found = KnownState(), []
    for one in events:
        known, verdict = after(known, one, camera, one.at + delay)
        found.append(verdict.outcome)
    return found


def connected(session: str, at: float) -> CameraEvent:
    return event(Presence(session, is_connected=True), at)


def gone(session: str, at: float) -> CameraEvent:
    return event(Presence(session, is_connected=False), at)


def moves(at: float, *, stops: bool = False, name: str = "") -> CameraEvent:
    return event(Motion(not stops), at, name)


def final(*events: CameraEvent) -> bool | None:
    """Whether the camera counts as there after all of them."""
    known = KnownState()
    for one in events:
        known, _ = after(known, one, PORCH, NOW)
    return None if known.connectivity is None else known.connectivity.value


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[CameraEvent], bool]:
    """The connections of a camera, one after another, with words of its sleep; and whether it is there at the end."""
    events, at, is_there, connected_at, asleep = [], 0, False, 0, (-1, Sleep.NONE)
    for session in draw(st.permutations("abcdefgh"))[: draw(st.integers(1, 8))]:
        at += draw(st.integers(1, 3))  # no two begin at one moment: nothing would tell which came first
        connected_at, is_there = at, True
        events.append(connected(session, at))
        for sleep in draw(st.lists(st.sampled_from([*Sleep]), max_size=2)):
            at += 1
            asleep = (at, sleep)
            events.append(event(Status(sleep=sleep), at))
        if draw(st.booleans()):
            at += draw(st.integers(0, 3))
            is_there = False
            events.append(gone(session, at))
        else:  # the next connection ends it, which the broker tells a little later
            at += 1
            events.append(gone(session, at + 1))
    if not is_there:
        is_there = asleep[1] is not Sleep.NONE and asleep[0] >= connected_at
    elif events[-1].at == NOW + at + 1:  # nothing came after the last connection
        events.pop()
    return events, is_there


@given(histories(), st.randoms(use_true_random=False), st.integers(0, 3))
def test_a_camera_counts_as_what_it_is_when_word_of_it_comes_in_any_order_and_more_than_once(
    history: tuple[list[CameraEvent], bool], order: random.Random, repeats: int
) -> None:
    events, is_there = history
    told = events + order.choices(events, k=repeats * len(events))
    order.shuffle(told)
    assert final(*told) is is_there


def test_at_most_a_few_reports_go_out_and_the_last_is_true_when_a_camera_flaps_twenty_times_in_a_minute() -> None:
    grace = 10.0  # in which disconnects wait in their queue
    events = []
    for number in range(20):
        began = number * 3.0
        events.append((began, connected(f"s{number}", began)))
        events.append((began + 1.5 + grace, gone(f"s{number}", began + 1.5)))
    known, said = KnownState(), []
    for at, one in sorted(events, key=lambda each: each[0]):
        known, verdict = after(known, one, PORCH, NOW + at)
        if verdict == REPORTED:
            assert known.connectivity
            said.append(known.connectivity.value)
    assert said == [True, False]


def test_the_reason_says_that_it_is_connected_again_when_its_disconnect_comes_after_that() -> None:
    known = KnownState()
    for one in (connected("a", 0), connected("b", 3), gone("a", 4)):
        known, verdict = after(known, one, PORCH, NOW)
    assert verdict.reason == "it has connected again since"


def test_the_broker_s_numbers_tell_which_connection_is_the_last_when_its_times_are_not_exact() -> None:
    first, second = (event(Presence(f"s/{number}", is_connected=True, number=number), -number) for number in (1, 2))
    end = event(Presence("s/1", is_connected=False, number=1), 1)
    for order in itertools.permutations([first, second, end]):
        assert final(*order) is True


def test_the_time_tells_which_connection_is_the_last_when_the_broker_numbers_anew() -> None:
    first = event(Presence("s/9", is_connected=True, number=9), 0)
    second = event(Presence("t/0", is_connected=True, number=0), 4_000)
    for order in itertools.permutations([first, event(Presence("s/9", is_connected=False, number=9), 100), second]):
        assert final(*order) is True


def test_the_end_of_the_last_connection_is_not_forgotten_when_many_others_end_late() -> None:
    assert final(connected("z", 9), gone("z", 10), *(gone(f"a{number}", 1) for number in range(40))) is False


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([connected("a", 0), gone("a", 5)], [TOLD, TOLD]),
        ([connected("a", 0), connected("a", 0)], [TOLD, TOLD]),  # perhaps it was cut off before it told
        ([connected("a", 0), connected("b", 3), gone("a", 3)], [TOLD, SAME, SAME]),
        ([gone("a", 5), connected("a", 0)], [TOLD, SAME]),
        ([gone("a", 5)], [TOLD]),
        ([connected("b", 0), gone("c", 9), connected("c", 5)], [TOLD, SAME, TOLD]),
        ([connected("a", 0), event(Status(sleep=Sleep.POWER_SAVING), 1), gone("a", 2)], [TOLD, RECORDED, SAME]),
        ([connected("a", 0), gone("a", 2), event(Status(sleep=Sleep.OWNER), 1)], [TOLD, TOLD, TOLD]),
        (
            [connected("a", 0), event(Status(sleep=Sleep.OWNER), 1), gone("a", 2), connected("b", 60), gone("b", 70)],
            [TOLD, RECORDED, SAME, SAME, TOLD],
        ),
    ],
)
def test_alexa_is_told_of_a_connection_only_when_that_changes_what_it_knows(
    events: list[CameraEvent], expected: list[EventOutcome]
) -> None:
    assert outcomes(*events) == expected


def test_the_connection_of_a_camera_is_recorded_and_not_told_when_its_sessions_tell_of_its_health() -> None:
    assert outcomes(connected("a", 0), gone("a", 5), camera=CAMERA) == [RECORDED, RECORDED]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([moves(0), moves(10), moves(20, stops=True), moves(30)], [TOLD, SAME, TOLD, TOLD]),
        ([moves(0), moves(290), moves(580)], [TOLD, SAME, SAME]),
        ([moves(0), moves(301)], [TOLD, TOLD]),
        ([moves(0, name="m1"), moves(0.2, name="m1")], [TOLD, TOLD]),  # perhaps it was cut off before it told
        ([moves(0, stops=True), moves(5)], [SAME, TOLD]),
        ([moves(0), moves(10, stops=True), moves(5)], [TOLD, TOLD, SAME]),
    ],
)
def test_motion_is_told_once_while_it_lasts(events: list[CameraEvent], expected: list[EventOutcome]) -> None:
    assert outcomes(*events) == expected


@pytest.mark.parametrize("happening", [Press(), Motion(is_detected=True), Detection(ObjectClass.PERSON)])
def test_what_happened_half_a_minute_ago_is_announced_only_when_an_operator_wants_it(happening: Happening) -> None:
    assert outcomes(event(happening), delay=30.0) == [TOLD]
    assert outcomes(event(happening), delay=30.1) == [LATE]
    assert outcomes(event(happening, redriven=1), delay=86_400.0) == [TOLD]


def test_motion_is_told_when_its_beginning_came_too_late_and_it_lasts() -> None:
    known, late = after(KnownState(), moves(0), PORCH, NOW + 40)
    assert late.outcome is LATE
    assert known.motion
    assert known.motion.value
    known, verdict = after(known, moves(35), PORCH, NOW + 40)
    assert verdict == REPORTED
    assert after(known, moves(36), PORCH, NOW + 40)[1].outcome is SAME


@pytest.mark.parametrize("happening", [Press(), Motion(is_detected=True)])
def test_what_was_begun_in_time_goes_on_when_it_was_cut_off_twice(happening: Happening) -> None:
    press = event(happening)
    in_time, _ = after(KnownState(), press, PORCH, NOW + 16)
    assert after(in_time, press, PORCH, NOW + 31)[1] == REPORTED
    too_late, _ = after(KnownState(), press, PORCH, NOW + 31)
    assert after(too_late, press, PORCH, NOW + 32)[1].outcome is LATE


@pytest.mark.parametrize("happening", [Press(), Motion(is_detected=True), Detection(ObjectClass.PERSON)])
def test_nobody_is_told_of_what_happened_before_the_camera_was_theirs(happening: Happening) -> None:
    camera = replace(PORCH, added_at=NOW + 61)  # a minute of which may be the difference of clocks
    for redriven in (0, 1):
        verdict = after(KnownState(), event(happening, redriven=redriven), camera, NOW + 20)[1]
        assert verdict.outcome is LATE
        assert "added after it" in verdict.reason


def test_state_is_told_however_late_when_it_would_be_wrong_for_ever() -> None:
    assert outcomes(connected("a", 0), gone("a", 5), delay=3_600.0) == [TOLD, TOLD]
    known, _ = after(KnownState(), moves(0), PORCH, NOW)
    _, verdict = after(known, moves(9, stops=True), PORCH, NOW + 3_600)
    assert verdict == REPORTED


@pytest.mark.parametrize(
    ("happening", "feature", "option"),
    [
        (Press(), "is_doorbell", "--doorbell"),
        (Motion(is_detected=True), "detects_motion", "--motion"),
        (Detection(ObjectClass.PERSON), "detects_persons", "--person-detection"),
        (Detection(ObjectClass.PACKAGE), "detects_packages", "--package-detection"),
    ],
)
def test_an_event_is_refused_with_the_next_step_when_the_camera_is_not_registered_for_it(
    happening: Happening, feature: str, option: str
) -> None:
    camera = replace(PORCH, **{feature: False})  # type: ignore[arg-type]  # a feature
    known, verdict = after(KnownState(), event(happening), camera, NOW)
    assert verdict.outcome is REFUSED
    assert option in verdict.reason
    assert camera.endpoint_id in verdict.reason
    assert (known != KnownState()) is not isinstance(happening, Detection)


def test_the_latest_word_counts_when_words_of_a_camera_come_late() -> None:
    early, late = Status(charge=80, is_private=True, firmware="1.0"), Status(charge=20, is_private=False)
    known = KnownState()
    for one in (event(late, 9), event(early, 1)):
        known, verdict = after(known, one, PORCH, NOW)
        assert verdict.outcome is RECORDED
    assert known.charge
    assert known.privacy
    assert known.firmware
    assert (known.charge.value, known.privacy.value, known.firmware.value) == (20, False, "1.0")
