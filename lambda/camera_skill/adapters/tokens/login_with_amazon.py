"""Access tokens of Login with Amazon, which are opaque: it is asked whose they are, and what it says is kept a while.

Sources: developer.amazon.com/docs/login-with-amazon (access-token: at most 2,048 bytes, an hour;
obtain-customer-profile: `user_id` of the profile) and the SDKs of Amazon Pay (tokeninfo: `aud` is the client id that
the token was given to, `exp` the seconds that are left; a token that does not count is 400 `invalid_token`).
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from camera_skill.account import is_user_id
from camera_skill.adapters.lru_cache import LruCache
from camera_skill.adapters.strict_json import json_object
from camera_skill.adapters.tokens.account_server_requests import AccountServerRequests
from camera_skill.budget import Budget, both_clocks, seconds_between
from camera_skill.errors import TokenExpiredError, TokenInvalidError

MOST_TOKEN_BYTES = 4_096
"""Twice what is documented; a request line of four times its length is nothing that a server would refuse to read."""
MOST_KEPT = 256
KEPT_SECONDS = 300.0
"""A token that its customer took back counts no longer than this."""
REFUSED_SECONDS = 3.0
"""Alexa repeats a directive; a token may count a moment later, when Amazon's servers agree."""
_LONGEST = 10**9
_REFUSALS = {"invalid_token", "invalid_request", "insufficient_scope"}


class LoginWithAmazonTokens:
    """Asks Login with Amazon about each token at most once in `KEPT_SECONDS`."""

    def __init__(self, url: str, client_ids: Collection[str], kept: int = MOST_KEPT) -> None:
        """`url` without a path; `client_ids`: those of this skill's security profile; `kept`: so many tokens."""
        self._url = url.rstrip("/")
        self._client_ids = frozenset(client_ids)
        self._requests = AccountServerRequests(self._url)
        self._accounts = LruCache[bytes, _Account](kept)
        self._refusals = LruCache[bytes, _Refusal](kept)  # apart: forged tokens drive no customer out

    def user_id(self, token: str | None, budget: Budget) -> str:
        """The `user_id` of the customer to whom a valid token was given.

        Raises: TokenInvalidError, TokenExpiredError, AccountServerUnreachableError; none of them says anything
        that the token said.
        """
        digest, now = _digest(token), both_clocks()
        account, refusal = self._accounts.get(digest), self._refusals.get(digest)
        if account and seconds_between(account.asked, now) < min(account.seconds, KEPT_SECONDS):
            return account.user_id
        if refusal and seconds_between(refusal.asked, now) < REFUSED_SECONDS:
            raise refusal.kind(refusal.message)
        try:
            account = self._requests.within(budget, lambda: self._ask(token or ""))
        except TokenInvalidError as error:
            ended = account is not None and seconds_between(account.asked, now) >= account.seconds
            told = TokenExpiredError("the access token has expired") if ended else error
            self._refusals.put(digest, _Refusal(type(told), str(told), now))
            raise told from error
        self._accounts.put(digest, account)
        return account.user_id

    def _ask(self, token: str) -> "_Account":
        asked = both_clocks()
        info = self._object(f"{self._url}/auth/o2/tokeninfo?access_token={quote(token, safe='')}", {})
        seconds = info.get("exp")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ValueError("tokeninfo without exp")  # noqa: TRY004 - of what came in, not of an argument
        if info.get("aud") not in tuple(self._client_ids):
            raise TokenInvalidError("the access token was given to another app")
        if seconds <= 0:
            raise TokenExpiredError("the access token has expired")
        profile = self._object(f"{self._url}/user/profile", {"Authorization": f"bearer {token}"})
        user_id = profile.get("user_id")
        if not isinstance(user_id, str) or not is_user_id(user_id):
            raise ValueError("a profile without user_id")
        if info.get("user_id", user_id) != user_id:
            raise ValueError("tokeninfo and profile are of different customers")
        return _Account(user_id, asked, float(min(seconds, _LONGEST)))

    def _object(self, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
        status, body = self._requests.get(url, headers)
        if status == 200:
            return json_object(body)
        if status not in {400, 401, 403}:
            raise self._requests.failed(status)
        reply = json_object(body) if body or status != 401 else {"error": "invalid_token"}
        if reply.get("error") not in tuple(_REFUSALS):
            raise ValueError(f"HTTP {status}, and no reason that it documents")
        if _says_expired(reply.get("error_description")):
            raise TokenExpiredError("the access token has expired")
        if reply["error"] == "insufficient_scope":
            raise TokenInvalidError("the access token may not read its customer's profile: link with profile:user_id")
        raise TokenInvalidError("the access token does not count at Login with Amazon")


class _Account(NamedTuple):
    """Whose a token is, and for how many seconds more, as it was when it was asked."""

    user_id: str
    asked: tuple[float, float]
    seconds: float


class _Refusal(NamedTuple):
    kind: type[TokenInvalidError]
    message: str
    asked: tuple[float, float]


def _digest(token: str | None) -> bytes:
    """What a token is kept by. Raises: TokenInvalidError for what can be none."""
    if not token:
        raise TokenInvalidError("the directive has no access token")
    if len(token) > MOST_TOKEN_BYTES or not token.isascii() or not token.isprintable() or " " in token:
        raise TokenInvalidError("the access token is too long, or has characters that no token has")
    return hashlib.sha256(token.encode()).digest()


def _says_expired(description: object) -> bool:
    """Whether a reason names that alone: RFC 6750's own sentence is "expired, revoked, malformed or invalid"."""
    words = set(re.findall(r"[a-z]+", description.lower())) if isinstance(description, str) else set()
    return "expired" in words and words.isdisjoint({"revoked", "malformed", "invalid"})
