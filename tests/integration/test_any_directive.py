"""Whatever comes in: a reply that Alexa takes, that echoes what it must, and that says what is true."""

import asyncio
import io
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulator.alexa import message_schema
from tests.conftest import SOAK, AddCamera
from tests.support import alexa_schema, secrets, truthful
from tests.support.account_server import AccountServer
from tests.support.any_directive import ANY_JSON, every_replacement, mutated
from tests.support.directives import DIRECTIVES, filled
from tests.support.function import Function
from tests.support.servers import answering_servers
from tests.support.skill import SUPPORTED, SkillInProcess

EXAMPLES = (100_000 if SOAK else 10_000) // len(DIRECTIVES) + 1
"""Mutations of each directive: 10,000 of all in a sample, 100,000 in the soak."""
MOST_OUTPUT = 8_000
"""Characters of logs and metrics per directive, however long what came in was."""


class Stdout(io.TextIOWrapper):
    """Standard output as Lambda has it: UTF-8, and no halves of surrogate pairs."""

    def __init__(self) -> None:
        self._written = io.BytesIO()
        super().__init__(self._written, encoding="utf-8", errors="strict", write_through=True)

    def taken(self) -> str:
        """What was written since this was called last."""
        written = self._written.getvalue().decode()
        self._written.seek(0)
        self._written.truncate()
        return written


@pytest.fixture
def token(account_server: AccountServer) -> str:
    return account_server.token()


Check = Callable[[object], dict[str, Any]]


@contextmanager
def checking(account_server: AccountServer) -> Iterator[Check]:
    """Gives what invokes the skill, fails if anything about reply or output is wrong, and returns the reply.

    Not a fixture: pytest sets standard output anew when the test begins.
    """
    stdout = Stdout()
    with redirect_stdout(stdout):
        skill = SkillInProcess(account_server)

        def check(event: object) -> dict[str, Any]:
            reply = skill(event)
            truthful.check(event, reply, SUPPORTED)
            output = stdout.taken()
            assert len(output) < MOST_OUTPUT
            log, metrics, end = output.split("\n")
            assert (json.loads(log)["level"], json.loads(metrics)["Directives"], end) in LINES
            assert not list(secrets.found_in(output)) or are_in_the_wrong_place(event)
            return reply

        yield check


LINES = [("INFO", [1.0], ""), ("WARNING", [1.0], ""), ("ERROR", [1.0], "")]
"""What can be in the two lines that each directive causes."""


def are_in_the_wrong_place(event: object) -> bool:
    """Whether secrets came where names of things belong, which are logged."""
    logged = [("header", "namespace"), ("header", "name"), ("header", "payloadVersion"), ("endpoint", "endpointId")]
    parts = [truthful.part(event, *names) for names in [*logged, ("payload", "sessionId")]]
    return any(isinstance(part, str) and list(secrets.found_in(part)) for part in parts)


@pytest.mark.parametrize("name", DIRECTIVES)
def test_the_directives_that_are_mutated_are_answered_when_nothing_is_done_to_them(
    account_server: AccountServer, token: str, name: str
) -> None:
    with checking(account_server) as check:
        assert check(filled(name, token))["event"]["header"]["name"] != "ErrorResponse"


@pytest.mark.parametrize("name", DIRECTIVES)
def test_the_reply_is_truthful_when_any_part_is_replaced_by_anything_nasty(
    account_server: AccountServer, token: str, name: str
) -> None:
    with checking(account_server) as check:
        for event in every_replacement(filled(name, token)):
            check(event)


@pytest.mark.soak
@pytest.mark.timeout(3600 if SOAK else 120)
@pytest.mark.parametrize("name", DIRECTIVES)
def test_the_reply_is_truthful_when_directives_mutate(account_server: AccountServer, token: str, name: str) -> None:
    count = itertools.count()

    @settings(max_examples=EXAMPLES)
    @given(mutated(filled(name, token)))
    def campaign(event: object) -> None:
        next(count)
        check(event)

    with checking(account_server) as check:
        campaign()
    assert next(count) >= EXAMPLES


@pytest.mark.soak
@pytest.mark.timeout(3600 if SOAK else 120)
def test_the_reply_is_invalid_directive_when_anything_at_all_comes(account_server: AccountServer) -> None:
    @settings(max_examples=20_000 if SOAK else 1_000)
    @given(ANY_JSON)
    def campaign(event: object) -> None:
        assert check(event)["event"]["payload"]["type"] == "INVALID_DIRECTIVE"

    with checking(account_server) as check:
        campaign()


@pytest.mark.parametrize("name", DIRECTIVES)
def test_both_validators_agree_when_replies_are_right_and_when_they_are_wrong(
    account_server: AccountServer, token: str, name: str
) -> None:
    with checking(account_server) as check:
        right = check(filled(name, token))
    assert message_schema.accepts(right)

    @settings(max_examples=2_000 if SOAK else 20)
    @given(mutated(right))
    def campaign(reply: object) -> None:
        # In Python's patterns $ is also before a last line end, so that jsonschema takes what ends with one.
        assert message_schema.accepts(reply) or not alexa_schema.accepts(reply)

    campaign()


@pytest.mark.soak
@pytest.mark.timeout(3600 if SOAK else 120)
async def test_the_reply_is_truthful_when_the_whole_function_gets_mutated_directives(
    function_in_process: Function, add_camera: AddCamera, token: str
) -> None:
    @settings(max_examples=5_000 if SOAK else 200)
    @given(st.sampled_from(DIRECTIVES).flatmap(lambda name: mutated(filled(name, token))))
    def campaign(event: object) -> None:
        assume(not are_in_the_wrong_place(event))
        truthful.check(event, function_in_process(event), SUPPORTED)

    async with answering_servers() as urls:
        await asyncio.to_thread(add_camera, urls[0])
        reply = await asyncio.to_thread(function_in_process, filled("initiate_session_with_offer", token))
        assert reply["event"]["header"]["name"] == "AnswerGeneratedForSession"
        await asyncio.to_thread(campaign)
