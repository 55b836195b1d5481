"""The public keys of an OpenID Connect issuer.

Sources: RFC 7517 (JWK, JWKS), RFC 8725 (an algorithm for each key), OpenID Connect Discovery 1.0.
"""

from contextlib import suppress
from typing import Any, NamedTuple

import jwt

from camera_skill.adapters.strict_json import json_object
from camera_skill.adapters.tokens.account_server_requests import AccountServerRequests
from camera_skill.addresses import is_safe_url
from camera_skill.budget import Budget, both_clocks, seconds_between
from camera_skill.errors import AccountServerUnreachableError, TokenInvalidError

_RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
ALGORITHMS = frozenset({*_RSA_ALGORITHMS, "ES256", "ES384", "ES512", "EdDSA"})
"""Those with a key pair: who can check a signature by them cannot make one."""
REFRESH_SECONDS = 60.0
"""Key ids that the issuer does not know make us ask it for its keys at most this often."""
RETRY_SECONDS = 2.0
"""… and this often while it is down."""
RENEWAL_SECONDS = 3600.0
"""A key that leaked counts no longer than this once its issuer has withdrawn it …"""
RENEWAL_RETRY_SECONDS = 300.0
"""… or, while the issuer is down, than until it is up again and so much more."""
RENEWAL_WAIT_SECONDS = 0.5
"""For keys that were good until now a customer is not kept waiting for longer."""
_KEY_TYPES = ("RSA", "EC", "OKP")
_PUBLIC_MEMBERS = ("kty", "alg", "n", "e", "crv", "x", "y")
"""An issuer that shows private ones, too, gets nothing but its signatures checked."""


class JsonWebKey(NamedTuple):
    """A public key, and by which algorithms it may have signed: its own, or for RSA keys that name none, RSA's."""

    key: jwt.PyJWK
    algorithms: tuple[str, ...]


class JsonWebKeys:
    """The issuer's keys, fetched when a key id is new, and anew once they are old."""

    def __init__(self, issuer: str, jwks_url: str) -> None:
        """`jwks_url` may be empty: it is found as Discovery says."""
        self._issuer = issuer
        self._given_url = self._url = jwks_url
        self._requests = AccountServerRequests(jwks_url or issuer)
        self._keys: dict[str, JsonWebKey] = {}
        self._asked = both_clocks()
        self._pause = 0.0
        self._renewed = both_clocks()
        self._fresh_seconds = 0.0

    def get(self, key_id: str, budget: Budget) -> JsonWebKey:
        """The key of that id.

        A known key goes on whatever the state of the account server, which is asked whether it still counts only now
        and then, and for a moment. For an unknown one the issuer is asked, not too often if that has not helped.

        Raises: TokenInvalidError if the issuer has no such key; AccountServerUnreachableError.
        """
        if key_id in self._keys:
            self._renew(budget)
        elif seconds_between(self._asked, both_clocks()) >= self._pause:
            self._ask(key_id, budget)
        if key_id in self._keys:
            return self._keys[key_id]
        if self._pause == RETRY_SECONDS:
            raise AccountServerUnreachableError(
                f"the account server is down, and the key is new: is {self._url or self._issuer} up?"
            )
        raise TokenInvalidError("the access token is signed with a key that its issuer does not have")

    def _ask(self, key_id: str, budget: Budget) -> None:
        self._asked, self._pause = both_clocks(), RETRY_SECONDS
        self._fetch(budget)
        if key_id not in self._keys:
            self._pause, self._url = REFRESH_SECONDS, self._given_url

    def _renew(self, budget: Budget) -> None:
        now = both_clocks()
        if seconds_between(self._renewed, now) >= self._fresh_seconds:
            self._renewed, self._fresh_seconds = now, RENEWAL_RETRY_SECONDS
            with suppress(AccountServerUnreachableError):  # an issuer that is down has withdrawn nothing
                self._fetch(budget.apart(min(RENEWAL_WAIT_SECONDS, budget.left())))

    def _fetch(self, budget: Budget) -> None:
        self._keys = self._requests.within(budget, self._read)
        self._renewed, self._fresh_seconds, self._pause = both_clocks(), RENEWAL_SECONDS, 0.0

    def _read(self) -> dict[str, JsonWebKey]:
        url, self._url = self._url, self._given_url  # perhaps they have another address by now
        if not url:
            url = self._url = self._discover()
        keys = usable_keys(self._requests.get_document(url))
        self._url = url
        return keys

    def _discover(self) -> str:
        configuration = json_object(self._requests.get_document(configuration_url(self._issuer)))
        if configuration.get("issuer") != self._issuer:
            raise ValueError("the configuration is that of another issuer")
        jwks_uri = configuration.get("jwks_uri")
        if not isinstance(jwks_uri, str) or not is_safe_url(jwks_uri):
            raise ValueError("the configuration has no jwks_uri with https")
        return jwks_uri


def configuration_url(issuer: str) -> str:
    """Where an issuer describes itself (OpenID Connect Discovery 1.0, section 4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def usable_keys(jwks: bytes) -> dict[str, JsonWebKey]:
    """The keys of a JWKS by which we check signatures, by their ids. Raises: ValueError if it is none, or has none."""
    keys = json_object(jwks).get("keys")
    if not isinstance(keys, list):
        raise ValueError("no JWKS")  # noqa: TRY004 - of what came in, not of an argument
    usable: dict[str, JsonWebKey] = {}
    for one in keys:
        if isinstance(one, dict) and _is_for_signatures(one) and (key := _key(one)):
            usable.setdefault(one["kid"], key)
    if not usable:
        raise ValueError("a JWKS without a key that we could use")
    return usable


def _is_for_signatures(key: dict[str, Any]) -> bool:
    operations = key.get("key_ops") or ["verify"]
    return (
        isinstance(key.get("kid"), str)
        and key.get("kty") in _KEY_TYPES
        and key.get("use") in (None, "sig")
        and key.get("alg") in (None, *ALGORITHMS)
        and isinstance(operations, list)
        and "verify" in operations
    )


def _key(key: dict[str, Any]) -> JsonWebKey | None:
    try:
        found = jwt.PyJWK({name: key[name] for name in _PUBLIC_MEMBERS if name in key})
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None  # an issuer may have keys of kinds that we do not know, beside those that we do
    # An RSA key that is too short (RFC 7518, 3.3) could be broken.
    too_short = found.Algorithm.check_key_length(found.key)
    if too_short or found.algorithm_name not in ALGORITHMS:
        return None
    names_none = found.key_type == "RSA" and not key.get("alg")
    return JsonWebKey(found, _RSA_ALGORITHMS if names_none else (found.algorithm_name,))
