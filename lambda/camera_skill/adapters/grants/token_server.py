"""Login with Amazon as a token server: a code, or a refresh token, becomes an access token.

Source: developer.amazon.com/docs/smarthome/authenticate-a-customer-permissions.html; errors as in RFC 6749, 5.2.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from camera_skill.adapters.grants.alexa_client import REMEDY, AlexaClient, ClientCredentials
from camera_skill.adapters.http_requests import CONNECT_SECONDS, HttpRequests
from camera_skill.adapters.strict_json import json_object
from camera_skill.budget import Budget
from camera_skill.report_errors import AlexaClientError, GrantRefusedError, TokenServerError

_TOKEN = re.compile("[!-~]{1,4096}")
"""As long as KMS encrypts at once, and twice as long as Login with Amazon documents."""
READ_SECONDS = 4.0
"""Longer than others have: a reply that is not waited for may hold the only refresh token that counts."""
KEEP_SECONDS = 1.0
"""Left over after a refresh: the refresh token that comes with it may be the only one that counts from then on."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
_OF_THE_CLIENT = ("invalid_client", "unauthorized_client")
_OURS = ("invalid_request", "unsupported_grant_type", "invalid_scope")
_USUAL_SECONDS, _LONGEST_SECONDS = 3600.0, 10**9


@dataclass(frozen=True)
class Tokens:
    """What the token server gives. `refresh_token`: empty if the old one goes on. `seconds`: for which it counts."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    seconds: float


class TokenServer:
    """Asks once, in this skill's name; where the name does not count, once more with what the secret is now."""

    def __init__(self, url: str, client: AlexaClient) -> None:
        """`url` without a path."""
        self._url = f"{url.rstrip('/')}/auth/o2/token"
        self._client = client
        self._requests = HttpRequests(self._url, "Login with Amazon", TokenServerError, read_seconds=READ_SECONDS)

    def exchange(self, code: str, budget: Budget) -> Tokens:
        """The tokens for the code of an AcceptGrant.

        Raises: GrantRefusedError, TokenServerError, AlexaClientError, GrantError.
        """
        tokens = self._tokens({"grant_type": "authorization_code", "code": code}, budget, 0.0)
        if not tokens.refresh_token:
            raise TokenServerError("Login with Amazon gave no refresh token for the code")
        return tokens

    def refresh(self, refresh_token: str, budget: Budget) -> Tokens:
        """The tokens that follow. Raises: as above; TokenServerError, too, if they could not be kept in time."""
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token}, budget, KEEP_SECONDS)

    def _tokens(self, form: dict[str, str], budget: Budget, keep_seconds: float) -> Tokens:
        credentials = self._client.credentials(budget)
        try:
            return self._ask(form, credentials, budget, keep_seconds)
        except AlexaClientError:
            anew = self._client.credentials(budget, anew=True)
            if anew == credentials:
                raise
        return self._ask(form, anew, budget, keep_seconds)

    def _ask(self, form: dict[str, str], credentials: ClientCredentials, budget: Budget, keep_seconds: float) -> Tokens:
        if keep_seconds and budget.left() < CONNECT_SECONDS + READ_SECONDS + keep_seconds:
            raise TokenServerError("too little time is left to refresh a token, and to keep what comes")
        body = urlencode({**form, **credentials._asdict()}).encode()

        def ask() -> Tokens:
            status, reply = self._requests.post(self._url, _FORM, body)
            if status == 200:
                return _tokens_of(json_object(reply))
            if status not in {400, 401, 403}:
                raise self._requests.failed(status)
            raise _refusal(status, json_object(reply).get("error"))

        return self._requests.within(budget, ask)


def _tokens_of(reply: dict[str, Any]) -> Tokens:
    if str(reply.get("token_type")).lower() != "bearer":
        raise ValueError("tokens that are no bearer tokens")
    refresh_token = _token_of(reply["refresh_token"]) if reply.get("refresh_token") else ""
    return Tokens(_token_of(reply.get("access_token")), refresh_token, _seconds_of(reply.get("expires_in")))


def _seconds_of(value: object) -> float:
    """For how long a token counts; the usual hour where the reply says nothing of sense.

    Nothing is thrown away for that, since the refresh token beside it may be the only one that counts by now. And a
    token whose time is over is refused by the gateway, and then refreshed.
    """
    if isinstance(value, str) and re.fullmatch("[0-9]{1,12}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return _USUAL_SECONDS
    return float(min(value, _LONGEST_SECONDS))


def _token_of(value: object) -> str:
    """The value, if it may be sent in a header, and be encrypted. Raises: ValueError."""
    if isinstance(value, str) and _TOKEN.fullmatch(value):
        return value
    raise ValueError("tokens that are missing, or too long")


def _refusal(status: int, error: object) -> Exception:
    if error == "invalid_grant":
        return GrantRefusedError("Login with Amazon does not take the customer's grant (any more): invalid_grant")
    if error in _OF_THE_CLIENT:
        return AlexaClientError(f"Login with Amazon does not take this skill's client id and secret: {REMEDY}")
    known = error if error in _OURS else "no reason"  # whatever else it says may be anything
    return TokenServerError(f"Login with Amazon answered with HTTP {status} and {known}")
