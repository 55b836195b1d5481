"""Access tokens of the account server: JWTs of an OpenID Connect issuer, RS256, with keys from its JWKS.

Sources: RFC 7519, RFC 7517; docs.aws.amazon.com/cognito/latest/developerguide (access tokens carry `client_id`
and `token_use`, and no `aud`).
"""

import functools
import json
import time
from collections.abc import Collection, Mapping
from typing import Any

import jwt
import urllib3
from jwt.utils import base64url_decode

from camera_skill.adapters import connections
from camera_skill.budget import Budget, both_clocks, seconds_between
from camera_skill.errors import (
    AccountServerUnreachableError,
    DeadlineExceededError,
    TokenExpiredError,
    TokenInvalidError,
)

MOST_TOKEN_BYTES = 8_192
MOST_SUBJECT_LENGTH = 256
MOST_VERIFIED = 256
LEEWAY_SECONDS = 10
"""How far the account server's clock and ours may differ."""
REFRESH_SECONDS = 60.0
"""Forged key ids make us ask the account server for its keys at most this often, while it answers."""
RETRY_SECONDS = 2.0
"""… and this often while it does not, as long as there are keys from before."""
_MOST_JWKS_BYTES = 256 * 1024
CONNECT_SECONDS, READ_SECONDS = 1.0, 2.0
"""For the one attempt to fetch the keys, which is cut off after both, however it dribbles."""
_UNREACHABLE = (DeadlineExceededError, connections.NotConnectedError, urllib3.exceptions.HTTPError, OSError)


class OidcAccessTokens:
    """Checks access tokens, each on its own, against cached keys."""

    def __init__(self, issuer: str, jwks_url: str, client_ids: Collection[str]) -> None:
        """`client_ids`: the app clients of this skill at the issuer."""
        self._issuer = issuer
        self._client_ids = frozenset(client_ids)
        self._keys = JsonWebKeys(jwks_url)
        # Alexa sends a customer's token with every directive for an hour: the same text under the same key.
        self._verified = functools.lru_cache(maxsize=MOST_VERIFIED)(self._verify)

    def user_id(self, token: str | None, budget: Budget) -> str:
        """The `sub` of a valid token.

        Raises: TokenInvalidError, TokenExpiredError, AccountServerUnreachableError; none of them says anything
        that the token said.
        """
        if not token or len(token) > MOST_TOKEN_BYTES:
            raise TokenInvalidError("the directive has no access token" if not token else "the token is too long")
        subject, expiry = self._verified(token, self._keys.get(_key_id(token), budget))
        if expiry + LEEWAY_SECONDS <= time.time():
            raise TokenExpiredError("the access token has expired")
        return subject

    def _verify(self, token: str, key: jwt.PyJWK) -> tuple[str, float]:
        """The `sub` and `exp` of a token that is valid now. Raises: TokenInvalidError, TokenExpiredError."""
        claims = self._claims(token, key)
        if claims.get("token_use") != "access":
            raise TokenInvalidError("the token is not an access token")
        client_id, subject = claims.get("client_id"), claims["sub"]
        if not isinstance(client_id, str) or client_id not in self._client_ids:
            raise TokenInvalidError("the access token was given to another app client")
        if not isinstance(subject, str) or not 0 < len(subject) <= MOST_SUBJECT_LENGTH:
            raise TokenInvalidError("the access token names no user of the account server")
        return subject, float(claims["exp"])

    def _claims(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenExpiredError("the access token has expired") from error
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise TokenInvalidError(f"the access token is not valid: {type(error).__name__}") from error


class JsonWebKeys:
    """The issuer's public keys, fetched when a key id is new, kept for the life of the process."""

    def __init__(self, url: str) -> None:
        """`url` of the JWKS."""
        self._url = url
        self._http = urllib3.PoolManager(
            num_pools=1, timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), retries=False
        )
        connections.bounded_manager(self._http)
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked = both_clocks()
        self._is_down = False

    def get(self, key_id: str, budget: Budget) -> jwt.PyJWK:
        """The key of that id.

        A known key needs no network, whatever the state of the account server. For an unknown one the issuer is
        asked again, not too often.

        Raises: TokenInvalidError if the issuer has no such key; AccountServerUnreachableError.
        """
        key = self._keys.get(key_id)
        if key is None and (not self._keys or self._may_ask()):
            self._keys = self._fetch_within(budget)
            key = self._keys.get(key_id)
        if key is not None:
            return key
        if self._is_down:
            raise AccountServerUnreachableError(f"the account server is down, and the key is new: is {self._url} up?")
        raise TokenInvalidError("the access token is signed with a key that its issuer does not have")

    def _may_ask(self) -> bool:
        pause = RETRY_SECONDS if self._is_down else REFRESH_SECONDS
        return seconds_between(self._asked, both_clocks()) >= pause

    def _fetch_within(self, budget: Budget) -> dict[str, jwt.PyJWK]:
        self._asked, self._is_down = both_clocks(), True
        capped = budget.apart(min(CONNECT_SECONDS + READ_SECONDS, budget.left()))
        try:
            keys = connections.call(capped, self._fetch, "the account server's keys")
        except _UNREACHABLE as error:
            raise AccountServerUnreachableError(
                f"the account server's keys could not be fetched ({type(error).__name__}): is {self._url} up?",
            ) from error
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            raise AccountServerUnreachableError(f"what {self._url} sent is no JWKS") from error
        self._asked, self._is_down = both_clocks(), False
        return keys

    def _fetch(self) -> dict[str, jwt.PyJWK]:
        # Not kept open: the next fetch is hours away, or comes after a freeze.
        headers = {"Connection": "close"}
        with self._http.request("GET", self._url, headers=headers, redirect=False, preload_content=False) as response:
            if response.status != 200:
                raise OSError(f"HTTP {response.status}")
            body = response.read(_MOST_JWKS_BYTES, decode_content=False)
        keys = jwt.PyJWKSet.from_json(body.decode()).keys
        return {key.key_id: key for key in keys if key.key_id and key.public_key_use in {"sig", None}}


def _key_id(token: str) -> str:
    """The key id of a token's header, not verified yet. Raises: TokenInvalidError."""
    try:
        # Read here and not by the library, which takes the whole token apart for it, and once more to verify it.
        header = json.loads(base64url_decode(token.partition(".")[0]))
        algorithm, key_id = header["alg"], header["kid"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise TokenInvalidError(f"the access token is not a JWT with a named key: {type(error).__name__}") from error
    if algorithm != "RS256" or not isinstance(key_id, str):
        raise TokenInvalidError("the access token is not signed with RS256 by a named key")
    return key_id
