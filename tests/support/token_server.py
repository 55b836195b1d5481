"""Login with Amazon's token endpoint on a real socket: it rotates refresh tokens, and what else it does can be set."""

import json
import secrets as randomness
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from tests.support import secrets
from tests.support.threaded_server import Request, threaded_server

CLIENT = {"client_id": "amzn1.application-oa2-client.example", "client_secret": "SENTINEL-client-secret"}
CODE = "ANdBSamxQLyvCRlUaBqR"

Form = dict[str, str]
Reply = tuple[int, object]


class TokenServer:
    """`url` for settings; `forms` are what came; `spoil` answers in its place, unless it gives None.

    `seconds`: for which access tokens count. `rotates`: whether a refresh ends the refresh token, and brings another.
    """

    def __init__(self) -> None:
        self.url = ""
        self.forms: list[Form] = []
        self.spoil: Callable[[Form], Reply | None] = lambda _: None
        self.seconds = 3600.0
        self.rotates = True
        self.client: Form = dict(CLIENT)
        self.codes = {CODE}
        self.refresh_tokens: set[str] = set()
        self._lock = threading.Lock()

    @property
    def refreshes(self) -> int:
        return sum(form["grant_type"] == "refresh_token" for form in self.forms)

    def answer(self, form: Form) -> Reply:
        with self._lock:
            self.forms.append(form)
        spoiled = self.spoil(form)
        return spoiled if spoiled is not None else self.good(form)

    def good(self, form: Form) -> Reply:
        """What it answers if nothing is spoiled."""
        with self._lock:
            if any(form.get(name) != value for name, value in self.client.items()):
                return 401, {"error": "invalid_client", "error_description": f"who is {form.get('client_secret')}?"}
            if form["grant_type"] == "authorization_code":
                known = self.codes
                used = form["code"]
            else:
                known = self.refresh_tokens
                used = form["refresh_token"]
            if used not in known:
                return 400, {"error": "invalid_grant", "error_description": f"nobody knows {used}"}
            if known is self.codes or self.rotates:
                known.remove(used)
                return 200, self._tokens(self._new("Atzr"))
            return 200, self._tokens(None)

    def _tokens(self, refresh_token: str | None) -> dict[str, Any]:
        tokens = {"access_token": _token("Atza"), "token_type": "bearer", "expires_in": self.seconds}
        return tokens if refresh_token is None else {**tokens, "refresh_token": refresh_token}

    def _new(self, kind: str) -> str:
        token = _token(kind)
        self.refresh_tokens.add(token)
        return token


def _token(kind: str) -> str:
    token = f"{kind}|{randomness.token_urlsafe(250)}"
    secrets.learn("a token of Login with Amazon", token)
    secrets.learn("a token of Login with Amazon", token.partition("|")[2])
    return token


@contextmanager
def running_token_server() -> Iterator[TokenServer]:
    server = TokenServer()

    def handle(request: Request) -> None:
        if request.path != "/auth/o2/token" or request.command != "POST":
            request.reply(404)
            return
        status, body = server.answer(dict(parse_qsl(request.body.decode())))
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        request.reply(status, content, {"Content-Type": "application/json;charset=UTF-8", "Location": "/elsewhere"})

    with threaded_server(handle) as server.url:
        yield server
