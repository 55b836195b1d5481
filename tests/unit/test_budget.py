import asyncio
import threading
import time

import pytest

from camera_skill.budget import Budget, BudgetClock, seconds_since_process_start
from camera_skill.errors import DeadlineExceededError
from camera_skill.workers import WorkerFailedError


def test_the_result_comes_back_when_the_call_is_in_time() -> None:
    assert Budget(5.0).begin(lambda: 42, "a number").result() == 42


def test_the_calls_own_exception_comes_back_when_it_fails() -> None:
    def fail() -> None:
        raise TimeoutError("the call's own")

    with pytest.raises(TimeoutError, match="the call's own"):
        Budget(5.0).begin(fail, "a failure").result()


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit, type("Panic", (BaseException,), {})])
def test_an_ordinary_exception_comes_back_when_the_call_raises_none(kind: type[BaseException]) -> None:
    def fail() -> None:
        raise kind("native code panicked")

    budget = Budget(5.0)
    with pytest.raises(WorkerFailedError) as raised:
        budget.begin(fail, "a panic").result()
    assert isinstance(raised.value.__cause__, kind)
    assert budget.begin(lambda: 42, "a number").result() == 42  # the thread lives on


def test_the_wait_ends_with_the_budget_when_the_call_does_not() -> None:
    ended = threading.Event()
    started = time.monotonic()
    with pytest.raises(DeadlineExceededError, match="a hanging call"):
        Budget(0.05).begin(ended.wait, "a hanging call").result()
    assert time.monotonic() - started < 1.0
    ended.set()


def test_nothing_is_left_when_the_budget_began_below_zero() -> None:
    assert Budget(-1.0).left() == 0.0


def test_the_first_invocation_pays_for_the_cold_start_and_the_second_does_not() -> None:
    clock = BudgetClock(5.0, process_age=lambda: 2.0)
    budget = clock.start(8.0)
    assert budget.left() == pytest.approx(3.0, abs=0.1)
    assert (budget.whole, budget.apart(1.0).whole) == (5.0, 5.0)
    assert clock.start(8.0).left() == pytest.approx(5.0, abs=0.1)


async def test_a_process_that_was_started_ahead_of_time_pays_nothing() -> None:
    clock = BudgetClock(5.0, process_age=lambda: 6.0)
    await asyncio.sleep(0.6)  # the time that passes is what is tested
    assert clock.start(8.0).left() == pytest.approx(5.0, abs=0.1)


def test_a_process_older_than_any_loading_pays_nothing() -> None:
    assert BudgetClock(5.0, process_age=lambda: 11.0).start(8.0).left() == pytest.approx(5.0, abs=0.1)


def test_the_budget_ends_half_a_second_before_the_function_does() -> None:
    clock = BudgetClock(5.0, process_age=lambda: 11.0)
    assert clock.start(3.0).left() == pytest.approx(2.5, abs=0.1)
    assert clock.start(0.2).left() == 0.0


def test_the_age_of_this_process_is_known() -> None:
    first = seconds_since_process_start()
    assert 0 < first < 7200
    assert seconds_since_process_start() >= first
