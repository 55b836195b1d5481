"""An issuer whose description of itself the function would refuse is refused before Alexa is told of it."""

import asyncio
import json

import boto3
import pytest

from cli.errors import CommandError
from cli.options import Choice
from cli.target import Target
from cli.users.account_servers import AccountServer, account_server_of
from tests.support.raw_server import http_reply, read_request, serving

PATH = "/.well-known/openid-configuration"


async def test_the_issuer_is_refused_with_the_status_when_the_function_would_refuse_it() -> None:
    paths: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, _ = await read_request(reader)
        path = head.split()[1].decode()
        paths.append(path)
        case = path.split("/")[1]
        issuer = f"http://{address}/{case}"
        said = json.dumps(
            {
                "issuer": f"{issuer}/" if case == "slash" else issuer,
                "authorization_endpoint": "https://login.example/authorize",
                "token_endpoint": "https://login.example/token",
                "token_endpoint_auth_methods_supported": None,
                "scopes_supported": 3,
                "jwks_uri": "http://login.example/keys" if case == "keys" else "https://login.example/keys",
            }
        )
        members = {"twice": '"issuer": "other", ', "nan": '"age": NaN, '}.get(case, "")
        said = (" " * 256 * 1024 if case == "long" else "") + said.replace("{", f"{{{members}")
        reply = http_reply(302 if case == "moved" else 200, said)
        writer.write(reply.replace(b"\r\n\r\n", f"\r\nLocation: /good{PATH}\r\n\r\n".encode()))
        await writer.drain()

    async def asked(case: str) -> AccountServer:
        outputs = {"AccountServer": "oidc", "TokenIssuer": f"http://{address}/{case}", "TokenClientIds": "alexa"}
        target = Target(Choice(stack_name="mine"), boto3.Session(), "mine", "", outputs)
        return await asyncio.to_thread(account_server_of, target)

    async def refusal(case: str) -> str:
        with pytest.raises(CommandError) as error:
            await asked(case)
        return str(error.value)

    async with serving(serve) as address:
        for case in ("slash", "long", "twice", "nan"):
            assert "(status 200)" in await refusal(case), case
        assert "names no jwks_uri that begins with https" in await refusal("keys")
        good = await asked("good")  # members of no sense that Alexa can do without are passed over
        assert (good.scheme, good.scopes) == ("HTTP_BASIC", ["openid"])
        paths.clear()
        assert "(status 302)" in await refusal("moved")
        assert paths == [f"/moved{PATH}"]
