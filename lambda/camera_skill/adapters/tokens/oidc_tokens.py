"""Access tokens of an OpenID Connect issuer: signed, and checked without asking it."""

import functools
import time

import jwt

from camera_skill.adapters.tokens.json_web_keys import JsonWebKey, JsonWebKeys
from camera_skill.adapters.tokens.json_web_tokens import AccessTokenRules
from camera_skill.budget import Budget
from camera_skill.errors import TokenInvalidError

MOST_KEPT = 256
_SIGNATURES = jwt.PyJWS()


class OidcAccessTokens:
    """Checks access tokens, each on its own, against cached keys."""

    def __init__(self, rules: AccessTokenRules, jwks_url: str = "") -> None:
        """`jwks_url` may be empty: found as OpenID Connect Discovery says."""
        self._keys = JsonWebKeys(rules.issuer, jwks_url)
        # Alexa sends a customer's token with every directive for an hour: the same text under the same key.
        self._read = functools.lru_cache(maxsize=MOST_KEPT)(rules.read)
        self._check_signature = functools.lru_cache(maxsize=MOST_KEPT)(_check_signature)

    def user_id(self, token: str | None, budget: Budget) -> str:
        """The `sub` of a valid token.

        What a token says is read before its issuer is asked for the key, and believed after its signature was checked.

        Raises: TokenInvalidError, TokenExpiredError, AccountServerUnreachableError; none of them says anything
        that the token said.
        """
        if not token:
            raise TokenInvalidError("the directive has no access token")
        said = self._read(token)
        self._check_signature(token, self._keys.get(said.key_id, budget))
        said.check_times(time.time())
        return said.subject


def _check_signature(token: str, key: JsonWebKey) -> None:
    """Raises: TokenInvalidError if this key did not sign this very text by an algorithm that is the key's."""
    try:
        _SIGNATURES.decode_complete(token, key.key.key, algorithms=key.algorithms)
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise TokenInvalidError(f"the access token is not valid: {type(error).__name__}") from error
