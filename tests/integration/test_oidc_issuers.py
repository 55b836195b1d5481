"""OpenID Connect issuers of all kinds: their algorithms, the form of their tokens, and where their keys are."""

import base64
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm, get_default_algorithms

from camera_skill.adapters.tokens.json_web_keys import ALGORITHMS, RETRY_SECONDS, usable_keys
from camera_skill.adapters.tokens.oidc_tokens import OidcAccessTokens
from camera_skill.budget import Budget
from camera_skill.errors import AccountServerUnreachableError, TokenInvalidError
from tests.support.account_server import (
    CLIENT_ID,
    SCOPE,
    USER_ID,
    AccountServer,
    public_jwk,
    running_account_server,
)

GENERIC: dict[str, Any] = {"token_use": None}
FORMS: dict[str, dict[str, Any]] = {
    "RFC 9068": {"aud": "https://api.example.com", "jti": "x", "auth_time": 1_700_000_000},
    "audience": {"client_id": None, "aud": CLIENT_ID},
    "audiences": {"client_id": None, "aud": ["https://api.example.com", CLIENT_ID], "azp": "another"},
    "scopes": {"scope": f"openid {SCOPE} profile"},
    "scp as text": {"scope": None, "scp": f"openid {SCOPE}"},
    "scp as list": {"scope": None, "scp": ["openid", SCOPE]},
    "token_use access": {"token_use": "access"},
    "times with fractions": {"exp": 4_000_000_000.5, "iat": 1_700_000_000.25, "nbf": 1_700_000_000},
    "no iat": {"iat": None},
}


def tokens_of(server: AccountServer, jwks_url: str | None = None) -> OidcAccessTokens:
    """The check of a generic issuer's tokens; with an empty URL the keys are found by Discovery."""
    return OidcAccessTokens(server.rules(use=""), server.jwks_url if jwks_url is None else jwks_url)


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "application/at+jwt", "AT+JWT", None])
def test_a_token_counts_when_it_is_signed_by_an_asymmetric_algorithm(
    account_server: AccountServer, algorithm: str, kind: str | None
) -> None:
    account_server.add_key("key-2", algorithm)
    token = account_server.token(key_id="key-2", headers={"typ": kind, "x5t": "thumbprint"}, **GENERIC)
    assert tokens_of(account_server).user_id(token, Budget(5.0)) == USER_ID


@pytest.mark.parametrize("form", FORMS)
def test_a_token_counts_when_it_names_client_and_scope_as_its_issuer_does(
    account_server: AccountServer, form: str
) -> None:
    token = account_server.token(**{**GENERIC, **FORMS[form]})
    assert tokens_of(account_server).user_id(token, Budget(5.0)) == USER_ID


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": None},
        {"scope": None, "scp": ["openid"]},
        {"scope": "openid", "scp": SCOPE},
        {"token_use": "id"},
        {"client_id": None, "aud": CLIENT_ID, "scope": None, "nonce": "x"},
    ],
    ids=str,
)
def test_an_id_token_does_not_count_when_the_issuer_is_any(
    account_server: AccountServer, claims: dict[str, Any]
) -> None:
    with pytest.raises(TokenInvalidError):
        tokens_of(account_server).user_id(account_server.token(**{**GENERIC, **claims}), Budget(5.0))


def test_a_token_of_cognito_must_say_what_it_is_for(account_server: AccountServer) -> None:
    access_tokens = OidcAccessTokens(account_server.rules(use="access"), account_server.jwks_url)
    with pytest.raises(TokenInvalidError, match="not an access token"):
        access_tokens.user_id(account_server.token(token_use=None), Budget(5.0))


def test_keys_are_found_where_the_issuer_says(account_server: AccountServer) -> None:
    access_tokens = tokens_of(account_server, "")
    assert access_tokens.user_id(account_server.token(), Budget(5.0)) == USER_ID
    account_server.add_key("key-2")
    assert access_tokens.user_id(account_server.token(key_id="key-2"), Budget(5.0)) == USER_ID
    jwks = "/pool/.well-known/jwks.json"
    assert account_server.paths == ["/pool/.well-known/openid-configuration", jwks, jwks]


