"""How the rows of a file are put into batches, and what a dry run makes of rows that come again."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.importing.camera_file import Row
from cli.importing.work import BATCH, Outcome, Rehearsal, Wish, grouped, packed, parted

USERS = st.sampled_from("abcde")
CAMERAS = st.one_of(st.none(), st.sampled_from("123456"))


def wish(number: int, user: str, camera: str | None = None, name: str = "") -> Wish:
    named = {"external_id": camera} if camera else {}
    return Wish(Row(number, {}, []), {"user_id": user, "friendly_name": name or f"Camera {number}", **named})


@pytest.mark.parametrize("names_of", [lambda one: one.users, lambda one: one.links], ids=["users", "links"])
@given(rows=st.lists(st.tuples(USERS, CAMERAS), max_size=60))
def test_rows_of_a_user_or_a_camera_stay_together_and_in_order(
    rows: list[tuple[str, str | None]], names_of: Callable[[Wish], Iterable[Hashable]]
) -> None:
    wishes = [wish(number, *row) for number, row in enumerate(rows)]
    groups = grouped(wishes, names_of)
    assert sorted(one.row.number for group in groups for one in group) == list(range(len(rows)))
    assert all([one.row.number for one in group] == sorted(one.row.number for one in group) for group in groups)
    names = [{name for one in group for name in names_of(one)} for group in groups]
    assert sum(map(len, names)) == len(set().union(*names))


def test_the_row_that_adds_a_shared_camera_goes_with_those_that_share_it() -> None:
    plain, first, other = wish(0, "a", "1"), wish(1, "a", "2"), wish(2, "b", "3")
    sharing = replace(wish(3, "b", "2"), request={**wish(3, "b", "2").request, "share": True})
    by_id = replace(wish(4, "c"), request={**wish(4, "c").request, "endpoint_id": "e", "share": True})
    assert parted([plain, first, other, sharing, by_id]) == ([plain, other], [first, sharing, by_id])


@pytest.mark.parametrize("sizes", [[1] * 250, [BATCH * 2 + 1, 3], [60, 60, 60], [BATCH, BATCH], []])
def test_batches_are_no_larger_than_the_function_takes(sizes: list[int]) -> None:
    groups = [[wish(number, f"user-{group}") for number in range(size)] for group, size in enumerate(sizes)]
    runs = packed(groups)
    assert all(0 < len(batch) <= BATCH for run in runs for batch in run)
    assert sum(len(batch) for run in runs for batch in run) == sum(sizes)
    for group in groups:  # in one batch, or in batches that go one after another
        users = {one.request["user_id"] for one in group}
        assert sum(any(one.request["user_id"] in users for batch in run for one in batch) for run in runs) == 1


def test_a_dry_run_knows_rows_that_come_again() -> None:
    rehearsal = Rehearsal()
    rows = [
        wish(0, "a", "1"),
        wish(1, "a", "1"),
        wish(2, "b", "1"),
        wish(3, "a", name="Door"),
        wish(4, "a", name="DOOR"),
    ]
    outcomes = [rehearsal.outcome(one, Outcome.ADDED) for one in rows]
    assert outcomes == [
        *(Outcome.ADDED, Outcome.ALREADY_THERE, Outcome.SHARED),
        *(Outcome.ADDED, Outcome.ALREADY_THERE),
    ]
    assert rehearsal.outcome(wish(5, "a", "1"), Outcome.REFUSED) is Outcome.REFUSED
