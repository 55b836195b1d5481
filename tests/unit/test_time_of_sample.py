"""Times as Amazon's schema takes them."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camera_skill.alexa import endpoint_health
from camera_skill.alexa.capability import time_of_sample
from camera_skill.alexa.directive import Directive
from camera_skill.alexa.state_report import state_report
from tests.support import alexa_schema
from tests.support.directives import load


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000, "2023-11-14T22:13:20.000Z"),
        (1_700_000_000.9999, "2023-11-14T22:13:20.999Z"),
        (1_709_208_000.001, "2024-02-29T12:00:00.001Z"),
        (-1, "1970-01-01T00:00:00.000Z"),
        (1e100, "9999-12-31T23:59:59.000Z"),
    ],
)
def test_a_time_has_three_digits_of_a_second(at: float, text: str) -> None:
    assert time_of_sample(at) == text


@given(st.floats(allow_nan=False))
def test_the_schema_accepts_a_report_whatever_time_a_table_holds(at: float) -> None:
    report = state_report(
        Directive.from_event(load("report_state")), [endpoint_health.connectivity(is_reachable=True, at=at)]
    )
    assert alexa_schema.accepts(report)
    if 0 <= at < 1e11:
        read = datetime.strptime(re.sub("Z$", "+0000", time_of_sample(at)), "%Y-%m-%dT%H:%M:%S.%f%z")
        assert 0 <= at - read.astimezone(UTC).timestamp() < 0.0011
