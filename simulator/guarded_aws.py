"""The program that is the local AWS: ministack, with a check in front of it. The Python of `.venv-aws` runs it.

ministack answers whoever asks: any page of a browser (`Access-Control-Allow-Origin: *`), requests without a signature,
and keys that everybody knows. A page could have it run code. Here a request must come from a program or from a page of
this port, and must be signed with a key of this account, as AWS has it. What AWS itself answers without a signature is
the exception: the hosted login, the public keys and the calls of a user pool's clients. So is its health.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parents[1]))  # and nothing else of the project: the interpreter is another one

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.iam_evaluator import CredentialResolutionError, resolve_credential
from ministack.services import iot, sts

from simulator.credentials import Credentials, function_credentials, iot_endpoint_prefix
from simulator.local_port import LocalPort
from simulator.sigv4 import SignatureChecker, SignatureError, SignedRequest

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

ACCOUNT_ID = "000000000000"
LOGIN_PAGES = {("GET", "/oauth2/authorize"), ("GET", "/logout")}
LOGIN = LOGIN_PAGES | {("POST", "/login"), ("POST", "/oauth2/token")}
LOGIN |= {(method, f"/oauth2/{name}") for method in ("GET", "POST") for name in ("userInfo", "userinfo")}
HEALTH = {("GET", "/_ministack/ready"), ("GET", "/_ministack/health")}
POOL_KEYS = re.compile(r"/[a-z0-9-]+_[A-Za-z0-9]+/\.well-known/(jwks\.json|openid-configuration)")
POOL_CLIENTS = {
    f"AWSCognitoIdentityProviderService.{name}"
    for name in ("InitiateAuth", "RespondToAuthChallenge", "GetUser", "RevokeToken", "GlobalSignOut")
}
"""Calls of a user pool that AWS takes without a signature, as far as anybody here makes them."""


class Guard:
    """An ASGI application that lets through what may reach ministack."""

    def __init__(self, account: Credentials, port: int, region: str, *, is_forwarded: bool) -> None:
        """`account`: the key of the account itself. `is_forwarded`: other ports of loopback lead here."""
        iot_host = f"{iot_endpoint_prefix(account, ACCOUNT_ID)}-ats.iot.{region}.localhost:{port}"
        self._port = LocalPort(
            port, hosts=[iot_host], pages=[path for _, path in LOGIN_PAGES], is_forwarded=is_forwarded
        )
        self._iot_host = iot_host
        self._signatures = SignatureChecker(_Keys(account))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Passes a request on, or refuses it."""
        if scope["type"] == "lifespan":
            await ministack.app(scope, receive, send)
            return
        headers, path = _headers(scope), scope["path"]
        refusal = self._port.refusal(scope.get("method", "GET"), path, headers)
        if scope["type"] == "websocket":
            # DescribeEndpoint tells the name under which the broker is reached, and only to who may ask.
            if refusal or headers["host"].lower() != self._iot_host:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            else:
                await ministack.app(scope, receive, send)
            return
        body = await _body(receive)
        if refusal:
            await _refuse(send, headers, "AccessDeniedException", refusal)
            return
        if not _is_public(scope, headers, body):
            try:
                self._signatures.check(SignedRequest(scope["method"], _target(scope), headers, body))
            except SignatureError as error:
                await _refuse(send, headers, error.code, error.message)
                return
        await ministack.app(scope, _again(body, receive), _without_cors(send))


class _Keys(Mapping[str, str]):
    """The secrets of the account's keys: its own, those of IAM users and of sessions, functions' among them."""

    def __init__(self, account: Credentials) -> None:
        self._account = account

    def __getitem__(self, access_key_id: str) -> str:
        if access_key_id in {self._account.access_key_id, ACCOUNT_ID}:  # ministack gives functions the second
            return self._account.secret_access_key
        found = resolve_credential(access_key_id, ACCOUNT_ID)
        if isinstance(found, CredentialResolutionError) or found.principal_type == "Root":
            raise KeyError(access_key_id)
        return str(found.secret_access_key)

    def __iter__(self) -> Iterator[str]:
        return iter((self._account.access_key_id,))

    def __len__(self) -> int:
        return 1


