"""Tokens that are none of ours, each as somebody would forge or abuse it."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

from camera_skill.adapters.tokens.json_web_tokens import LEEWAY_SECONDS
from tests.support.account_server import CLIENT_ID, AccountServer, private_key, public_jwk

Attack = Callable[[AccountServer], str]


def _part(value: object) -> str:
    return base64url_encode(json.dumps(value).encode()).decode()


def unsigned(server: AccountServer) -> str:
    return f"{_part({'typ': 'JWT', 'alg': 'none', 'kid': 'key-1'})}.{_part(server.claims())}."


def unsigned_with_a_signature(server: AccountServer) -> str:
    return f"{unsigned(server)}{server.token().rpartition('.')[2]}"


def signed_with_the_public_key(form: Callable[[AccountServer], bytes]) -> Attack:
    def attack(server: AccountServer) -> str:
        text = f"{_part({'typ': 'JWT', 'alg': 'HS256', 'kid': 'key-1'})}.{_part(server.claims())}"
        signature = hmac.new(form(server), text.encode(), hashlib.sha256).digest()
        return f"{text}.{base64url_encode(signature).decode()}"

    return attack


def _pem(server: AccountServer) -> bytes:
    return server.keys["key-1"][1].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _jwk(server: AccountServer) -> bytes:
    return json.dumps(server.jwks()["keys"][0]).encode()


def header(**members: object) -> Attack:
    return lambda server: server.token(headers=members)


def claims(**members: Any) -> Attack:  # noqa: ANN401 - as in any JSON
    return lambda server: server.token(**members)


def times(**seconds: float) -> Attack:
    """With times relative to now."""
    return lambda server: server.token(**_at(**seconds))


def _at(**seconds: float) -> dict[str, Any]:
    return {name: time.time() + one for name, one in seconds.items()}


def texts(header: str = "", payload: str = "", *, after: str = "") -> Attack:
    """Header or payload as a text; `after`: so begins a good one, once more with what comes after."""

    def attack(server: AccountServer) -> str:
        good, body = json.dumps(server.header()), json.dumps(server.claims())
        if after == "header":
            return server.signed(f"{good[:-1]}, {header}}}", body)
        if after == "payload":
            return server.signed(good, f"{body[:-1]}, {payload}}}")
        return server.signed(header or good, payload or body)

    return attack


def changed(change: Callable[[str], str]) -> Attack:
    return lambda server: change(server.token())


def signed_by_another_key(server: AccountServer) -> str:
    return _foreign(server, server.header())


def with_a_key_of_its_own(server: AccountServer) -> str:
    return _foreign(server, server.header(), jwk=True)


def _foreign(server: AccountServer, head: dict[str, Any], *, jwk: bool = False) -> str:
    key = private_key("RS256")
    server.keys["foreign"] = "RS256", key
    members = {**head, "jwk": public_jwk("RS256", key)} if jwk else head
    token = server.signed(json.dumps(members), json.dumps(server.claims()), "foreign")
    del server.keys["foreign"]
    return token


def id_token(server: AccountServer) -> str:
    """As Cognito and others make it: for the client, without a scope."""
    return server.token(token_use="id", client_id=None, scope=None, aud=CLIENT_ID, at_hash="x" * 22)


def generic_id_token(server: AccountServer) -> str:
    return server.token(token_use=None, client_id=None, scope=None, aud=CLIENT_ID, nonce="x" * 22)


def _padded(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{base64.urlsafe_b64encode(b'x' * 256).decode()[: len(signature)]}=="


JKU = "https://attacker.example/jwks.json"
BEFORE_THE_KEY: dict[str, Attack] = {
    "empty": lambda _: "",
    "a space": lambda _: " ",
    "garbage": lambda _: "garbage",
    "100 kB": lambda _: "x" * 100_000,
    "100 kB of a JWT": lambda server: server.token(padding="x" * 100_000),
    "8 kB and a bit": lambda server: server.token(padding="x" * 8_192),
    "dots": lambda _: "..",
    "four parts": changed(lambda token: f"{token}.x"),
    "two parts": changed(lambda token: token.rpartition(".")[0]),
    "an encrypted one": changed(lambda token: f"{token}.x.y"),
    "not ASCII": changed(lambda token: f"ä{token}"),
    "not ASCII but a letter": changed(lambda token: f"{token}é"),
    "half a character": changed(lambda token: f"\ud800{token}"),
    "line end": changed(lambda token: f"{token}\n"),
    "space before": changed(lambda token: f" {token}"),
    "bearer": changed(lambda token: f"Bearer {token}"),
    "alg none": unsigned,
    "alg none, signed": unsigned_with_a_signature,
    "alg None": header(alg="None"),
    "no alg": header(alg=None),
    "alg list": header(alg=["RS256"]),
    "alg RS256 in small letters": header(alg="rs256"),
    "alg of secp256k1": header(alg="ES256K"),
    "HS256 signed with the public key": signed_with_the_public_key(_pem),
    "HS256 signed with the JWK": signed_with_the_public_key(_jwk),
    "no kid": header(kid=None),
    "kid number": header(kid=1),
    "kid list": header(kid=["key-1"]),
    "jku": header(jku=JKU),
    "x5u": header(x5u=JKU),
    "x5c": header(x5c=["MIIB"]),
    "jwk": with_a_key_of_its_own,
    "crit": header(crit=["exp"]),
    "b64": header(b64=False),
    "typ of a logout token": header(typ="logout+jwt"),
    "typ number": header(typ=1),
    "header twice alg": texts(header='"alg": "none"', after="header"),
    "header twice kid": texts(header='"kid": "key-2"', after="header"),
    "header list": texts(header="[]"),
    "header text": texts(header='"RS256"'),
    "header no JSON": texts(header="{alg:RS256}"),
    "header deep": texts(header='{"alg":' + "[" * 3_000),
    "claims twice sub": texts(payload='"sub": "another"', after="payload"),
    "claims twice exp": texts(payload='"exp": 9999999999', after="payload"),
    "claims twice deep inside": texts(payload='"x": {"y": [{"z": 1, "z": 2}]}', after="payload"),
    "claims list": texts(payload="[]"),
    "claims null": texts(payload="null"),
    "claims no JSON": texts(payload="{sub:1}"),
    "claims deep": texts(payload='{"sub":' + "[" * 3_000),
    "claims endless number": texts(payload='"x": ' + "9" * 5_000, after="payload"),
    "claims NaN": texts(payload='"exp": NaN', after="payload"),
    "truncated signature": changed(lambda token: token[:-8]),
    "signature of one letter": changed(lambda token: f"{token.rpartition('.')[0]}.A"),
    "padded signature": changed(_padded),
    "another issuer": claims(iss="https://accounts.attacker.example"),
    "the issuer and a slash": lambda server: server.token(iss=f"{server.issuer}/"),
    "no issuer": claims(iss=None),
    "issuers": lambda server: server.token(iss=[server.issuer]),
    "another client": claims(client_id="another"),
    "no client": claims(client_id=None),
    "clients": claims(client_id=[CLIENT_ID]),
    "another client, and ours as audience": claims(client_id="another", aud=CLIENT_ID),
    "another audience": claims(client_id=None, aud=["another", 7, [CLIENT_ID]]),
    "id token": id_token,
    "id token of a generic issuer": generic_id_token,
    "token_use list": claims(token_use=["access"]),
    "another scope": claims(scope="camera-skill/doors"),
    "the scope's beginning": claims(scope="camera-skill/cameras.read"),
    "scope list": claims(scope=["camera-skill/cameras"]),
    "no scope": claims(scope=None),
    "no user": claims(sub=None),
    "user number": claims(sub=7),
    "user empty": claims(sub=""),
    "user long": claims(sub="x" * 257),
    "user of long characters": claims(sub="\N{GRINNING FACE}" * 251),
    "user of two lines": claims(sub="a\nb"),
    "user of half a character": claims(sub="\ud800"),
    "never expires": claims(exp=None),
    "exp text": lambda server: server.token(exp=str(int(time.time()) + 3600)),
    "exp true": claims(exp=True),
    "exp beyond all times": claims(exp=10**30),
    "nbf text": claims(nbf="0"),
}
"""Refused by what they say: the issuer is not even asked for its keys."""

NOT_YET: dict[str, Attack] = {
    "not yet valid": times(nbf=LEEWAY_SECONDS + 2.0),
    "made in the future": times(iat=LEEWAY_SECONDS + 2.0),
}
EXPIRED: dict[str, Attack] = {
    "expired by a second past the leeway": times(exp=-LEEWAY_SECONDS - 1.0),
    "expired just now": times(exp=-LEEWAY_SECONDS - 0.01),
    "expired long ago": claims(exp=1),
}
BY_THE_KEY: dict[str, Attack] = {
    "another signature": changed(lambda token: f"{token[:-16]}{'A' * 16}"),
    "signed by another key": signed_by_another_key,
    "another algorithm than the key's": header(alg="RS512"),
    "another kind of algorithm than the key's": header(alg="PS256"),
    "claims changed": lambda server: _with_claims(server, server.token()),
    **NOT_YET,
}
"""Refused by the key that they name."""


def _with_claims(server: AccountServer, token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{_part(server.claims(sub='another'))}.{signature}"
