"""Tokens that are none of ours, against the whole function: refused before anything else is touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from camera_skill.adapters.tokens.oidc_tokens import OidcAccessTokens
from camera_skill.budget import Budget
from camera_skill.errors import TokenExpiredError, TokenInvalidError
from tests.support.account_server import USER_ID, AccountServer, running_account_server
from tests.support.directives import OFFER, about_session, discover, initiate
from tests.support.function import Function, environment
from tests.support.threaded_server import Request, threaded_server
from tests.support.token_attacks import BEFORE_THE_KEY, BY_THE_KEY, EXPIRED, Attack

INVALID, OVER = "INVALID_AUTHORIZATION_CREDENTIAL", "EXPIRED_AUTHORIZATION_CREDENTIAL"
ATTACKS: dict[str, tuple[Attack, str]] = {
    **{name: (attack, INVALID) for name, attack in {**BEFORE_THE_KEY, **BY_THE_KEY}.items()},
    **{name: (attack, OVER) for name, attack in EXPIRED.items()},
}


@contextmanager
def trap() -> Iterator[tuple[str, list[str]]]:
    """The URL of a service that refuses everything, and what was asked of it."""
    asked: list[str] = []

    def refuse(request: Request) -> None:
        asked.append(request.headers.get("X-Amz-Target", request.path))
        request.reply(400)

    with threaded_server(refuse) as url:
        yield url, asked


@dataclass
class Attacked:
    """A warm function, its account server, and what was asked of the tables and of signaling."""

    function: Function
    account_server: AccountServer
    asked: list[str]


@pytest.fixture(scope="module")
def attacked() -> Iterator[Attacked]:
    with running_account_server() as server, trap() as (url, asked), pytest.MonkeyPatch.context() as patch:
        surroundings = environment(TOKEN_ISSUER=server.issuer, TOKEN_JWKS_URL=server.jwks_url, AWS_ENDPOINT_URL=url)
        for name, value in surroundings.items():
            patch.setenv(name, value)
        function = Function()
        assert outcome(function(initiate(server.token(), OFFER))) == "INTERNAL_ERROR"
        assert asked.pop() == "DynamoDB_20120810.BatchGetItem"  # what a good token leads to
        asked.clear()
        yield Attacked(function, server, asked)


def outcome(reply: dict[str, Any]) -> str:
    kind: str = reply["event"]["payload"]["type"]
    return kind


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_is_touched_when_a_token_is_not_ours(attacked: Attacked, name: str) -> None:
    attack, error = ATTACKS[name]
    token, fetches = attack(attacked.account_server), attacked.account_server.fetches
    for event in (initiate(token, OFFER), about_session("session_disconnected", token)):
        assert outcome(attacked.function(event)) == error
    assert attacked.function(discover(token))["event"]["payload"] == {"endpoints": []}
    assert attacked.asked == []
    assert attacked.account_server.fetches == fetches


@pytest.mark.parametrize("scope", [None, {}, {"type": "BearerToken"}, {"type": "BearerToken", "token": None}, 7])
def test_nothing_is_touched_when_there_is_no_token(attacked: Attacked, scope: object) -> None:
    event = initiate("", OFFER)
    event["directive"]["endpoint"]["scope"] = scope
    assert outcome(attacked.function(event)) in {INVALID, "INVALID_DIRECTIVE"}
    assert attacked.asked == []


def test_one_key_of_another_pool_costs_one_question_and_no_more(attacked: Attacked) -> None:
    fetches = attacked.account_server.fetches
    with running_account_server() as another:
        another.issuer = attacked.account_server.issuer
        another.add_key("key-of-another")
        token = another.token(key_id="key-of-another")
        for _ in range(10):
            assert outcome(attacked.function(initiate(token, OFFER))) == INVALID
        assert another.fetches == 0
    assert attacked.account_server.fetches == fetches + 1
    assert attacked.asked == []


@pytest.mark.parametrize("name", BEFORE_THE_KEY)
def test_a_fresh_process_asks_for_no_key_when_what_a_token_says_is_wrong(
    account_server: AccountServer, name: str
) -> None:
    access_tokens = OidcAccessTokens(account_server.rules(), account_server.jwks_url)
    with pytest.raises(TokenInvalidError) as raised:
        access_tokens.user_id(BEFORE_THE_KEY[name](account_server), Budget(5.0))
    assert not isinstance(raised.value, TokenExpiredError)
    assert account_server.fetches == 0


@pytest.mark.parametrize("name", [*BY_THE_KEY, *EXPIRED])
def test_a_fresh_process_asks_for_keys_once_when_it_takes_one_to_see_that_a_token_is_wrong(
    account_server: AccountServer, name: str
) -> None:
    access_tokens = OidcAccessTokens(account_server.rules(), account_server.jwks_url)
    token = ATTACKS[name][0](account_server)
    for _ in range(3):
        with pytest.raises(TokenInvalidError) as raised:
            access_tokens.user_id(token, Budget(5.0))
        assert isinstance(raised.value, TokenExpiredError) == (name in EXPIRED)
    assert account_server.fetches == 1


def test_a_token_is_refused_the_moment_that_its_leeway_ends(
    account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, passed = 1_900_000_000.0, 0.0
    monkeypatch.setattr("time.time", lambda: now + passed)
    access_tokens = OidcAccessTokens(account_server.rules(), account_server.jwks_url)
    token = account_server.token(exp=now + 5)
    for passed in (0.0, 5.0, 14.9):  # noqa: B007 - read by the clock
        assert access_tokens.user_id(token, Budget(5.0)) == USER_ID
    passed = 15.0
    with pytest.raises(TokenExpiredError):
        access_tokens.user_id(token, Budget(5.0))
