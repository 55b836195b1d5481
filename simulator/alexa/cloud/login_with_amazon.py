"""Login with Amazon's token endpoint: codes and refresh tokens in, tokens out (RFC 6749, 4.1.3, 5 and 6).

Its errors are those of RFC 6749, 5.2, with a `request_id` beside them.
"""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.alexa.cloud.settings import CloudSettings


@dataclass(frozen=True)
class Tokens:
    """What a code or a refresh token was exchanged for."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class TokenRequest:
    """A request that was made, without what was secret in it. `error` is empty where tokens were given."""

    at: float
    grant_type: str
    user_id: str
    error: str


@dataclass
class _Grant:
    """What one code, and the tokens that followed from it, let the skill do."""

    user_id: str
    is_revoked: bool = False


class LoginWithAmazon:
    """The tokens that a skill was given, and those that still count. `requests`: every request so far."""

    def __init__(self, settings: CloudSettings) -> None:
        self._settings = settings
        self._codes: dict[str, tuple[_Grant, float]] = {}
        self._access: dict[str, tuple[_Grant, float]] = {}
        self._refresh: dict[str, _Grant] = {}
        self._grants: defaultdict[str, list[_Grant]] = defaultdict(list)
        self.requests: list[TokenRequest] = []

    def new_code(self, user_id: str) -> str:
        """An authorization code as Alexa puts it into AcceptGrant: it counts once, and not for long."""
        grant = _Grant(user_id)
        self._grants[user_id].append(grant)
        code = f"AN{secrets.token_hex(9)}"
        self._codes[code] = grant, self._settings.clock() + self._settings.code_seconds
        return code

    def new_tokens(self, user_id: str) -> Tokens:
        """Tokens as the customer's code would have brought them."""
        grant, _ = self._codes.pop(self.new_code(user_id))
        return self._tokens(grant, _new_refresh_token())

    def user_of(self, access_token: str) -> str | None:
        """Whose token it is; None if it does not count, or not any more."""
        grant, ends = self._access.get(access_token, (None, 0.0))
        return grant.user_id if grant and not grant.is_revoked and self._settings.clock() < ends else None

    def whose(self, token_or_code: str) -> str:
        """Whose it is or was, whether it counts or not; empty if it is nobody's."""
        grant = (self._codes.get(token_or_code) or self._access.get(token_or_code) or (None, 0.0))[0]
        grant = grant or self._refresh.get(token_or_code)
        return grant.user_id if grant else ""

    def revoke(self, user_id: str) -> None:
        """Ends all that the customer granted so far: codes, access tokens and refresh tokens."""
        for grant in self._grants.pop(user_id, ()):
            grant.is_revoked = True

    def end_refreshing(self, user_id: str) -> None:
        """Ends the customer's refresh tokens; access tokens go on to tell whose they are until their time is over."""
        self._refresh = {token: grant for token, grant in self._refresh.items() if grant.user_id != user_id}

    def expire(self, user_id: str) -> None:
        """Ends the customer's access tokens now, ahead of their time; refresh tokens go on to count."""
        for token, (grant, _) in self._access.items():
            if grant.user_id == user_id:
                self._access[token] = grant, 0.0

    def forget_access_token(self, access_token: str) -> None:
        """Ends this access token alone."""
        self._access.pop(access_token, None)

    def answer(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer to the members of a form."""
        grant_type = form.get("grant_type", "")
        user_id = self.whose(form.get("code", "") or form.get("refresh_token", ""))
        status, body = self._answer(grant_type, form)
        self.requests.append(TokenRequest(self._settings.clock(), grant_type, user_id, body.get("error", "")))
        return status, body

    def _answer(self, grant_type: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        client = form.get("client_id", ""), form.get("client_secret", "")
        if client != (self._settings.client_id, self._settings.client_secret):
            return _error(401, "invalid_client", "Client authentication failed")
        if grant_type == "authorization_code":
            return self._exchange(form.get("code", ""))
        if grant_type == "refresh_token":
            return self._renew(form.get("refresh_token", ""))
        if not grant_type:
            return _missing("grant_type")
        return _error(400, "unsupported_grant_type", "The authorization grant type is not supported")

    def _exchange(self, code: str) -> tuple[int, dict[str, Any]]:
        if not code:
            return _missing("code")
        grant, ends = self._codes.pop(code, (None, 0.0))
        if grant is None or grant.is_revoked or self._settings.clock() >= ends:
            return _error(400, "invalid_grant", "The request has an invalid grant parameter : code")
        return 200, self._reply(self._tokens(grant, _new_refresh_token()))

    def _renew(self, refresh_token: str) -> tuple[int, dict[str, Any]]:
        if not refresh_token:
            return _missing("refresh_token")
        grant = self._refresh.get(refresh_token)
        if grant is None or grant.is_revoked:
            return _error(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")
        if self._settings.rotates:
            del self._refresh[refresh_token]
        return 200, self._reply(self._tokens(grant, _new_refresh_token() if self._settings.rotates else refresh_token))

    def _tokens(self, grant: _Grant, refresh_token: str) -> Tokens:
        access_token = f"Atza|{secrets.token_urlsafe(250)}"
        self._access[access_token] = grant, self._settings.clock() + self._settings.access_token_seconds
        self._refresh[refresh_token] = grant
        return Tokens(access_token, refresh_token)

    def _reply(self, tokens: Tokens) -> dict[str, Any]:
        return {
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "token_type": "bearer",
            "expires_in": int(self._settings.access_token_seconds),
        }


def _new_refresh_token() -> str:
    return f"Atzr|{secrets.token_urlsafe(250)}"


def _missing(parameter: str) -> tuple[int, dict[str, Any]]:
    return _error(400, "invalid_request", f"The request is missing a required parameter : {parameter}")


def _error(status: int, error: str, description: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": error, "error_description": description, "request_id": str(uuid.uuid4())}