def test_keys_are_found_when_the_issuer_ends_with_a_slash(account_server: AccountServer) -> None:
    account_server.issuer += "/"
    assert tokens_of(account_server, "").user_id(account_server.token(), Budget(5.0)) == USER_ID
    assert account_server.paths[0] == "/pool/.well-known/openid-configuration"


def test_keys_are_found_again_when_they_have_moved_and_nothing_is_left_where_they_were(
    account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access_tokens = tokens_of(account_server, "")
    assert access_tokens.user_id(account_server.token(), Budget(5.0)) == USER_ID
    with running_account_server() as moved:
        moved.issuer = account_server.issuer
        moved.add_key("key-2")
        token = moved.token(key_id="key-2")
        account_server.configuration, account_server.status = {"jwks_uri": moved.jwks_url}, 404
        with pytest.raises(AccountServerUnreachableError, match="HTTP 404"):
            access_tokens.user_id(token, Budget(5.0))
        account_server.status = 200
        ticks = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: ticks() + RETRY_SECONDS)
        assert access_tokens.user_id(token, Budget(5.0)) == USER_ID
        assert moved.fetches == 1


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://accounts.example"},
    "no issuer": {"issuer": None},
    "no keys": {"jwks_uri": None},
    "keys without TLS": {"jwks_uri": "http://accounts.example/keys"},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "keys of nobody": {"jwks_uri": "https:///keys"},
    "keys at a broken address": {"jwks_uri": "https://[::1/keys"},
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_account_server_counts_as_down_when_it_does_not_say_where_its_keys_are(
    account_server: AccountServer, name: str
) -> None:
    account_server.configuration = CONFIGURATIONS[name]
    with pytest.raises(AccountServerUnreachableError):
        tokens_of(account_server, "").user_id(account_server.token(), Budget(5.0))
    assert account_server.fetches == 1


@pytest.mark.parametrize("jwks_url", ["", None])
@pytest.mark.parametrize("status", [301, 302, 307, 404, 500])
def test_the_account_server_counts_as_down_when_it_sends_us_elsewhere_or_away(
    account_server: AccountServer, status: int, jwks_url: str | None
) -> None:
    account_server.status = status
    with pytest.raises(AccountServerUnreachableError, match=f"HTTP {status}"):
        tokens_of(account_server, jwks_url).user_id(account_server.token(), Budget(5.0))
    assert account_server.fetches == 1


def rsa_jwk(size: int = 2048) -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=size).public_key()
    return {**RSAAlgorithm.to_jwk(key, as_dict=True), "kid": "key"}


