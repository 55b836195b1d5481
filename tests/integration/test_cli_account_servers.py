"""What Alexa is told of account servers that are not the stack's own."""

import asyncio
from typing import Any

import boto3
import pytest

from camera_skill.errors import AccountServerUnreachableError
from cli.errors import CommandError
from cli.options import Choice
from cli.target import Target
from cli.users.account_linking import request_for
from cli.users.account_servers import AccountServer, account_server_of
from tests.support.account_server import AccountServer as Issuer
from tests.support.account_server import running_account_server
from tests.support.skill_manifest import findings

MODEL = "ask_smapi_model.v1.skill.account_linking.account_linking_request.AccountLinkingRequest"


ENDPOINTS: dict[str, Any] = {
    "authorization_endpoint": "https://login.example/authorize",
    "token_endpoint": "https://login.example/token",
}
"""The least that an issuer says of itself beside its name."""


@pytest.fixture
def issuer(account_server: Issuer) -> Issuer:
    account_server.configuration = ENDPOINTS
    return account_server


def target_with(**outputs: str) -> Target:
    session = boto3.Session("k", "s", region_name="eu-west-1")
    outputs = {"TokenClientIds": "alexa,operator", **outputs}
    return Target(Choice(stack_name="mine"), session, "mine", "eu-west-1", outputs)


async def server_of(issuer: Issuer, **outputs: str) -> AccountServer:
    target = target_with(AccountServer="oidc", TokenIssuer=issuer.issuer, **outputs)
    return await asyncio.to_thread(account_server_of, target)


async def test_the_endpoints_are_the_issuers_own_when_it_is_an_openid_connect_issuer(issuer: Issuer) -> None:
    server = await server_of(issuer, TokenScope="cameras")
    assert issuer.paths == ["/pool/.well-known/openid-configuration"]
    request = request_for(server)
    assert list(findings(request, MODEL, "the request")) == []
    assert request["accountLinkingRequest"] == {
        "type": "AUTH_CODE",
        "authorizationUrl": "https://login.example/authorize",
        "accessTokenUrl": "https://login.example/token",
        "clientId": "alexa",
        "clientSecret": "",
        "accessTokenScheme": "HTTP_BASIC",
        "scopes": ["cameras"],
        "defaultTokenExpirationInSeconds": 3600,
        "skipOnEnablement": False,
    }


@pytest.mark.parametrize(
    ("methods", "scheme"),
    [
        (None, "HTTP_BASIC"),
        (["client_secret_post", "client_secret_basic"], "HTTP_BASIC"),
        (["private_key_jwt", "client_secret_post"], "REQUEST_BODY_CREDENTIALS"),
    ],
)
async def test_the_scheme_is_one_that_the_issuer_takes_when_it_says_which(
    issuer: Issuer, methods: list[str] | None, scheme: str
) -> None:
    issuer.configuration = {**ENDPOINTS, "token_endpoint_auth_methods_supported": methods}
    assert (await server_of(issuer)).scheme == scheme


@pytest.mark.parametrize(
    ("supported", "scopes"),
    [
        (None, ["openid"]),
        (["openid", "email"], ["openid"]),
        (["openid", "offline_access"], ["openid", "offline_access"]),
    ],
)
async def test_a_refresh_token_is_asked_for_when_the_issuer_has_a_scope_for_it(
    issuer: Issuer, supported: list[str] | None, scopes: list[str]
) -> None:
    issuer.configuration = {**ENDPOINTS, "scopes_supported": supported}
    assert (await server_of(issuer)).scopes == scopes


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"issuer": "https://another.example"}, "does not speak of the issuer"),
        ({"token_endpoint": None}, "names no token_endpoint"),
        ({"authorization_endpoint": "http://login.example/authorize"}, "names no authorization_endpoint"),
        ({"token_endpoint": 3}, "names no token_endpoint"),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "neither by HTTP Basic nor"),
    ],
    ids=str,
)
async def test_the_reason_is_told_when_alexa_could_not_use_the_issuer(
    issuer: Issuer, other: dict[str, object], sentence: str
) -> None:
    issuer.configuration = {**ENDPOINTS, **other}
    with pytest.raises(CommandError, match=sentence):
        await server_of(issuer)


@pytest.mark.parametrize(
    ("status", "document"), [(404, "{}"), (200, "<html>A hotel's page</html>"), (200, "[]"), (502, "")]
)
async def test_the_reason_is_told_when_there_is_no_issuer_at_that_address(
    issuer: Issuer, status: int, document: str
) -> None:
    issuer.status, issuer.configuration = status, document
    with pytest.raises(CommandError, match=rf"\(status {status}\)"):
        await server_of(issuer)


async def test_the_reason_is_told_when_the_issuer_does_not_answer() -> None:
    with running_account_server() as issuer:
        pass  # it is gone by now
    with pytest.raises(AccountServerUnreachableError, match=f"did not answer .*: is {issuer.issuer} up"):
        await server_of(issuer)


def test_the_endpoints_are_amazons_when_users_log_in_with_amazon() -> None:
    target = target_with(AccountServer="login-with-amazon", TokenClientIds="amzn1.application-oa2-client.example")
    request = request_for(account_server_of(target))
    assert list(findings(request, MODEL, "the request")) == []
    payload = request["accountLinkingRequest"]
    assert payload["authorizationUrl"] == "https://www.amazon.com/ap/oa"
    assert payload["accessTokenUrl"] == "https://api.amazon.com/auth/o2/token"
    assert payload["clientId"] == "amzn1.application-oa2-client.example"
    assert payload["scopes"] == ["profile:user_id"]


def test_what_is_wrong_is_told_when_there_are_more_scopes_than_alexa_takes() -> None:
    server = AccountServer("https://a.example", "https://b.example", "alexa", [f"scope-{n}" for n in range(16)])
    with pytest.raises(CommandError, match="at most 15 scopes"):
        request_for(server)


@pytest.mark.parametrize("key", ["UserPoolId", "OperatorClientId"])
def test_the_other_account_server_is_named_when_the_stack_has_no_users_of_its_own(key: str) -> None:
    target = target_with(AccountServer="oidc", TokenIssuer="https://login.example")
    with pytest.raises(CommandError, match=r"a server that is not the stack's \(https://login.example\)"):
        target.output(key)