def _is_public(scope: Message, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether AWS answers it without a signature, and ministack by exactly this path and nothing else of it.

    ministack picks a service by the target, by the query or by the signature's scope, whatever the path.
    """
    method, path, query = scope["method"], scope["path"], scope["query_string"]
    if path != _raw_path(scope) or headers.get("authorization", "").startswith("AWS"):
        return False
    target = headers.get("x-amz-target")
    if target is not None:
        return (method, path, query) == ("POST", "/", b"") and target in POOL_CLIENTS and "authorization" not in headers
    if (method, path) in LOGIN:
        return not any(word in query.lower() for word in (b"x-amz-", b"action=", b"awsaccesskeyid="))
    is_plain = not query and not body and "authorization" not in headers
    return is_plain and ((method, path) in HEALTH or (method == "GET" and POOL_KEYS.fullmatch(path) is not None))


def _headers(scope: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "surrogateescape")
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _raw_path(scope: Message) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0]


def _target(scope: Message) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{_raw_path(scope)}?{query}" if query else _raw_path(scope)


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read, to be read."""
    unread = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> Message:
        return unread.pop() if unread else await receive()

    return read


def _without_cors(send: Send) -> Send:
    """No page of another origin may read what is answered."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [each for each in message["headers"] if not each[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return sent


async def _refuse(send: Send, headers: Mapping[str, str], code: str, message: str) -> None:
    """Refuses as AWS does, in the form that the caller's protocol has."""
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        kind = b"text/xml"
        error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        body = f"<ErrorResponse>{error}</ErrorResponse>".encode()
    else:
        kind, body = b"application/x-amz-json-1.0", json.dumps({"__type": code, "message": message}).encode()
    own = [(b"content-type", kind), (b"x-amzn-errortype", code.encode())]
    await send({"type": "http.response.start", "status": 403, "headers": own})
    await send({"type": "http.response.body", "body": body})


def keep_secrets(account: Credentials) -> None:
    """Lets nobody guess what ministack takes for secrets: functions' keys, the broker's name, the keys of root."""
    own = lambda_runtime.execution_credentials

    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        made = own(config)
        session = sts._sessions.pop(  # noqa: SLF001 - there is no other way
            made["AWS_ACCESS_KEY_ID"], None
        )
        if session is None:  # not of a role: without IAM, functions are the account
            return {**made, "AWS_SECRET_ACCESS_KEY": account.secret_access_key}
        drawn = function_credentials(account, config["FunctionArn"], config["Role"])
        secrets = {"SecretAccessKey": drawn.secret_access_key, "SessionToken": drawn.token}
        sts.register_session(drawn.access_key_id, {**session, **secrets})
        return {
            "AWS_ACCESS_KEY_ID": drawn.access_key_id,
            "AWS_SECRET_ACCESS_KEY": drawn.secret_access_key,
            "AWS_SESSION_TOKEN": drawn.token,
        }

    lambda_runtime.execution_credentials = execution_credentials
    roots = {"", account.access_key_id, ACCOUNT_ID}  # the last is that of functions that have no role
    iam_evaluator.is_root_access_key = lambda access_key_id: access_key_id in roots
    iot._endpoint_prefix = lambda account_id: iot_endpoint_prefix(account, account_id)  # noqa: SLF001 - the same


def main() -> None:
    """Serves until it is ended. Its settings are ministack's, by the environment."""
    account = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    port = int(os.environ["GATEWAY_PORT"])
    keep_secrets(account)
    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{port}"]
    config.keep_alive_timeout = 75
    asyncio.run(
        serve(Guard(account, port, os.environ["AWS_REGION"], is_forwarded="IS_FORWARDED" in os.environ), config)
    )


if __name__ == "__main__":
    main()