SECRET = base64.urlsafe_b64encode(b"x" * 64).decode().rstrip("=")
GOOD = rsa_jwk()
UNUSABLE: dict[str, Any] = {
    "secret": {"kty": "oct", "k": SECRET, "kid": "key"},
    "secret that says RS256": {"kty": "oct", "k": SECRET, "kid": "key", "alg": "RS256"},
    "secret with what an RSA key has": {**GOOD, "kty": "oct", "k": SECRET},
    "for encryption": {**GOOD, "use": "enc"},
    "to wrap keys": {**GOOD, "alg": "RSA-OAEP"},
    "to sign only": {**GOOD, "key_ops": ["sign"]},
    "alg none": {**GOOD, "alg": "none"},
    "alg HS256": {**GOOD, "alg": "HS256"},
    "alg list": {**GOOD, "alg": ["RS256"]},
    "alg of another kind": {**GOOD, "alg": "ES256"},
    "use list": {**GOOD, "use": ["sig"]},
    "kty list": {**GOOD, "kty": ["RSA"]},
    "no kty": {name: value for name, value in GOOD.items() if name != "kty"},
    "no kid": {name: value for name, value in GOOD.items() if name != "kid"},
    "kid number": {**GOOD, "kid": 1},
    "no modulus": {name: value for name, value in GOOD.items() if name != "n"},
    "modulus number": {**GOOD, "n": 7},
    "modulus nonsense": {**GOOD, "n": "!"},
    "too short": rsa_jwk(1024),
    "curve of no algorithm": {"kty": "EC", "crv": "P-192", "x": "AA", "y": "AA", "kid": "key"},
    "point off the curve": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "key"},
    "curve for agreements": {"kty": "OKP", "crv": "X25519", "x": SECRET, "kid": "key", "alg": "EdDSA"},
    "text": "key",
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_key_is_never_used_when_it_is_not_for_signatures_by_a_key_pair(name: str) -> None:
    other = {**GOOD, "kid": "other"}
    assert usable_keys(json.dumps({"keys": [UNUSABLE[name], other]}).encode()).keys() == {"other"}
    assert usable_keys(json.dumps({"keys": [UNUSABLE[name], GOOD]}).encode()).keys() == {"key"}


RSA = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_a_keys_algorithms_follow_from_its_kind_when_it_names_none(
    account_server: AccountServer, algorithm: str
) -> None:
    account_server.add_key("key-2", algorithm)
    token = account_server.token(key_id="key-2")
    jwk = public_jwk(*account_server.keys.pop("key-2"))
    without = {name: value for name, value in jwk.items() if name not in {"alg", "use", "key_ops"}}
    account_server.more_keys = [{**without, "kid": "key-2"}]
    assert tokens_of(account_server).user_id(token, Budget(5.0)) == USER_ID
    (key,) = usable_keys(json.dumps({"keys": account_server.more_keys}).encode()).values()
    assert set(key.algorithms) == (RSA if algorithm in RSA else {algorithm})


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS - {"RS256"}))
def test_a_token_is_refused_when_its_key_signs_by_another_algorithm(
    account_server: AccountServer, algorithm: str
) -> None:
    account_server.add_key("key-2", algorithm)
    token = account_server.token(key_id="key-2")
    account_server.more_keys = [{**GOOD, "kid": "key-2"}]
    if algorithm in RSA:
        account_server.more_keys = [{**public_jwk(*account_server.keys["key-2"]), "kid": "key-2", "alg": "RS256"}]
    del account_server.keys["key-2"]
    with pytest.raises(TokenInvalidError):
        tokens_of(account_server).user_id(token, Budget(5.0))


def test_a_secret_under_the_name_of_a_key_helps_nobody(account_server: AccountServer) -> None:
    secret = {"kty": "oct", "k": SECRET, "kid": "key-1", "alg": "HS256"}
    account_server.more_keys = [secret, {**GOOD, "kid": "key-1"}]
    assert tokens_of(account_server).user_id(account_server.token(), Budget(5.0)) == USER_ID


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_counts_when_the_issuer_shows_the_private_part_of_its_key(
    account_server: AccountServer, algorithm: str
) -> None:
    account_server.add_key("key-2", algorithm)
    token = account_server.token(key_id="key-2")
    _, key = account_server.keys.pop("key-2")
    private: dict[str, Any] = get_default_algorithms()[algorithm].to_jwk(key, as_dict=True)
    assert "d" in private
    account_server.more_keys = [{**private, "kid": "key-2", "alg": algorithm, "key_ops": ["sign", "verify"]}]
    assert tokens_of(account_server).user_id(token, Budget(5.0)) == USER_ID


@pytest.mark.parametrize("jwks", ["", "[]", "{}", '{"keys": {}}', '{"keys": [], "keys": []}', '{"keys": NaN}'])
def test_what_is_no_jwks_is_refused(jwks: str) -> None:
    with pytest.raises(ValueError, match="J"):
        usable_keys(jwks.encode())
