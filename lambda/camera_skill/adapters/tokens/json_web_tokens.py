"""Access tokens as JSON Web Tokens: what their text says, and whether it says what ours say. Signatures aside.

Sources: RFC 7515 and RFC 7519; RFC 8725 (best practices); RFC 9068 (access tokens: `client_id`, `aud`, `scope`, typ
at+jwt); docs.aws.amazon.com/cognito/latest/developerguide (`client_id` and `token_use`, no `aud`).
"""

from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from string import ascii_letters, digits
from typing import Any, NamedTuple

from camera_skill.account import is_user_id
from camera_skill.adapters.strict_json import json_object
from camera_skill.adapters.tokens.json_web_keys import ALGORITHMS
from camera_skill.errors import TokenExpiredError, TokenInvalidError

MOST_TOKEN_BYTES = 8_192
LEEWAY_SECONDS = 10
"""How far the account server's clock and ours may differ."""
_BASE64URL = frozenset(ascii_letters + digits + "-_")
_TYPES = {"jwt", "at+jwt", "application/at+jwt"}
_FOREIGN_MEMBERS = ("jku", "jwk", "x5u", "x5c", "crit", "b64")
"""By which a token would bring its own key, or ask for what we do not do."""
_LEAST_RSA_BYTES = 256
_SIGNATURE_BYTES = {"ES256": {64}, "ES384": {96}, "ES512": {132}, "EdDSA": {64, 114}}
_LATEST = 2.0**40
"""A time so many seconds after 1970 is none."""


class AccessToken(NamedTuple):
    """What a token says of itself; its signature is not checked. Times are seconds since 1970."""

    key_id: str
    subject: str
    begins: float
    expires: float

    def check_times(self, now: float) -> None:
        """Raises: TokenInvalidError if it is not valid yet, TokenExpiredError if it is not any more."""
        if self.expires + LEEWAY_SECONDS <= now:
            raise TokenExpiredError("the access token has expired")
        if self.begins - LEEWAY_SECONDS > now:
            raise TokenInvalidError("the access token is not valid yet")


class AccessTokenRules:
    """What the tokens of this skill say."""

    def __init__(self, issuer: str, client_ids: Collection[str], *, scope: str, use: str) -> None:
        """`client_ids`: one of them is `client_id`, or among `aud` where there is no `client_id`.

        `scope` and `use` (Cognito's `token_use`): what a token must say, if not empty.
        """
        self.issuer = issuer
        self._client_ids = frozenset(client_ids)
        self._scope = scope
        self._use = use

    def read(self, token: str) -> AccessToken:
        """The token, if but for signature and time it is one of ours.

        Raises: TokenInvalidError, which repeats nothing of the token.
        """
        header, claims, signature_bytes = _parts(token)
        algorithm, key_id = _algorithm_and_key_id(header)
        if not _may_be_signature(algorithm, signature_bytes):
            raise TokenInvalidError("the access token's signature is not of the length that its algorithm has")
        self._check(claims)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not is_user_id(subject):
            raise TokenInvalidError("the access token names no user of the account server")
        begins = max(_time(claims, "nbf", 0.0), _time(claims, "iat", 0.0))
        return AccessToken(key_id, subject, begins, _time(claims, "exp"))

    def _check(self, claims: Mapping[str, Any]) -> None:
        if claims.get("iss") != self.issuer:
            raise TokenInvalidError("the access token is another issuer's")
        if not self._is_for_us(claims):
            raise TokenInvalidError("the access token was given to another app client")
        use = self._use or "access"
        if claims.get("token_use", None if self._use else use) != use:
            raise TokenInvalidError("the token is not an access token")
        if self._scope and self._scope not in _scopes(claims):
            raise TokenInvalidError("the access token has not the scope of this skill")

    def _is_for_us(self, claims: Mapping[str, Any]) -> bool:
        named = claims["client_id"] if "client_id" in claims else claims.get("aud")
        if isinstance(named, list) and "client_id" not in claims:
            return any(isinstance(one, str) and one in self._client_ids for one in named)
        return isinstance(named, str) and named in self._client_ids


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Header, claims and the length of the signature. Raises: TokenInvalidError."""
    if len(token) > MOST_TOKEN_BYTES:
        raise TokenInvalidError("the access token is too long")
    parts = token.split(".")
    if len(parts) != 3 or not all(part and _BASE64URL.issuperset(part) for part in parts):
        raise TokenInvalidError("the access token is not a signed JWT")
    try:
        header, claims = (json_object(_decoded(part)) for part in parts[:2])
    except ValueError as error:
        raise TokenInvalidError("the access token is not a JWT whose every member is named once") from error
    return header, claims, len(parts[2]) * 3 // 4


def _decoded(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _algorithm_and_key_id(header: Mapping[str, Any]) -> tuple[str, str]:
    algorithm, key_id, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenInvalidError("the access token is not signed with an asymmetric algorithm")
    if not isinstance(key_id, str):
        raise TokenInvalidError("the access token is not signed with a named key")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise TokenInvalidError("the token is of another type than access tokens")
    if any(name in header for name in _FOREIGN_MEMBERS):
        raise TokenInvalidError("the access token brings a key or a demand of its own")
    return algorithm, key_id


def _may_be_signature(algorithm: str, size: int) -> bool:
    return size in _SIGNATURE_BYTES[algorithm] if algorithm in _SIGNATURE_BYTES else size >= _LEAST_RSA_BYTES


def _scopes(claims: Mapping[str, Any]) -> list[Any]:
    scopes = claims["scope"] if "scope" in claims else claims.get("scp")
    if isinstance(scopes, str):
        return scopes.split(" ")
    return scopes if isinstance(scopes, list) and "scope" not in claims else []


def _time(claims: Mapping[str, Any], name: str, otherwise: float | None = None) -> float:
    value = claims.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise TokenInvalidError(f"the access token's {name} is no time")
    return float(value)
