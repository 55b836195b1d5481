"""The time for a reply grows with the length of what came in, and no faster."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import truthful
from tests.support.account_server import AccountServer
from tests.support.any_directive import deeply, places
from tests.support.directives import DIRECTIVES, filled
from tests.support.skill import SUPPORTED, SkillInProcess

LENGTH = 50_000
"""Of the first of three inputs; the others are twice and four times as long."""
MOST_RATIO = 8
"""Four times the input may take eight times as long: the square of it would be sixteen."""
NOISE_SECONDS = 0.004
ATTEMPTS = 3

UNITS: dict[str, Callable[[int], Any]] = {
    "letters": lambda length: "a" * length,
    "line ends": lambda length: "v=0\r\n" + "\r\n" * (length // 2),
    "bare line ends": lambda length: "v=0\n" + "\r\n\n\r" * (length // 4),
    "media lines": lambda length: "v=0\r\n" + "m=video 9 \r\n" * (length // 12),
    "segments": lambda length: "eyJ." * (length // 4),
    "braces": lambda length: "{[" * (length // 2),
    "NULs": lambda length: "\x00" * length,
    "half surrogates": lambda length: "\udc00" * length,
    "versions": lambda length: "3." * (length // 2),
    "digits": lambda length: "3" * length,
    "items": lambda length: [None] * (length // 5),
    "keys": lambda length: {f"key-{number}": number for number in range(length // 16)},
}


@pytest.fixture
def skill(account_server: AccountServer) -> SkillInProcess:
    return SkillInProcess(account_server)


def with_each_place(directive: dict[str, Any], value: object) -> Iterator[dict[str, Any]]:
    """The directive with the value in place of each of its parts."""
    text = json.dumps(directive)
    for number, _ in enumerate(places(directive)):
        changed: dict[str, Any] = json.loads(text)
        holder, key = list(places(changed))[number]
        holder[key] = value
        yield changed


def seconds(skill: SkillInProcess, event: object) -> float:
    """CPU time for a reply, the best of some attempts."""
    times = []
    for _ in range(ATTEMPTS):
        started = time.thread_time()
        skill(event)
        times.append(time.thread_time() - started)
    return min(times)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", DIRECTIVES)
def test_the_time_for_a_reply_grows_with_the_input_when_one_part_of_it_is_huge(
    skill: SkillInProcess, account_server: AccountServer, name: str, unit: str
) -> None:
    directive = filled(name, account_server.token())
    sizes = [with_each_place(directive, UNITS[unit](LENGTH * times)) for times in (1, 2, 4)]
    for small, middle, large in zip(*sizes, strict=True):
        allowed = MOST_RATIO * seconds(skill, small) + NOISE_SECONDS
        assert seconds(skill, middle) < allowed
        assert seconds(skill, large) < allowed


@pytest.mark.parametrize("name", DIRECTIVES)
def test_the_reply_is_truthful_when_any_part_is_as_deep_as_json_reads(
    skill: SkillInProcess, account_server: AccountServer, name: str
) -> None:
    for event in with_each_place(filled(name, account_server.token()), deepest()):
        truthful.check(event, skill(event), SUPPORTED)


def deepest() -> object:
    """The deepest value that Python's json reads here, give or take a few levels."""
    depth = 100
    while True:
        try:
            json.loads(json.dumps(deeply(None, depth + 20)))
        except RecursionError:
            return deeply(None, depth)
        depth += 20
