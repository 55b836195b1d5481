"""Keys that an issuer withdraws, and issuers that do not answer when they are asked for their keys anew."""

import threading
import time

import pytest

from camera_skill.adapters.tokens.json_web_keys import RENEWAL_RETRY_SECONDS, RENEWAL_SECONDS, RENEWAL_WAIT_SECONDS
from camera_skill.adapters.tokens.oidc_tokens import OidcAccessTokens
from camera_skill.budget import Budget
from camera_skill.errors import TokenInvalidError
from tests.support.account_server import USER_ID, AccountServer
from tests.support.threaded_server import Request, threaded_server

SECOND = "key-2"


@pytest.fixture
def access_tokens(account_server: AccountServer) -> OidcAccessTokens:
    """The check of tokens, which knows the server's keys."""
    account_server.add_key(SECOND)
    access_tokens = OidcAccessTokens(account_server.rules(), account_server.jwks_url)
    assert access_tokens.user_id(account_server.token(), Budget(5.0)) == USER_ID
    return access_tokens


@pytest.fixture(params=["time", "monotonic"])
def clock(request: pytest.FixtureRequest) -> str:
    """The one of both clocks that goes on."""
    name: str = request.param
    return name


def lasting_token(server: AccountServer, key_id: str = "key-1") -> str:
    """One that outlasts the tests' clocks."""
    return server.token(key_id=key_id, exp=4_000_000_000)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float, clock: str = "time") -> None:
    now = getattr(time, clock)
    monkeypatch.setattr(time, clock, lambda: now() + seconds)


def test_a_withdrawn_key_counts_for_no_more_than_an_hour(
    account_server: AccountServer, access_tokens: OidcAccessTokens, monkeypatch: pytest.MonkeyPatch, clock: str
) -> None:
    good, known, new = lasting_token(account_server, SECOND), lasting_token(account_server), account_server.token()
    assert access_tokens.user_id(known, Budget(5.0)) == USER_ID
    del account_server.keys["key-1"]
    later(monkeypatch, RENEWAL_SECONDS - 5.0, clock)
    assert access_tokens.user_id(known, Budget(0.0)) == USER_ID
    assert account_server.fetches == 1
    later(monkeypatch, 5.0, clock)
    for token in (known, new):
        with pytest.raises(TokenInvalidError, match="key that its issuer does not have"):
            access_tokens.user_id(token, Budget(5.0))
    asked = account_server.fetches
    for _ in range(3):
        assert access_tokens.user_id(good, Budget(0.0)) == USER_ID
    assert account_server.fetches == asked


def test_a_customer_waits_a_moment_and_once_when_the_issuer_hangs(
    account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, asked, answers = lasting_token(account_server), [], threading.Event()
    jwks = account_server.reply("jwks")

    def serve(request: Request) -> None:
        asked.append(request.path)
        answers.wait(10.0)
        request.reply(200, jwks)

    answers.set()
    with threaded_server(serve) as url:
        access_tokens = OidcAccessTokens(account_server.rules(), url)
        assert access_tokens.user_id(token, Budget(5.0)) == USER_ID
        answers.clear()
        for count, seconds in enumerate((RENEWAL_SECONDS, RENEWAL_RETRY_SECONDS), start=2):
            later(monkeypatch, seconds)
            started = time.perf_counter()
            assert access_tokens.user_id(token, Budget(5.0)) == USER_ID
            assert time.perf_counter() - started < RENEWAL_WAIT_SECONDS + 0.3
            for _ in range(3):
                assert access_tokens.user_id(token, Budget(0.0)) == USER_ID
            assert len(asked) == count
        answers.set()


@pytest.mark.parametrize("status", [404, 503])
def test_a_withdrawn_key_ends_when_the_issuer_is_well_again(
    account_server: AccountServer, access_tokens: OidcAccessTokens, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    token = lasting_token(account_server)
    account_server.status = status
    later(monkeypatch, RENEWAL_SECONDS)
    assert access_tokens.user_id(token, Budget(5.0)) == USER_ID
    account_server.status = 200
    del account_server.keys["key-1"]
    assert access_tokens.user_id(token, Budget(5.0)) == USER_ID
    later(monkeypatch, RENEWAL_RETRY_SECONDS)
    with pytest.raises(TokenInvalidError, match="key that its issuer does not have"):
        access_tokens.user_id(token, Budget(5.0))
