"""Ways into the rows of the error table that are about AcceptGrant."""

import asyncio
import json
import uuid

import boto3

from tests.support.error_cases import CLIENT, NOBODY, Case, Spoil, Stage, account_server_down, hanging, put
from tests.support.raw_server import http_reply, serving
from tests.support.servers import repeating
from tests.support.token_server import CLIENT as ALEXA_CLIENT

TOKENS = {"access_token": "Atza|e", "refresh_token": "Atzr|e", "token_type": "bearer", "expires_in": 3600}


def granting(status: int, body: object, *, with_key: bool = True) -> Spoil:
    """Login with Amazon gives this answer, and all else that a grant needs is there, but perhaps the key."""

    async def spoil(stage: Stage) -> None:
        stage.environment.update(await asyncio.to_thread(key_and_secret, stage.environment["AWS_ENDPOINT_URL"]))
        if not with_key:
            stage.environment["GRANT_KEY_ARN"] += "-elsewhere"
        server = serving(repeating(http_reply(status, json.dumps(body))))
        stage.environment["LOGIN_WITH_AMAZON_URL"] = f"http://{await stage.parts.enter_async_context(server)}"

    return spoil


def key_and_secret(aws: str) -> dict[str, str]:
    """Both as the function's environment names them."""
    kms = boto3.client("kms", endpoint_url=aws, **CLIENT)
    secret = boto3.client("secretsmanager", endpoint_url=aws, **CLIENT).create_secret(
        Name=f"client-{uuid.uuid4()}", SecretString=json.dumps(ALEXA_CLIENT)
    )
    return {
        "GRANT_KEY_ARN": kms.create_key()["KeyMetadata"]["Arn"],
        "ALEXA_CLIENT_SECRET_ARN": secret["ARN"],
    }


def granted_but(name: str, value: str) -> Spoil:
    """All that a grant needs is there, but this."""

    async def spoil(stage: Stage) -> None:
        await granting(200, TOKENS)(stage)
        stage.environment[name] = value

    return spoil


async def granting_slowly(stage: Stage) -> None:
    await granting(200, TOKENS)(stage)
    await hanging("LOGIN_WITH_AMAZON_URL")(stage)


TAKEN, FAILED = "AcceptGrant: Login with Amazon does not take", "AcceptGrant: Login with Amazon, this"
CASES = [
    Case(cause, name, spoil, change, "accept_grant", calls=0, error=error)
    for cause, name, spoil, change, error in [
        (TAKEN, "code", granting(400, {"error": "invalid_grant"}), None, "GrantRefusedError"),
        (TAKEN, "token", None, put("garbage", "payload", "grantee", "token"), "TokenInvalidError"),
        (TAKEN, "no-code", None, put({}, "payload", "grant"), "DirectiveInvalidError"),
        (TAKEN, "version-2", None, put("2", "header", "payloadVersion"), "DirectiveInvalidError"),
        (FAILED, "503", granting(503, {}), None, "TokenServerError"),
        (FAILED, "hangs", granting_slowly, None, "TokenServerError"),
        (FAILED, "client", granting(401, {"error": "invalid_client"}), None, "AlexaClientError"),
        (FAILED, "no-secret", None, None, "AlexaClientError"),
        (FAILED, "no-key", granting(200, TOKENS, with_key=False), None, "GrantError"),
        (FAILED, "key-down", granted_but("AWS_ENDPOINT_URL_KMS", NOBODY), None, "GrantError"),
        (FAILED, "table", granted_but("AWS_ENDPOINT_URL_DYNAMODB", NOBODY), None, "RegistryError"),
        (FAILED, "account-server", account_server_down, None, "AccountServerUnreachableError"),
    ]
]
