"""Every network call's timeout and attempts, added up against the deadline."""

from typing import Any

from camera_skill.adapters import aws_services, signaling, signaling_channels
from camera_skill.adapters.grants import lease, token_server
from camera_skill.adapters.http_requests import CONNECT_SECONDS, READ_SECONDS
from camera_skill.budget import RETURN_SECONDS
from camera_skill.errors import SignalingThrottledError
from camera_skill.events import delivery

BUDGET = 5.0
OFFER: dict[str, Any] = vars(signaling.CONFIG)
LOOK_UP: dict[str, Any] = vars(signaling_channels.CONFIG)
READ: dict[str, Any] = vars(aws_services.CONFIG)


def test_a_camera_gets_an_offer_once_when_the_sdk_would_try_again() -> None:
    assert OFFER["retries"]["total_max_attempts"] == 1


def test_the_budget_ends_the_wait_for_a_camera_and_no_timeout_of_the_sdk() -> None:
    assert OFFER["read_timeout"] > BUDGET
    assert OFFER["connect_timeout"] <= signaling.LEAST_SECONDS


def test_a_camera_has_time_to_answer_when_its_endpoint_had_to_be_looked_up_again() -> None:
    before = OFFER["connect_timeout"] + signaling_channels.LOOK_UP_SECONDS + signaling_channels.STORE_SECONDS
    assert BUDGET - before >= 2 * signaling.LEAST_SECONDS
    assert LOOK_UP["retries"]["total_max_attempts"] == 1
    assert LOOK_UP["connect_timeout"] + LOOK_UP["read_timeout"] <= signaling_channels.LOOK_UP_SECONDS


def test_a_camera_has_time_to_answer_when_its_offer_was_throttled() -> None:
    at_worst = signaling.SECOND_ATTEMPT[SignalingThrottledError] - max(signaling.JITTER_SECONDS)
    assert at_worst > signaling.LEAST_SECONDS


def test_no_second_attempt_begins_when_an_offer_could_not_be_sent_any_more() -> None:
    assert min(signaling.SECOND_ATTEMPT.values()) >= signaling.LEAST_SECONDS


def test_a_read_may_fail_once_and_leave_time_for_the_offer() -> None:
    attempt = READ["connect_timeout"] + READ["read_timeout"]
    assert READ["retries"]["total_max_attempts"] == 3
    assert BUDGET - 2 * attempt >= signaling.LEAST_SECONDS


def test_a_lease_lasts_longer_than_the_token_server_may_take_and_what_comes_may_be_kept() -> None:
    assert lease.SECONDS > CONNECT_SECONDS + token_server.READ_SECONDS + token_server.KEEP_SECONDS
    assert token_server.KEEP_SECONDS >= 0.5


def test_a_report_may_be_refused_once_and_be_handed_on_when_its_function_has_twelve_seconds() -> None:
    answer = CONNECT_SECONDS + READ_SECONDS
    refresh = CONNECT_SECONDS + token_server.READ_SECONDS + token_server.KEEP_SECONDS
    assert 12.0 - delivery.QUEUE_SECONDS - answer >= refresh + RETURN_SECONDS


def test_attempts_are_as_alexa_allows_them_and_outlast_a_lease() -> None:
    assert len(delivery.RETRY_SECONDS) == 3
    assert min(delivery.RETRY_SECONDS) >= 1
    assert sum(delivery.RETRY_SECONDS) > lease.SECONDS
    assert max(delivery.RETRY_SECONDS) * (1 + delivery.JITTER) < 900  # SQS delays no longer


def test_the_account_servers_keys_leave_time_for_the_rest() -> None:
    assert BUDGET - (CONNECT_SECONDS + READ_SECONDS) > signaling.LEAST_SECONDS
