"""An OpenID Connect issuer on a real socket: signs access tokens, serves its keys, counts who asks for them."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.support import secrets

CLIENT_ID = "example-alexa-client"
USER_ID = "5f0f6b2e-0000-4000-8000-000000000001"
_spare_keys: list[rsa.RSAPrivateKey] = []  # of servers that are gone: making one costs a tenth of a second


class AccountServer:
    """`issuer` and `jwks_url` for the function's settings; `fetches` counts requests for the keys."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.fetches = 0
        self.status = 200
        self.issuer = self.jwks_url = ""
        self.add_key("key-1")

    def add_key(self, key_id: str) -> None:
        self.keys[key_id] = _spare_keys.pop() if _spare_keys else rsa.generate_private_key(65537, 2048)

    def token(self, *, key_id: str = "key-1", headers: dict[str, Any] | None = None, **claims: object) -> str:
        """An access token as Cognito makes it; `claims` replace or, with None, remove members."""
        now = int(time.time())
        body = {
            "sub": USER_ID,
            "iss": self.issuer,
            "client_id": CLIENT_ID,
            "token_use": "access",
            "scope": "camera-skill/cameras",
            "iat": now,
            "exp": now + 3600,
            **claims,
        }
        payload = {name: value for name, value in body.items() if value is not None}
        token = jwt.encode(payload, self.keys[key_id], algorithm="RS256", headers={"kid": key_id, **(headers or {})})
        secrets.learn_token(token)
        return token

    def jwks(self) -> bytes:
        keys = [
            {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id, "alg": "RS256", "use": "sig"}
            for key_id, key in self.keys.items()
        ]
        return json.dumps({"keys": keys}).encode()


@contextmanager
def running_account_server() -> Iterator[AccountServer]:
    server = AccountServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.fetches += 1
            body = server.jwks()
            self.send_response(server.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keeps the test's output to itself."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 1024  # all processes of a function may ask at once

    http = Server(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.issuer = f"http://127.0.0.1:{http.server_port}/pool"
    server.jwks_url = f"{server.issuer}/.well-known/jwks.json"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
        _spare_keys.extend(server.keys.values())
