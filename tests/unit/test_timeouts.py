"""Every network call's timeout and attempts, added up against the deadline."""

from typing import Any

from camera_skill.adapters import signaling, tables, tokens

BUDGET = 5.0
OFFER: dict[str, Any] = vars(signaling.CONFIG)
READ: dict[str, Any] = vars(tables.CONFIG)


def test_a_camera_gets_an_offer_once_when_the_sdk_would_try_again() -> None:
    assert OFFER["retries"]["total_max_attempts"] == 1


def test_the_budget_ends_the_wait_for_a_camera_and_no_timeout_of_the_sdk() -> None:
    assert OFFER["read_timeout"] > BUDGET
    assert OFFER["connect_timeout"] <= signaling.LEAST_SECONDS


def test_a_read_may_fail_once_and_leave_time_for_the_offer() -> None:
    attempt = READ["connect_timeout"] + READ["read_timeout"]
    assert READ["retries"]["total_max_attempts"] == 3
    assert BUDGET - 2 * attempt >= signaling.LEAST_SECONDS


def test_the_account_servers_keys_leave_time_for_the_rest() -> None:
    assert BUDGET - (tokens.CONNECT_SECONDS + tokens.READ_SECONDS) > signaling.LEAST_SECONDS
