"""An OpenID Connect issuer on a real socket: signs access tokens, serves its keys, counts who asks for them."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms
from jwt.utils import base64url_encode

from camera_skill.adapters.tokens.json_web_tokens import AccessTokenRules
from tests.support import secrets
from tests.support.threaded_server import Request, threaded_server

CLIENT_ID = "example-alexa-client"
SCOPE = "camera-skill/cameras"
USER_ID = "5f0f6b2e-0000-4000-8000-000000000001"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_spare_keys: list[rsa.RSAPrivateKey] = []  # of servers that are gone: making one costs a tenth of a second
_CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


class AccountServer:
    """`issuer` and `jwks_url` for the function's settings; `fetches` counts requests, `paths` says for what.

    `configuration` replaces, adds or, with None, removes members of what the issuer says of itself; text is all of it.
    """

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, PrivateKey]] = {}
        self.more_keys: list[dict[str, Any]] = []
        self.configuration: dict[str, Any] | str = {}
        self.paths: list[str] = []
        self.status = 200
        self.issuer = self.jwks_url = ""
        self.add_key("key-1")

    @property
    def fetches(self) -> int:
        return len(self.paths)

    def add_key(self, key_id: str, algorithm: str = "RS256") -> None:
        """A key for that algorithm, which the JWKS names with it."""
        self.keys[key_id] = algorithm, private_key(algorithm)

    def rules(self, scope: str = SCOPE, use: str = "access") -> AccessTokenRules:
        """What this server's tokens say, as Cognito makes them."""
        return AccessTokenRules(self.issuer, {CLIENT_ID}, scope=scope, use=use)

    def claims(self, **claims: object) -> dict[str, Any]:
        """Those of an access token as Cognito makes it; `claims` replace or, with None, remove members."""
        now = int(time.time())
        body = {
            "sub": USER_ID,
            "iss": self.issuer,
            "client_id": CLIENT_ID,
            "token_use": "access",
            "scope": SCOPE,
            "iat": now,
            "exp": now + 3600,
            **claims,
        }
        return {name: value for name, value in body.items() if value is not None}

    def token(self, *, key_id: str = "key-1", headers: dict[str, Any] | None = None, **claims: object) -> str:
        """An access token with such a header and such claims, signed."""
        header = json.dumps(self.header(key_id, **(headers or {})))
        return self.signed(header, json.dumps(self.claims(**claims)), key_id)

    def header(self, key_id: str = "key-1", **members: object) -> dict[str, Any]:
        """That of an access token; `members` replace or, with None, remove."""
        header = {"typ": "JWT", "alg": self.keys[key_id][0], "kid": key_id, **members}
        return {name: value for name, value in header.items() if value is not None}

    def signed(self, header: str, payload: str, key_id: str = "key-1") -> str:
        """A token of these texts, which no library would write."""
        algorithm, key = self.keys[key_id]
        signing_input = b".".join(base64url_encode(part.encode()) for part in (header, payload))
        signature = get_default_algorithms()[algorithm].sign(signing_input, key)
        token = b".".join((signing_input, base64url_encode(signature))).decode()
        secrets.learn_token(token)
        return token

    def jwks(self) -> dict[str, Any]:
        keys = [
            {**public_jwk(algorithm, key), "kid": key_id, "alg": algorithm, "use": "sig"}
            for key_id, (algorithm, key) in self.keys.items()
        ]
        return {"keys": [*keys, *self.more_keys]}

    def reply(self, path: str) -> bytes:
        self.paths.append(path)
        if not path.endswith("openid-configuration"):
            return json.dumps(self.jwks()).encode()
        if isinstance(self.configuration, str):
            return self.configuration.encode()
        document = {"issuer": self.issuer, "jwks_uri": self.jwks_url, **self.configuration}
        return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def private_key(algorithm: str) -> PrivateKey:
    if algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm])
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return _spare_keys.pop() if _spare_keys else rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(algorithm: str, key: PrivateKey) -> dict[str, Any]:
    jwk: dict[str, Any] = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    return jwk


@contextmanager
def running_account_server() -> Iterator[AccountServer]:
    server = AccountServer()

    def handle(request: Request) -> None:
        request.reply(server.status, server.reply(request.path))

    with threaded_server(handle) as url:
        server.issuer = f"{url}/pool"
        server.jwks_url = f"{server.issuer}/.well-known/jwks.json"
        yield server
    _spare_keys.extend(key for _, key in server.keys.values() if isinstance(key, rsa.RSAPrivateKey))
