"""What Login with Amazon and Secrets Manager may do to an exchange of a code, or to a refresh."""

import asyncio
import json
import logging
import time
import traceback

import pytest

from camera_skill.adapters.grants.alexa_grants import AlexaGrants
from camera_skill.adapters.grants.token_server import READ_SECONDS
from camera_skill.adapters.http_requests import CONNECT_SECONDS
from camera_skill.budget import Budget
from camera_skill.errors import CameraSkillError
from camera_skill.report_errors import AlexaClientError, GrantError, GrantRefusedError, TokenServerError
from tests.support import secrets
from tests.support.grant_stack import GrantStack
from tests.support.raw_server import http_reply, serving
from tests.support.servers import dribbling
from tests.support.token_server import CLIENT, CODE, Form, Reply, TokenServer

USER = "customer-1"
GOOD = {"access_token": "Atza|example", "refresh_token": "Atzr|example", "token_type": "bearer", "expires_in": 3600}


@pytest.fixture
def grants(grant_stack: GrantStack, token_server: TokenServer) -> AlexaGrants:
    return grant_stack.grants(token_server.url)


def accept(grants: AlexaGrants, seconds: float = 5.0) -> None:
    grants.accept(USER, CODE, Budget(seconds))


def test_the_code_goes_with_the_skills_own_client_when_it_is_exchanged(
    grants: AlexaGrants, token_server: TokenServer
) -> None:
    accept(grants)
    assert token_server.forms == [{"grant_type": "authorization_code", "code": CODE, **CLIENT}]


REFUSALS = {
    "invalid_grant": (400, {"error": "invalid_grant"}, GrantRefusedError, "invalid_grant"),
    "invalid_client": (401, {"error": "invalid_client"}, AlexaClientError, "camera-skill events credentials"),
    "unauthorized_client": (400, {"error": "unauthorized_client"}, AlexaClientError, "camera-skill events credentials"),
    "invalid_request": (400, {"error": "invalid_request"}, TokenServerError, "HTTP 400 and invalid_request"),
    "unheard-of": (400, {"error": "Atza|SENTINEL"}, TokenServerError, "HTTP 400 and no reason"),
    "no-json": (400, "Atza|SENTINEL", TokenServerError, "is not what it should"),
    "forbidden": (403, {"error": {}}, TokenServerError, "HTTP 403"),
    "missing": (404, {}, TokenServerError, "HTTP 404"),
    "throttled": (429, {}, TokenServerError, "HTTP 429"),
    "down": (503, "", TokenServerError, "HTTP 503"),
    "elsewhere": (302, "", TokenServerError, "HTTP 302"),
    "garbage": (200, "<html>", TokenServerError, "is not what it should"),
    "list": (200, [], TokenServerError, "is not what it should"),
    "empty": (200, {}, TokenServerError, "no bearer"),
    "no-access-token": (200, {**GOOD, "access_token": None}, TokenServerError, "missing, or too long"),
    "no-refresh-token": (200, {**GOOD, "refresh_token": None}, TokenServerError, "no refresh token"),
    "line-feed": (200, {**GOOD, "access_token": "Atza|a\r\nX: y"}, TokenServerError, "missing, or too long"),
    "too-long": (200, {**GOOD, "refresh_token": "x" * 4_097}, TokenServerError, "missing, or too long"),
    "no-bearer": (200, {**GOOD, "token_type": "mac"}, TokenServerError, "no bearer"),
}


def test_nothing_is_stored_and_no_secret_is_told_when_the_token_server_refuses_or_makes_no_sense(
    grants: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer
) -> None:
    for name, (status, body, kind, reason) in REFUSALS.items():
        token_server.spoil = lambda _, reply=(status, body): reply  # type: ignore[misc]  # bound now
        with pytest.raises(CameraSkillError, match=reason) as caught:
            accept(grants)
        assert type(caught.value) is kind, name
        assert told(caught.value) == [], name
    assert grant_stack.item(USER) is None
    token_server.spoil = lambda _: None
    accept(grants)  # the account can be linked again
    assert grant_stack.item(USER) is not None


def told(error: BaseException) -> list[str]:
    """Kinds of secrets in whatever a logger could write of the error."""
    secrets.learn("the code", CODE)
    return list(secrets.found_in("".join(traceback.format_exception(error)) + repr(error)))


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [(3600, 3600), ("1800", 1800), (0, 3600), (-5, 3600), (None, 3600), (True, 3600), ("soon", 3600), (10**400, 10**9)],
)
def test_the_grant_is_kept_when_its_reply_says_something_odd_of_its_time(
    grants: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer, expires_in: object, seconds: float
) -> None:
    token_server.spoil = lambda _: (200, {**GOOD, "expires_in": expires_in})
    before = time.time()
    accept(grants)
    item = grant_stack.item(USER)
    assert item is not None
    assert before - 1 < float(item["token_expires_at"]["N"]) - seconds < time.time() + 1


