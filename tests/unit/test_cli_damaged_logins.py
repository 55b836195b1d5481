"""Logins when the account server, or what is left of an earlier login, is not as it should be."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from cli.errors import CommandError
from cli.options import Choice
from cli.private_files import write_private
from cli.target import Target
from cli.users import sign_in
from cli.users.accounts import account_of, keep, user_id_of
from cli.users.sign_in import Tokens
from tests.support.threaded_server import threaded_server

LOGIN = "camera-skill login --stack-name mine"
EXPIRED = 1_700_000_000


class TokenServer:
    """Gives every request for tokens the same answer."""

    url, status, body = "", 200, b"{}"


@pytest.fixture
def server() -> Iterator[TokenServer]:
    server = TokenServer()
    with threaded_server(lambda request: request.reply(server.status, server.body)) as server.url:
        yield server


@pytest.fixture
def target(server: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    outputs = {
        "HostedLoginUrl": server.url,
        "UserPoolId": "eu-west-1_pool",
        "OperatorClientId": "operator",
    }
    session = boto3.Session("k", "s", region_name="eu-west-1")
    return Target(Choice(stack_name="mine"), session, "mine", "eu-west-1", outputs)


@pytest.fixture
def token_file(target: Target, tmp_path: Path) -> Path:
    return tmp_path / "camera-skill" / f"{target.outputs['UserPoolId']}.json"


def token(**claims: object) -> str:
    """A JWT whose signature nobody on this side looks at."""
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, b"<html><h1>Bad Gateway</h1></html>"),
        (503, b'{"message": "Service Unavailable"}'),
        (200, b"<html>A page of a hotel's network</html>"),
        (200, b'"text"'),
        (200, b"\xff\xfe"),
        (403, b""),
    ],
)
def test_trying_again_is_proposed_when_the_account_server_does_not_work(
    target: Target, server: TokenServer, status: int, body: bytes
) -> None:
    server.status, server.body = status, body
    keep(target, Tokens(token(sub="user-1", exp=EXPIRED), "refresh"))
    with pytest.raises(CommandError) as failure:
        account_of(target)
    assert str(failure.value).startswith(
        f"The account server at 127.0.0.1 does not work (status {status}): try again in a minute. "
    )


@pytest.mark.parametrize(("status", "body"), [(400, b'{"error": "invalid_grant"}'), (200, b"{}"), (404, b"{}")])
def test_another_login_is_proposed_when_the_account_server_refuses_this_one(
    target: Target, server: TokenServer, status: int, body: bytes
) -> None:
    server.status, server.body = status, body
    keep(target, Tokens(token(sub="user-1", exp=EXPIRED), "refresh"))
    with pytest.raises(CommandError, match=f"has expired: log in again with `{LOGIN}`"):
        account_of(target)


def test_another_login_is_proposed_when_the_code_brings_no_refresh_token(target: Target, server: TokenServer) -> None:
    server.body = json.dumps({"access_token": token(sub="user-1")}).encode()
    authorization = sign_in.begin(target)
    redirect_url = f"{authorization.redirect_uri}?code=abc&state={authorization.state}"
    with pytest.raises(CommandError, match=f"gave no token .*{LOGIN}"):
        asyncio.run(sign_in.exchange(target, authorization, redirect_url))


def test_refresh_token_stays_when_the_answer_brings_no_other(
    target: Target, server: TokenServer, token_file: Path
) -> None:
    renewed = token(sub="user-1", exp=time.time() + 3600)
    server.body = json.dumps({"access_token": renewed}).encode()
    keep(target, Tokens(token(sub="user-1", exp=EXPIRED), "refresh"))
    assert account_of(target).access_token == renewed
    assert json.loads(token_file.read_text()) == {"access_token": renewed, "refresh_token": "refresh"}


@pytest.mark.parametrize(
    "content",
    [
        {"refresh_token": "r"},
        {"access_token": token(sub="user-1")},
        {"access_token": None, "refresh_token": "r"},
        {"access_token": 3, "refresh_token": "r"},
        {"access_token": "no token", "refresh_token": "r"},
        {"access_token": token(exp=9_999_999_999), "refresh_token": "r"},
        {"access_token": token(exp=9_999_999_999, sub=3), "refresh_token": "r"},
    ],
)
def test_logging_in_again_is_proposed_when_the_file_of_a_login_is_damaged(
    target: Target, token_file: Path, content: object
) -> None:
    write_private(token_file, content)
    for ask in (account_of, user_id_of):
        with pytest.raises(CommandError, match="log in again"):
            ask(target)


def test_token_counts_as_expired_when_its_time_is_no_number(target: Target, server: TokenServer) -> None:
    renewed = token(sub="user-1", exp=time.time() + 3600)
    server.body = json.dumps({"access_token": renewed}).encode()
    keep(target, Tokens(token(sub="user-1", exp="soon"), "refresh"))
    assert account_of(target).access_token == renewed


def test_login_is_refused_when_its_token_names_no_user(target: Target, token_file: Path) -> None:
    with pytest.raises(CommandError, match="names no user"):
        keep(target, Tokens(token(exp=9_999_999_999), "refresh"))
    assert not token_file.exists()
