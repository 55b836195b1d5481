"""Logging in as a customer: authorization code with PKCE on the hosted login (RFC 6749, 7636, 8252).

The client is public, so the code alone opens nothing: the verifier never leaves this process.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from cli.errors import CommandError
from cli.target import Target

if TYPE_CHECKING:
    from aiohttp import ClientResponse, web

SCOPE = "camera-skill/cameras"
CALLBACK_PORTS = (18976, 18977, 18978)  # those that the operator's client allows
CALLBACK_PATH = "/callback"
LOGIN_TIMEOUT = 300.0
TOKEN_TIMEOUT = 15.0
THANKS = "You are logged in. You can close this page and go back to the terminal."
REFUSED = "This login was not begun by the command that is waiting. Close this page."


class LoginRefusedError(CommandError):
    """The account server gives no tokens for this login; only another login helps."""


@dataclass(frozen=True)
class Tokens:
    """What the account server gives out."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class Authorization:
    """One login that was begun. `url`: where the customer goes; `redirect_uri`: where the code comes back."""

    url: str
    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)

    def is_answered_by(self, state: str) -> bool:
        """Whether this state, which came back, is the one that was sent."""
        return secrets.compare_digest(state.encode(), self.state.encode())

    def code_of(self, redirect_url: str) -> str:
        """The code in the URL that the browser was sent to.

        Raises:
            CommandError: the login was refused, or it is not the one that was begun here.
        """
        answer = {key: values[0] for key, values in parse_qs(urlsplit(redirect_url).query).items()}
        if not self.is_answered_by(answer.get("state", "")):
            raise CommandError("The answer belongs to another login (its state differs): log in again.")
        if "code" not in answer:
            reason = answer.get("error_description") or answer.get("error") or "it came without a code"
            raise CommandError(f"The login was refused: {reason}.")
        return answer["code"]


def begin(target: Target, port: int = CALLBACK_PORTS[0]) -> Authorization:
    """A new login with the operator's client, which comes back to this port of loopback.

    Raises:
        CommandError: the stack has no client for operators.
    """
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    redirect_uri = f"http://localhost:{port}{CALLBACK_PATH}"
    query = {
        "response_type": "code",
        "client_id": target.output("OperatorClientId"),
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": state,
        "code_challenge": _challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    url = f"{target.hosted_login_url}/oauth2/authorize?{urlencode(query)}"
    return Authorization(url, redirect_uri, state, verifier)


def _challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def exchange(target: Target, authorization: Authorization, redirect_url: str) -> Tokens:
    """The tokens for the code that came back. Raises: LoginRefusedError; CommandError; aiohttp's exceptions."""
    form = {
        "grant_type": "authorization_code",
        "code": authorization.code_of(redirect_url),
        "redirect_uri": authorization.redirect_uri,
        "code_verifier": authorization.verifier,
    }
    return await _ask_for_tokens(target, form)


async def refresh(target: Target, tokens: Tokens) -> Tokens:
    """A new access token for the same login. Raises: LoginRefusedError; CommandError; aiohttp's exceptions."""
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
    return await _ask_for_tokens(target, form, tokens.refresh_token)


def revoke(target: Target, tokens: Tokens, client_id: str) -> None:
    """Ends the refresh token; access tokens are good until they expire. Raises: botocore's exceptions."""
    cognito = target.cognito
    with suppress(cognito.exceptions.ResourceNotFoundException):  # the client is gone, and its tokens with it
        cognito.revoke_token(Token=tokens.refresh_token, ClientId=client_id)


def end_of_session_url(target: Target) -> str:
    """The page that makes a browser forget the customer, and then asks to log in (Cognito's logout endpoint).

    Raises:
        CommandError: the stack has no client for operators.
    """
    query = {
        "response_type": "code",
        "client_id": target.output("OperatorClientId"),
        "redirect_uri": f"http://localhost:{CALLBACK_PORTS[0]}{CALLBACK_PATH}",
        # Nobody waits there. Whoever listens all the same gets a code that opens nothing: nobody knows the verifier.
        "code_challenge": _challenge_of(secrets.token_urlsafe(48)),
        "code_challenge_method": "S256",
    }
    return f"{target.hosted_login_url}/logout?{urlencode(query)}"


async def _ask_for_tokens(target: Target, form: dict[str, str], refresh_token: str | None = None) -> Tokens:
    """`refresh_token`: the one that stays good if the answer brings none (RFC 6749, section 6)."""
    import aiohttp

    form = {**form, "client_id": target.output("OperatorClientId")}
    timeout = aiohttp.ClientTimeout(total=TOKEN_TIMEOUT)
    url = f"{target.hosted_login_url}/oauth2/token"
    async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, data=form) as response:
        answer = {"refresh_token": refresh_token, **await _json_object(response)}
    access, refresh = answer.get("access_token"), answer["refresh_token"]
    if response.status == 200 and isinstance(access, str) and isinstance(refresh, str):
        return Tokens(access, refresh)
    reason = answer.get("error_description") or answer.get("error") or f"status {response.status}"
    raise LoginRefusedError(
        f"The account server gave no token ({reason}): log in again with `camera-skill login{target.choice.words}`."
    )


async def _json_object(response: "ClientResponse") -> dict[str, Any]:
    """What the account server answered.

    Raises:
        CommandError: it failed, or answered anything but a JSON object, such as a proxy's page.
    """
    failure = CommandError(
        f"The account server at {response.url.host} does not work (status {response.status}): try again in a minute. "
        "If it stays so, check that the stack's output HostedLoginUrl is the address of its user pool."
    )
    try:
        answer = json.loads(await response.read())
    except ValueError as error:
        raise failure from error
    if response.status >= 500 or not isinstance(answer, dict):
        raise failure
    return answer


class Callback:
    """Waits on loopback for the browser to come back: `async with Callback() as callback`."""

    def __init__(self) -> None:
        self.port = 0
        self._arrived: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._authorization: Authorization | None = None

    async def __aenter__(self) -> Self:
        """Listens on the first port that is free.

        Raises:
            CommandError: none is.
        """
        from aiohttp import web

        application = web.Application()
        application.router.add_get(CALLBACK_PATH, self._receive)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        for port in CALLBACK_PORTS:
            try:
                await web.TCPSite(self._runner, "127.0.0.1", port).start()
            except OSError:
                continue
            self.port = port
            return self
        await self._runner.cleanup()
        raise CommandError(
            f"The login comes back to port {', '.join(map(str, CALLBACK_PORTS[:-1]))} or {CALLBACK_PORTS[-1]} of "
            "this machine, and all of them are taken: end one of the programs that listen there."
        )

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def wait(self, authorization: Authorization) -> str:
        """The URL that the browser came back to.

        Raises:
            CommandError: nobody logged in within LOGIN_TIMEOUT seconds.
        """
        self._authorization = authorization
        try:
            return await asyncio.wait_for(self._arrived, LOGIN_TIMEOUT)
        except TimeoutError as error:
            raise CommandError(f"Nobody logged in within {LOGIN_TIMEOUT / 60:.0f} minutes: try again.") from error

    async def _receive(self, request: "web.Request") -> "web.Response":
        from aiohttp import web

        from simulator.local_requests import refusal_of

        authorization = self._authorization
        is_strange = refusal_of(request, pages=[CALLBACK_PATH])
        if is_strange or authorization is None or not authorization.is_answered_by(request.query.get("state", "")):
            return web.Response(status=400, text=REFUSED)  # go on waiting: any page can send a browser here
        if not self._arrived.done():
            self._arrived.set_result(str(request.url))
        return web.Response(text=THANKS)