def test_the_reply_stays_within_its_budget_when_the_token_server_dribbles(grant_stack: GrantStack) -> None:
    async def story() -> float:
        head = http_reply(200, "", length=9_000)
        async with serving(dribbling(head, b" ", every=0.1)) as address:
            grants = grant_stack.grants(f"http://{address}")
            started = time.monotonic()
            with pytest.raises(TokenServerError, match="did not answer"):
                await asyncio.to_thread(accept, grants, 1.5)
            return time.monotonic() - started

    assert asyncio.run(story()) < 1.7
    assert CONNECT_SECONDS + READ_SECONDS <= 5.0


def test_a_rotated_refresh_token_is_kept_when_the_token_server_is_slow(
    grants: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer
) -> None:
    accept(grants)
    grant_stack.expire(USER, -1, time.time())

    def slowly(form: Form) -> Reply | None:
        reply = token_server.good(form)
        time.sleep(3.0)  # a token server's time, not the test's wait for anything
        return reply

    token_server.spoil = slowly
    token = grants.token(USER, Budget(9.0))
    token_server.spoil = lambda _: None
    assert token is not None
    assert grants.refreshed(token, Budget(9.0)) is not None
    assert token_server.refreshes == 2


def test_nobody_waits_when_the_token_server_is_down(grant_stack: GrantStack) -> None:
    with pytest.raises(TokenServerError, match="did not answer"):
        accept(grant_stack.grants("http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON object"),
        ("{}", "no client_id and client_secret"),
        ('{"client_id": "", "client_secret": ""}', "no client_id and client_secret"),
        ('{"client_id": "SENTINEL", "client_secret": 7}', "no client_id and client_secret"),
        ('{"client_id": 7, "client_secret": "SENTINEL"}', "no client_id and client_secret"),
        ('{"client_id": "SENTINEL"}', "no client_id and client_secret"),
        ('{"client_secret": "SENTINEL"}', "no client_id and client_secret"),
        ('{"client_id": "", "client_secret": "SENTINEL"}', "no client_id and client_secret"),
        ('["SENTINEL"]', "JSON, but not an object"),
    ],
)
def test_the_remedy_is_named_when_the_secret_holds_no_client(
    grants: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer, text: str, reason: str
) -> None:
    grant_stack.secrets.put_secret_value(SecretId=grant_stack.secret_arn, SecretString=text or " ")
    with pytest.raises(AlexaClientError, match=f"{reason}.*: .*camera-skill events credentials") as caught:
        accept(grants)
    assert told(caught.value) == []
    assert token_server.forms == []
    grant_stack.secrets.put_secret_value(SecretId=grant_stack.secret_arn, SecretString=json.dumps(CLIENT))
    accept(grants)  # at once


def test_the_remedy_is_named_when_there_is_no_secret(grant_stack: GrantStack, token_server: TokenServer) -> None:
    grant_stack.secret_arn += "-elsewhere"
    with pytest.raises(AlexaClientError, match=r"there is no secret .*camera-skill events credentials"):
        accept(grant_stack.grants(token_server.url))


def test_a_failure_of_secrets_manager_is_no_wrong_client(
    grant_stack: GrantStack, token_server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")
    with pytest.raises(GrantError, match="Secrets Manager could not be reached") as caught:
        accept(grant_stack.grants(token_server.url))
    assert type(caught.value) is GrantError


def test_the_secret_is_read_anew_when_the_client_was_changed(
    grants: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer
) -> None:
    accept(grants)
    token_server.client["client_secret"] = "SENTINEL-new-secret"
    token_server.codes.add(CODE)
    text = json.dumps(token_server.client)
    grant_stack.secrets.put_secret_value(SecretId=grant_stack.secret_arn, SecretString=text)
    accept(grants)
    assert [form["client_secret"] for form in token_server.forms[1:]] == [
        CLIENT["client_secret"],
        "SENTINEL-new-secret",
    ]


def test_no_secret_is_logged_by_any_library_when_tokens_are_exchanged(
    grants: AlexaGrants, token_server: TokenServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    accept(grants)
    assert token_server.forms
    assert list(secrets.found_in(caplog.text)) == []


def test_the_secret_is_read_once_when_several_tokens_are_asked_for(
    grants: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer
) -> None:
    accept(grants)
    grant_stack.secrets.delete_secret(SecretId=grant_stack.secret_arn, ForceDeleteWithoutRecovery=True)
    token_server.codes.add(CODE)
    accept(grants)
