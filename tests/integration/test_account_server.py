"""What an account server may do to the function: new keys after a freeze, and replies that never end."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from jwt.utils import base64url_encode

from camera_skill.adapters.http_requests import CONNECT_SECONDS, READ_SECONDS
from camera_skill.adapters.tokens.json_web_keys import REFRESH_SECONDS, RETRY_SECONDS
from camera_skill.adapters.tokens.oidc_tokens import OidcAccessTokens
from camera_skill.budget import Budget
from camera_skill.errors import AccountServerUnreachableError, TokenInvalidError
from tests.support.account_server import USER_ID, AccountServer
from tests.support.directives import discover
from tests.support.function_process import running_function
from tests.support.raw_server import serving
from tests.support.servers import dribbling

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def tokens_of(account_server: AccountServer, jwks_url: str = "") -> OidcAccessTokens:
    return OidcAccessTokens(account_server.rules(), jwks_url or account_server.jwks_url)


def refuse_forged(access_tokens: OidcAccessTokens, account_server: AccountServer, count: int = 1) -> None:
    """Lets tokens come whose key ids the account server does not know."""
    _, claims, signature = account_server.token().split(".")
    for number in range(count):
        header = base64url_encode(json.dumps(account_server.header(kid=f"forged-{number}")).encode()).decode()
        forged = f"{header}.{claims}.{signature}"
        with pytest.raises(TokenInvalidError, match="key that its issuer does not have"):
            access_tokens.user_id(forged, Budget(5.0))


def test_a_new_key_is_fetched_at_once_when_the_last_fetch_was_of_use(account_server: AccountServer) -> None:
    access_tokens = tokens_of(account_server)
    for fetches, key_id in enumerate(("key-1", "key-2", "key-3"), start=1):
        account_server.keys.clear()
        account_server.add_key(key_id)
        for _ in range(3):
            assert access_tokens.user_id(account_server.token(key_id=key_id), Budget(5.0)) == USER_ID
        assert account_server.fetches == fetches


def test_the_account_server_is_asked_once_when_a_thousand_forged_key_ids_come(
    account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access_tokens = tokens_of(account_server)
    refuse_forged(access_tokens, account_server, 1000)
    assert account_server.fetches == 1
    assert access_tokens.user_id(account_server.token(), Budget(5.0)) == USER_ID
    refuse_forged(access_tokens, account_server, 1000)
    assert account_server.fetches == 1
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + REFRESH_SECONDS)
    refuse_forged(access_tokens, account_server, 1000)
    assert account_server.fetches == 2


def test_the_account_server_is_asked_once_more_when_forged_key_ids_come_after_a_good_token(
    account_server: AccountServer,
) -> None:
    access_tokens = tokens_of(account_server)
    assert access_tokens.user_id(account_server.token(), Budget(5.0)) == USER_ID
    refuse_forged(access_tokens, account_server, 1000)
    assert account_server.fetches == 2


def test_a_new_key_is_fetched_when_the_monotonic_clock_stood_still_in_a_freeze(
    account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access_tokens = tokens_of(account_server)
    refuse_forged(access_tokens, account_server)
    account_server.add_key("key-2")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + REFRESH_SECONDS)
    assert access_tokens.user_id(account_server.token(key_id="key-2"), Budget(5.0)) == USER_ID


def test_a_new_key_is_fetched_when_the_clock_was_set_back(
    account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access_tokens = tokens_of(account_server)
    refuse_forged(access_tokens, account_server)
    account_server.add_key("key-2")
    now, ticks = time.time, time.monotonic
    monkeypatch.setattr(time, "time", lambda: now() - 3600)
    monkeypatch.setattr(time, "monotonic", lambda: ticks() + REFRESH_SECONDS)
    assert access_tokens.user_id(account_server.token(key_id="key-2"), Budget(5.0)) == USER_ID


def test_known_keys_go_on_and_cost_no_time_when_the_account_server_is_down(account_server: AccountServer) -> None:
    access_tokens = tokens_of(account_server)
    assert access_tokens.user_id(account_server.token(), Budget(5.0)) == USER_ID
    account_server.status = 503
    for _ in range(3):
        with pytest.raises(AccountServerUnreachableError):
            access_tokens.user_id(account_server.token(headers={"kid": "new"}), Budget(5.0))
        assert access_tokens.user_id(account_server.token(), Budget(0.0)) == USER_ID
    assert account_server.fetches == 2  # a server that is down is left alone for a moment


def test_known_keys_go_on_when_the_account_server_has_none_for_a_moment(
    account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access_tokens = tokens_of(account_server)
    assert access_tokens.user_id(account_server.token(), Budget(5.0)) == USER_ID
    account_server.add_key("key-2")
    tokens = [account_server.token(key_id=key_id) for key_id in ("key-1", "key-2")]
    keys = dict(account_server.keys)
    account_server.keys.clear()
    for known in (access_tokens, tokens_of(account_server)):
        with pytest.raises(AccountServerUnreachableError):
            known.user_id(tokens[1], Budget(5.0))
    assert access_tokens.user_id(tokens[0], Budget(0.0)) == USER_ID
    account_server.keys.update(keys)
    ticks = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: ticks() + RETRY_SECONDS)
    assert access_tokens.user_id(tokens[1], Budget(5.0)) == USER_ID


def test_its_keys_are_fetched_again_soon_when_the_account_server_was_down(
    account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access_tokens = tokens_of(account_server)
    account_server.status = 503
    with pytest.raises(AccountServerUnreachableError):
        access_tokens.user_id(account_server.token(), Budget(5.0))
    account_server.status = 200
    ticks = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: ticks() + RETRY_SECONDS)
    assert access_tokens.user_id(account_server.token(), Budget(5.0)) == USER_ID


DRIBBLES = {
    "body": (HEAD + b"Content-Length: 9000\r\n\r\n", b" "),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "endless body": (HEAD + b"\r\n", b" "),
    "headers": (HEAD + b"X-Long: ", b"x"),
    "status line": (b"", b"H"),
}


@pytest.mark.parametrize("dribble", DRIBBLES)
async def test_no_thread_and_no_connection_stays_behind_when_the_account_server_dribbles(
    function_environment: dict[str, str], account_server: AccountServer, dribble: str
) -> None:
    async with serving(dribbling(*DRIBBLES[dribble])) as address:
        environment = {**function_environment, "TOKEN_JWKS_URL": f"http://{address}"}
        async with running_function(environment) as function:
            await function.invoke({})
            process = psutil.Process(function.pid)
            threads = process.num_threads()
            for _ in range(8):
                reply = await function.invoke(discover(account_server.token()), 1.0)
                assert reply["payload"] == {"endpoints": []}
            async with asyncio.timeout(2):
                while process.num_threads() > threads or process.net_connections("tcp"):  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(0.05)


async def test_the_wait_for_keys_ends_long_before_the_budget_when_the_account_server_dribbles(
    account_server: AccountServer,
) -> None:
    async with serving(dribbling(*DRIBBLES["body"])) as address:
        access_tokens, started = tokens_of(account_server, f"http://{address}"), time.monotonic()
        with pytest.raises(AccountServerUnreachableError):
            await asyncio.to_thread(access_tokens.user_id, account_server.token(), Budget(30.0))
    assert time.monotonic() - started < CONNECT_SECONDS + READ_SECONDS + 1.0


@contextmanager
def flooding() -> Iterator[tuple[str, list[int]]]:
    """The URL of a server that sends 64 MB, and how many bytes it could send to each who asked."""
    sent: list[int] = []

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            sent.append(0)
            try:
                connection.sendall(HEAD + b"\r\n")
                for _ in range(64):
                    connection.sendall(b" " * 2**20)
                    sent[-1] += 2**20
            except OSError:
                pass  # whoever asked has had enough

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", sent
        thread.join(5)


def test_most_of_it_is_never_read_when_the_account_server_sends_without_an_end(account_server: AccountServer) -> None:
    with flooding() as (url, sent), pytest.raises(AccountServerUnreachableError, match="not what it should"):
        tokens_of(account_server, url).user_id(account_server.token(), Budget(5.0))
    assert sent[0] < 16 * 2**20  # what the system itself takes in
