"""Login with Amazon on a real socket, as its documentation and Amazon's own SDKs describe it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support import secrets
from tests.support.threaded_server import Request, threaded_server

CLIENT_ID = "amzn1.application-oa2-client.0123456789abcdef0123456789abcdef"
AMAZON_USER_ID = "amzn1.account.EXAMPLEEXAMPLEEXAMPLEEXAMPLE"
INVALID = {
    "error": "invalid_token",
    "error_description": "The request has an invalid parameter : access_token",
    "request_id": "00000000-0000-4000-8000-000000000002",
}
_REST = "mHjNgHpi0UDme37rR6CuUpSR" * 14

Reply = tuple[int, bytes]
Spoil = Callable[[str], Reply | None]


class LoginWithAmazon:
    """`url` for the function's settings; `paths` are those of the requests, `spoil` answers in its place."""

    def __init__(self) -> None:
        self.url = ""
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.spoil: Spoil = lambda _: None
        self._tokens: dict[str, dict[str, Any]] = {}
        self._revoked: set[str] = set()

    def token(self, *, lifetime: float = 3600.0, **members: object) -> str:
        """An access token; `members` replace those of its tokeninfo or, with None, remove them."""
        token = f"Atza|IQEBLjAsAhR{len(self._tokens):04d}/+={_REST}"
        info = {
            "aud": CLIENT_ID,
            "user_id": AMAZON_USER_ID,
            "iss": "https://www.amazon.com",
            "exp": lifetime,
            "app_id": "amzn1.application.0123456789abcdef0123456789abcdef",
            "iat": int(time.time()),
            **members,
        }
        self._tokens[token] = {name: value for name, value in info.items() if value is not None}
        secrets.learn("an access token", _REST)  # which is written so in a URL, too
        return token

    def revoke(self, token: str) -> None:
        """As when the customer takes it back, or its time is over: from outside the two look the same."""
        self._revoked.add(token)

    def answer(self, path: str, query: str, authorization: str) -> Reply:
        self.paths.append(path)
        spoiled = self.spoil(path)
        if spoiled is not None:
            return spoiled
        if path == "/auth/o2/tokeninfo":
            token = parse_qs(query).get("access_token", [""])[0]
            return _json(200, self._tokens[token]) if self._counts(token) else _json(400, INVALID)
        if path == "/user/profile":
            token = authorization.partition(" ")[2]
            profile = {"user_id": AMAZON_USER_ID, "name": "Example Customer", "email": "SENTINEL at example"}
            return _json(200, profile) if self._counts(token) else _json(400, INVALID)
        return _json(404, {})

    def _counts(self, token: str) -> bool:
        return token in self._tokens and token not in self._revoked


def _json(status: int, body: object) -> Reply:
    return status, json.dumps(body).encode()


def always(status: int, body: object, *, path: str = "") -> Spoil:
    """The same reply to every request, or to those for one path; text is the body as it stands."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return lambda asked: (status, content) if path in asked else None


@contextmanager
def running_login_with_amazon() -> Iterator[LoginWithAmazon]:
    server = LoginWithAmazon()

    def handle(request: Request) -> None:
        parts = urlsplit(request.path)
        server.headers.append({name.lower(): value for name, value in request.headers.items()})
        status, body = server.answer(parts.path, parts.query, request.headers.get("Authorization", ""))
        location = {"Location": f"{server.url}/elsewhere"} if 300 <= status < 400 else {}
        request.reply(status, body, {"Content-Type": "application/json;charset=UTF-8", **location})

    with threaded_server(handle) as server.url:
        yield server
