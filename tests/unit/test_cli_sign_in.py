import base64
import hashlib
import json
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from cli.errors import CommandError
from cli.options import Choice
from cli.target import Target
from cli.users import sign_in
from cli.users.accounts import account_of, claims_of, forget, keep, user_id_of
from cli.users.sign_in import Tokens
from simulator.local_aws import free_port

OUTPUTS = {
    "HostedLoginUrl": "https://login.example",
    "UserPoolId": "eu-west-1_pool",
    "OperatorClientId": "operator",
}


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return Target(
        Choice(stack_name="mine"), boto3.Session("k", "s", region_name="eu-west-1"), "mine", "eu-west-1", OUTPUTS
    )


def token(**claims: object) -> str:
    """A JWT whose signature nobody on this side looks at."""
    payload = base64.urlsafe_b64encode(json.dumps({"sub": "user-1", **claims}).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_authorization_asks_for_a_code_with_pkce_when_a_login_begins(target: Target) -> None:
    authorization = sign_in.begin(target)
    query = query_of(authorization.url)
    challenge = hashlib.sha256(authorization.verifier.encode()).digest()
    assert authorization.url.startswith("https://login.example/oauth2/authorize?")
    assert query["response_type"] == "code"
    assert query["client_id"] == "operator"
    assert query["redirect_uri"] == "http://localhost:18976/callback"
    assert query["scope"] == "camera-skill/cameras"
    assert query["code_challenge_method"] == "S256"
    assert query["code_challenge"] == base64.urlsafe_b64encode(challenge).decode().rstrip("=")
    assert 43 <= len(authorization.verifier) <= 128  # RFC 7636, 4.1


def test_state_and_verifier_are_new_when_another_login_begins(target: Target) -> None:
    first, second = sign_in.begin(target), sign_in.begin(target)
    assert first.state != second.state
    assert first.verifier != second.verifier


def test_code_is_taken_when_the_state_is_ours(target: Target) -> None:
    authorization = sign_in.begin(target)
    assert authorization.code_of(f"{authorization.redirect_uri}?code=abc&state={authorization.state}") == "abc"


@pytest.mark.parametrize("query", ["code=abc&state=another", "code=abc", "", "code=abc&state=t%C3%BCr"])
def test_code_is_refused_when_the_state_is_not_ours(target: Target, query: str) -> None:
    authorization = sign_in.begin(target)
    with pytest.raises(CommandError, match="another login"):
        authorization.code_of(f"{authorization.redirect_uri}?{query}")


def test_reason_is_told_when_the_account_server_refuses(target: Target) -> None:
    authorization = sign_in.begin(target)
    url = f"{authorization.redirect_uri}?error=access_denied&error_description=No+way&state={authorization.state}"
    with pytest.raises(CommandError, match="No way"):
        authorization.code_of(url)


def test_secrets_stay_hidden_when_a_login_is_printed(target: Target) -> None:
    authorization = sign_in.begin(target)
    tokens = Tokens("access-secret", "refresh-secret")
    shown = repr(authorization) + repr(tokens) + repr(keep(target, Tokens(token(), "refresh-secret")))
    assert authorization.verifier not in shown
    assert "secret" not in shown
    assert token() not in shown


def test_account_is_the_one_that_was_kept_when_its_token_is_good(target: Target) -> None:
    access_token = token(exp=time.time() + 3600)
    keep(target, Tokens(access_token, "refresh"))
    account = account_of(target)
    assert (account.user_id, account.access_token) == ("user-1", access_token)
    assert user_id_of(target) == "user-1"


def test_login_is_forgotten_when_its_token_cannot_be_revoked(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", f"http://127.0.0.1:{free_port()}")
    keep(target, Tokens(token(exp=time.time() + 3600, client_id="operator"), "refresh"))
    with pytest.raises(CommandError, match="The login is forgotten here, but was not revoked: nothing answers"):
        forget(target)
    assert not forget(target)


def test_login_is_forgotten_when_its_file_is_damaged(target: Target, tmp_path: Path) -> None:
    keep(target, Tokens(token(), "refresh"))
    (tmp_path / "camera-skill" / "eu-west-1_pool.json").write_text("{")
    with pytest.raises(CommandError, match="is damaged"):
        forget(target)
    assert not forget(target)


def test_login_is_asked_for_when_nobody_is_logged_in(target: Target) -> None:
    for ask in (account_of, user_id_of):
        with pytest.raises(CommandError, match="camera-skill login --stack-name mine"):
            ask(target)


@pytest.mark.parametrize("text", ["", "no token", "a.b.c", "e30.WzFd.e30"])
def test_token_is_refused_when_it_is_no_jwt(text: str) -> None:
    with pytest.raises(CommandError, match="not a token"):
        claims_of(text)
