"""Alexa's part of account linking: what it does with the request that its skill management was given.

Authorization code flow (RFC 6749, 4.1), refresh (6), and the authentication of the client by HTTP Basic or in the body
(2.3.1). The state is Alexa's own, and it takes no answer that brings another.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit, urlunsplit

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.browser import Browser

_REDIRECT_URL = "https://pitangui.amazon.com/api/skill/link/{}"
_TIMEOUT = aiohttp.ClientTimeout(total=15)


class LinkingError(Exception):
    """Alexa does not link the account; the message is what its app would have to say."""


@dataclass(frozen=True)
class Tokens:
    """What the account server gave. `expires_in`: seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True)
class Authorization:
    """One try of a customer to link an account. `url`: the page that Alexa's app opens."""

    url: str
    state: str = field(repr=False)
    redirect_url: str


class AccountLinking:
    """Account linking of one skill.

    `request`: what `ask smapi update-account-linking-info` takes. `vendor_id`: the skill's developer's. `servers`:
    where a server of the local world really is, scheme and authority by the host that it has in the request.
    """

    def __init__(self, request: Mapping[str, Any], vendor_id: str, servers: Mapping[str, str] | None = None) -> None:
        self._request = request["accountLinkingRequest"]
        self._redirect_url = _REDIRECT_URL.format(vendor_id)
        self._servers = servers or {}

    def begin(self) -> Authorization:
        """A new try, with a state that nobody can guess."""
        state = secrets.token_urlsafe(32)
        query = {
            "response_type": "code",
            "client_id": self._request["clientId"],
            "redirect_uri": self._redirect_url,
            "scope": " ".join(self._request["scopes"]),
            "state": state,
        }
        url = self._real(self._request["authorizationUrl"])
        return Authorization(f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}", state, self._redirect_url)

    async def link(self, browser: Browser, username: str, password: str) -> Tokens:
        """The whole way of a customer who has this browser. Raises: LinkingError; the browser's SignInError."""
        authorization = self.begin()
        return await self.finish(authorization, await browser.sign_in(authorization.url, username, password))

    async def finish(self, authorization: Authorization, answer_url: str) -> Tokens:
        """The tokens for the answer that the browser brought back.

        Raises:
            LinkingError: it is the answer to another try, or a refusal; or the account server takes the code for none.
        """
        answer = {name: values[0] for name, values in parse_qs(urlsplit(answer_url).query).items()}
        if not secrets.compare_digest(answer.get("state", "").encode(), authorization.state.encode()):
            raise LinkingError("The answer belongs to another authorization: its state differs.")
        if "code" not in answer:
            raise LinkingError(f"The account server refused: {answer.get('error', 'it gave no code')}.")
        form = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": authorization.redirect_url,
        }
        return await self._tokens(form, "")

    async def refresh(self, tokens: Tokens) -> Tokens:
        """New tokens for the old; the refresh token stays where the answer brings none. Raises: LinkingError."""
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        return await self._tokens(form, tokens.refresh_token)

    async def _tokens(self, form: dict[str, str], refresh_token: str) -> Tokens:
        headers = {}
        client_id, secret = self._request["clientId"], self._request["clientSecret"]
        if self._request["accessTokenScheme"] == "HTTP_BASIC":
            # Both parts are form-encoded first (RFC 6749, 2.3.1): a secret may have a colon or a plus sign.
            headers["Authorization"] = aiohttp.encode_basic_auth(quote_plus(client_id), quote_plus(secret))
        else:
            form = {**form, "client_id": client_id, "client_secret": secret}
        url = self._real(self._request["accessTokenUrl"])
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(url, data=form, headers=headers) as response,
        ):
            answer = await response.json()
        if response.status != 200:
            raise LinkingError(f"The account server gave no tokens: {answer.get('error', response.status)}.")
        seconds = answer.get("expires_in", self._request["defaultTokenExpirationInSeconds"])
        return Tokens(answer["access_token"], answer.get("refresh_token", refresh_token), int(seconds))

    def _real(self, url: str) -> str:
        parts = urlsplit(url)
        server = urlsplit(self._servers.get(str(parts.hostname), f"{parts.scheme}://{parts.netloc}"))
        return urlunsplit((server.scheme, server.netloc, *parts[2:]))
