"""Login with Amazon: whose token it is, for how long that counts, and what it may do to the function."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from camera_skill.adapters.http_requests import CONNECT_SECONDS, READ_SECONDS
from camera_skill.adapters.tokens import login_with_amazon
from camera_skill.adapters.tokens.login_with_amazon import LoginWithAmazonTokens
from camera_skill.budget import Budget
from camera_skill.errors import AccountServerUnreachableError, TokenExpiredError, TokenInvalidError
from tests.conftest import AddCamera
from tests.support.directives import ENDPOINT_ID, OFFER, discover, initiate
from tests.support.function import Function
from tests.support.login_with_amazon import (
    AMAZON_USER_ID,
    CLIENT_ID,
    INVALID,
    LoginWithAmazon,
    Spoil,
    always,
    running_login_with_amazon,
)
from tests.support.raw_server import http_reply, serving
from tests.support.servers import dribbling, repeating

INFO, PROFILE = "/auth/o2/tokeninfo", "/user/profile"


@pytest.fixture
def amazon() -> Iterator[LoginWithAmazon]:
    with running_login_with_amazon() as server:
        yield server


@pytest.fixture
def access_tokens(amazon: LoginWithAmazon) -> LoginWithAmazonTokens:
    return LoginWithAmazonTokens(amazon.url, {CLIENT_ID})


def user_id(access_tokens: LoginWithAmazonTokens, token: str) -> str:
    return access_tokens.user_id(token, Budget(5.0))


def later(monkeypatch: pytest.MonkeyPatch, seconds: float, clock: str = "time") -> None:
    """As after a freeze, in which only the one clock went on."""
    now = getattr(time, clock)
    monkeypatch.setattr(time, clock, lambda: now() + seconds)


def test_a_customer_is_known_for_minutes_when_amazon_was_asked_once(
    amazon: LoginWithAmazon, access_tokens: LoginWithAmazonTokens
) -> None:
    token = amazon.token()
    for _ in range(3):
        assert user_id(access_tokens, token) == AMAZON_USER_ID
    assert amazon.paths == [INFO, PROFILE]
    assert amazon.headers[1]["authorization"] == f"bearer {token}"
    assert [headers["connection"] for headers in amazon.headers] == ["close", "close"]


@pytest.mark.parametrize("clock", ["time", "monotonic"])
@pytest.mark.parametrize(("lifetime", "kept"), [(3600.0, 300.0), (100.0, 100.0)])
def test_amazon_is_asked_again_when_five_minutes_or_the_tokens_own_are_over(
    amazon: LoginWithAmazon,
    access_tokens: LoginWithAmazonTokens,
    monkeypatch: pytest.MonkeyPatch,
    clock: str,
    lifetime: float,
    kept: float,
) -> None:
    token = amazon.token(lifetime=lifetime)
    user_id(access_tokens, token)
    with monkeypatch.context() as patch:
        later(patch, kept - 5.0, clock)
        user_id(access_tokens, token)
        assert len(amazon.paths) == 2
    later(monkeypatch, kept, clock)
    user_id(access_tokens, token)
    assert len(amazon.paths) == 4


def test_a_known_customer_is_not_kept_waiting_when_amazon_is_down(
    amazon: LoginWithAmazon, access_tokens: LoginWithAmazonTokens
) -> None:
    token = amazon.token()
    user_id(access_tokens, token)
    amazon.spoil = always(503, "")
    assert access_tokens.user_id(token, Budget(0.0)) == AMAZON_USER_ID


EXPIRED_ALONE = {"error": "invalid_token", "error_description": "The access token has expired"}
RFC_6750 = "The access token provided is expired, revoked, malformed, or invalid for other reasons"
REFUSALS: dict[str, tuple[Spoil, type[TokenInvalidError]]] = {
    "invalid token": (always(400, INVALID), TokenInvalidError),
    "invalid token at the profile": (always(400, INVALID, path=PROFILE), TokenInvalidError),
    "invalid request": (always(400, {"error": "invalid_request"}), TokenInvalidError),
    "401": (always(401, {"error": "invalid_token"}), TokenInvalidError),
    "401 without a word": (always(401, ""), TokenInvalidError),
    "any of four": (always(401, {"error": "invalid_token", "error_description": RFC_6750}), TokenInvalidError),
    "scope": (always(403, {"error": "insufficient_scope"}, path=PROFILE), TokenInvalidError),
    "expired": (always(400, EXPIRED_ALONE), TokenExpiredError),
    "expired at the profile": (always(401, EXPIRED_ALONE, path=PROFILE), TokenExpiredError),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_token_is_refused_for_seconds_when_amazon_refuses_it(
    amazon: LoginWithAmazon, access_tokens: LoginWithAmazonTokens, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    amazon.spoil, error = REFUSALS[reason]
    token = amazon.token()
    for _ in range(2):
        with pytest.raises(TokenInvalidError) as raised:
            user_id(access_tokens, token)
        assert type(raised.value) is error
        asked = len(amazon.paths)
    assert asked == (2 if PROFILE in amazon.paths else 1)
    amazon.spoil = lambda _: None
    later(monkeypatch, login_with_amazon.REFUSED_SECONDS)
    assert user_id(access_tokens, token) == AMAZON_USER_ID


@pytest.mark.parametrize("seconds", [0, -1, -0.5])
def test_a_token_has_expired_when_it_has_no_seconds_left(
    amazon: LoginWithAmazon, access_tokens: LoginWithAmazonTokens, seconds: float
) -> None:
    with pytest.raises(TokenExpiredError):
        user_id(access_tokens, amazon.token(exp=seconds))
    assert amazon.paths == [INFO]


def test_a_token_has_expired_when_it_is_refused_after_the_end_that_amazon_had_said(
    amazon: LoginWithAmazon, access_tokens: LoginWithAmazonTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = amazon.token(lifetime=900.0)
    user_id(access_tokens, token)
    amazon.revoke(token)
    assert user_id(access_tokens, token) == AMAZON_USER_ID  # at most five minutes more
    with monkeypatch.context() as patch:
        later(patch, 400.0)
        with pytest.raises(TokenInvalidError) as raised:
            user_id(access_tokens, token)
        assert type(raised.value) is TokenInvalidError
    later(monkeypatch, 900.0)
    for _ in range(2):
        with pytest.raises(TokenExpiredError):
            user_id(access_tokens, token)


@pytest.mark.parametrize("audience", ["amzn1.application-oa2-client.another", None, [CLIENT_ID], 7])
def test_a_token_is_refused_when_another_app_got_it(
    amazon: LoginWithAmazon, access_tokens: LoginWithAmazonTokens, audience: object
) -> None:
    with pytest.raises(TokenInvalidError, match="another app"):
        user_id(access_tokens, amazon.token(aud=audience))
    assert amazon.paths == [INFO]


@pytest.mark.parametrize(
    "token", ["", "x" * 100_000, "Atza|a b", "Atza|a\r\nX: y", "Atza|ä", "Atza|\x00", "\udcff"], ids=repr
)
def test_amazon_is_not_asked_when_what_came_can_be_no_token(
    amazon: LoginWithAmazon, access_tokens: LoginWithAmazonTokens, token: str
) -> None:
    with pytest.raises(TokenInvalidError):
        user_id(access_tokens, token)
    assert amazon.paths == []


GOOD_INFO = {"aud": CLIENT_ID, "exp": 3600}
NONSENSE: dict[str, Spoil] = {
    "500": always(500, {"error": "ServerError"}),
    "503": always(503, "<html>"),
    "500 at the profile": always(500, "", path=PROFILE),
    "429": always(429, ""),
    "404": always(404, ""),
    "redirect": always(302, ""),
    "redirect of the profile": always(307, "", path=PROFILE),
    "empty": always(200, ""),
    "html": always(200, "<html>"),
    "list": always(200, []),
    "named twice": always(200, f'{{"aud":"{CLIENT_ID}","aud":"{CLIENT_ID}","exp":9}}', path=INFO),
    "deep": always(200, "[" * 100_000),
    "not a number": always(200, f'{{"aud":"{CLIENT_ID}","exp":NaN}}', path=INFO),
    "no exp": always(200, {"aud": CLIENT_ID}, path=INFO),
    "exp is a text": always(200, {**GOOD_INFO, "exp": "3600"}, path=INFO),
    "exp is true": always(200, {**GOOD_INFO, "exp": True}, path=INFO),
    "another customer's profile": always(200, {"user_id": "amzn1.account.ANOTHER"}, path=PROFILE),
    "a profile of nobody": always(200, {"name": "Nobody"}, path=PROFILE),
    "a profile of a number": always(200, {"user_id": 7}, path=PROFILE),
    "a profile of long characters": always(200, {"user_id": "\N{GRINNING FACE}" * 251}, path=PROFILE),
    "a profile of half a character": always(200, {"user_id": "\ud800"}, path=PROFILE),
    "400 of a proxy": always(400, "<html>"),
    "403 of a firewall": always(403, "<html>"),
    "400 with another reason": always(400, {"error": "temporarily_unavailable"}),
    "more than anybody reads": always(200, " " * 2**20),
}


@pytest.mark.parametrize("reply", NONSENSE)
def test_amazon_counts_as_down_and_is_asked_again_when_its_reply_makes_no_sense(
    amazon: LoginWithAmazon, access_tokens: LoginWithAmazonTokens, reply: str
) -> None:
    amazon.spoil = NONSENSE[reply]
    token = amazon.token()
    with pytest.raises(AccountServerUnreachableError):
        user_id(access_tokens, token)
    assert "/elsewhere" not in amazon.paths
    amazon.spoil = lambda _: None
    assert user_id(access_tokens, token) == AMAZON_USER_ID


def test_amazon_counts_as_down_when_nobody_listens() -> None:
    with pytest.raises(AccountServerUnreachableError):
        user_id(LoginWithAmazonTokens("http://127.0.0.1:9", {CLIENT_ID}), "Atza|example")


async def test_the_wait_ends_long_before_the_budget_when_amazon_dribbles() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n"
    async with serving(dribbling(head, b" ")) as address:
        access_tokens, started = LoginWithAmazonTokens(f"http://{address}", {CLIENT_ID}), time.monotonic()
        with pytest.raises(AccountServerUnreachableError):
            await asyncio.to_thread(access_tokens.user_id, "Atza|example", Budget(30.0))
    assert time.monotonic() - started < CONNECT_SECONDS + READ_SECONDS + 1.0


def test_both_requests_share_one_time_when_each_of_them_is_slow(
    amazon: LoginWithAmazon, access_tokens: LoginWithAmazonTokens
) -> None:
    seconds, asked = 1.0, threading.Event()

    def slow(path: str) -> None:
        if path == INFO:
            asked.wait(seconds * 0.7)
        else:
            asked.wait(seconds * 5)

    amazon.spoil = slow
    started = time.monotonic()
    with pytest.raises(AccountServerUnreachableError):
        access_tokens.user_id(amazon.token(), Budget(seconds))
    assert time.monotonic() - started < seconds * 1.5
    assert amazon.paths == [INFO, PROFILE]
    asked.set()


def test_so_many_are_kept_and_no_more_when_many_tokens_come(
    amazon: LoginWithAmazon,
) -> None:
    tokens = [amazon.token() for _ in range(4)]
    access_tokens = LoginWithAmazonTokens(amazon.url, {CLIENT_ID}, kept=3)
    for token in tokens[:3]:
        user_id(access_tokens, token)
    for number in range(10):  # forged ones drive no customer out
        with pytest.raises(TokenInvalidError):
            user_id(access_tokens, f"Atza|forged-{number}")
    asked = len(amazon.paths)
    user_id(access_tokens, tokens[0])
    assert len(amazon.paths) == asked
    user_id(access_tokens, tokens[3])  # in place of the one that was used longest ago
    user_id(access_tokens, tokens[0])
    assert len(amazon.paths) == asked + 2
    user_id(access_tokens, tokens[1])
    assert len(amazon.paths) == asked + 4


LoadFunction = Callable[[str], Function]


@pytest.fixture
def load_function(function_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> LoadFunction:
    """The function, loaded anew, with Login with Amazon at this URL as its account server."""

    def load(url: str) -> Function:
        of_amazon = {"ACCOUNT_SERVER": "login-with-amazon", "LOGIN_WITH_AMAZON_URL": url, "TOKEN_CLIENT_IDS": CLIENT_ID}
        for name, value in {**function_environment, **of_amazon}.items():
            monkeypatch.setenv(name, value)
        return Function()

    return load


@pytest.mark.parametrize("level", [logging.WARNING, logging.DEBUG])
async def test_no_library_logs_the_token_when_a_header_of_amazons_reply_is_broken(
    amazon: LoginWithAmazon, load_function: LoadFunction, caplog: pytest.LogCaptureFixture, level: int
) -> None:
    body = json.dumps({**GOOD_INFO, "user_id": AMAZON_USER_ID})
    reply = http_reply(200, body).replace(b"\r\n\r\n", b"\r\nno colon\r\n\r\n", 1)
    async with serving(repeating(reply)) as address:
        function = await asyncio.to_thread(load_function, f"http://{address}")
        with caplog.at_level(level):
            answer = await asyncio.to_thread(function, discover(amazon.token()))
    assert answer["event"]["header"]["name"] == "Discover.Response"
    libraries = {record.name.split(".")[0] for record in caplog.records}
    assert libraries.isdisjoint({"urllib3", "botocore", "boto3"})


def test_a_customer_of_amazon_finds_and_asks_for_their_cameras_and_no_others(
    amazon: LoginWithAmazon, load_function: LoadFunction, add_camera: AddCamera
) -> None:
    function_of_amazon = load_function(amazon.url)
    add_camera("https://signaling.example", user_id=AMAZON_USER_ID)
    add_camera("https://signaling.example", endpoint_id="another", user_id="amzn1.account.ANOTHER")
    token = amazon.token()
    endpoints = function_of_amazon(discover(token))["event"]["payload"]["endpoints"]
    assert [one["endpointId"] for one in endpoints] == [ENDPOINT_ID]
    reply = function_of_amazon(initiate(token, OFFER, "another"))
    assert reply["event"]["payload"]["type"] == "NO_SUCH_ENDPOINT"
    for status, error in ((503, "INTERNAL_ERROR"), (400, "INVALID_AUTHORIZATION_CREDENTIAL")):
        amazon.spoil = always(status, INVALID)
        reply = function_of_amazon(initiate(amazon.token(), OFFER))
        assert reply["event"]["payload"]["type"] == error
    amazon.spoil = lambda _: None
    reply = function_of_amazon(initiate(amazon.token(exp=0), OFFER))
    assert reply["event"]["payload"]["type"] == "EXPIRED_AUTHORIZATION_CREDENTIAL"
