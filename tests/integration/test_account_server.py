"""What an account server may do to the function: new keys after a freeze, and replies that never end."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from camera_skill.adapters import tokens
from camera_skill.adapters.tokens import OidcAccessTokens
from camera_skill.budget import Budget
from camera_skill.errors import AccountServerUnreachableError, TokenInvalidError
from tests.support.account_server import CLIENT_ID, USER_ID, AccountServer
from tests.support.directives import discover
from tests.support.function_process import running_function
from tests.support.raw_server import serving
from tests.support.servers import dribbling

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def tokens_of(account_server: AccountServer, jwks_url: str = "") -> OidcAccessTokens:
    return OidcAccessTokens(account_server.issuer, jwks_url or account_server.jwks_url, {CLIENT_ID})


def test_a_new_key_is_fetched_when_the_monotonic_clock_stood_still_in_a_freeze(
    account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access_tokens = tokens_of(account_server)
    assert access_tokens.user_id(account_server.token(), Budget(5.0)) == USER_ID
    account_server.add_key("key-2")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + tokens.REFRESH_SECONDS)
    token = account_server.token(key_id="key-2", iat=None)  # which PyJWT compares with a clock that is not changed
    assert access_tokens.user_id(token, Budget(5.0)) == USER_ID


def test_a_new_key_is_fetched_when_the_clock_was_set_back(
    account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access_tokens = tokens_of(account_server)
    assert access_tokens.user_id(account_server.token(), Budget(5.0)) == USER_ID
    account_server.add_key("key-2")
    now, ticks = time.time, time.monotonic
    monkeypatch.setattr(time, "time", lambda: now() - 3600)
    monkeypatch.setattr(time, "monotonic", lambda: ticks() + tokens.REFRESH_SECONDS)
    assert access_tokens.user_id(account_server.token(key_id="key-2"), Budget(5.0)) == USER_ID


def test_forged_key_ids_cost_the_account_server_nothing_when_its_keys_were_fetched_just_now(
    account_server: AccountServer,
) -> None:
    access_tokens = tokens_of(account_server)
    access_tokens.user_id(account_server.token(), Budget(5.0))
    for number in range(3):
        with pytest.raises(TokenInvalidError):
            access_tokens.user_id(account_server.token(headers={"kid": f"forged-{number}"}), Budget(5.0))
    assert account_server.fetches == 1


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
    assert time.monotonic() - started < tokens.CONNECT_SECONDS + tokens.READ_SECONDS + 1.0


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
    with flooding() as (url, sent), pytest.raises(AccountServerUnreachableError, match="no JWKS"):
        tokens_of(account_server, url).user_id(account_server.token(), Budget(5.0))
    assert sent[0] < 16 * 2**20  # what the system itself takes in
