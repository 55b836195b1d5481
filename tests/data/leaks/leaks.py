"""Tests for tests/integration/test_secrets.py to run: those called `leak` must fail, those called `fine` must not."""

import asyncio
import logging
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.support import secrets
from tests.support.account_server import AccountServer
from tests.support.directives import filled
from tests.support.function import environment
from tests.support.function_process import running_function

TOKEN = AccountServer().token()
UNKNOWN_TOKEN = f"aaaa.{'bcdefghi' * 4}.{'0123' * 30}"
PASSWORD = "Rq0sTb8dYcGm+1VnXh5LpE"
OFFER = f"v=0\r\na=ice-ufrag:kQ8x\r\na=ice-pwd:{PASSWORD}\r\na=fingerprint:sha-256 0A:1B:2C:3D:4E\r\n"
LEAKS = {
    "token": f'{{"level": "WARNING", "message": "refused: {TOKEN}"}}',
    "signature in a metric": f'{{"_aws": {{}}, "outcome": "{TOKEN.split(".")[2]}"}}',
    "claims": TOKEN.split(".")[1],
    "beginning of a token": TOKEN[:30],
    "token of an event": UNKNOWN_TOKEN.split(".")[2],
    "offer": OFFER,
    "ICE password": PASSWORD,
    "ICE password in a URL": quote(PASSWORD, safe=""),
    "ICE user": "the user is kQ8x.",
    "fingerprint": "0A:1B:2C:3D:4E",
    "password that nobody learned": "a=ice-pwd:x",
    "media line": "m=video 9 UDP/TLS/RTP/SAVPF 99",
    "MessagePayload": "eyJ0eXBlIjoib2ZmZXIiLCJzZHAi",
    "TURN user": "1700000000:djE6YXJuOmF3cw",
    "signed request": "Authorization: AWS4-HMAC-SHA256 Credential=test/20261123",
    "grant's code": "the code is ANdBSamxQLyvCRlUaBqR.",
    "token of Login with Amazon": f"Bearer Atza|{'IQEBLjAsAhR' * 3}",
    "e-mail address": "customer user+1@example.com",
    "session token": environment()["AWS_SESSION_TOKEN"],
}
FINE = {
    "line": '{"level": "WARNING", "endpoint_id": "camera-skill-front-door", "error_type": "INVALID_VALUE"}',
    "finding": "the answer has no DTLS fingerprint (a=fingerprint) in line 12, and no m=video line with a port",
    "word with a user in it": "xkQ8x",
}


@pytest.fixture(autouse=True, scope="module")
def _learned() -> None:
    secrets.learn_event(filled("session_connected", UNKNOWN_TOKEN))
    secrets.learn_event({"directive": {"payload": {"grant": {"code": "ANdBSamxQLyvCRlUaBqR"}}}})
    secrets.learn_sdp(OFFER)


@pytest.mark.parametrize("text", LEAKS.values(), ids=LEAKS)
def test_leak_on_stdout(text: str) -> None:
    sys.stdout.write(text)


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_fine_on_stdout(text: str) -> None:
    sys.stdout.write(text)


def test_leak_on_stderr() -> None:
    sys.stderr.write(TOKEN)


def test_leak_in_log() -> None:
    logging.getLogger("any").warning("refused: %s", TOKEN)


def test_leak_in_exception_text() -> None:
    error = ValueError(f"cannot read {PASSWORD}")
    logging.getLogger("any").warning("failed", exc_info=error)


def test_leak_in_error_response() -> None:
    secrets.learn_reply({"event": {"header": {"name": "ErrorResponse"}, "payload": {"message": PASSWORD}}})


def test_fine_in_answer() -> None:
    answer = {"answer": {"format": "SDP", "value": OFFER}}
    secrets.learn_reply({"event": {"header": {"name": "AnswerGeneratedForSession"}, "payload": answer}})


@pytest.fixture
def leaky() -> Iterator[None]:
    yield
    sys.stdout.write(TOKEN)


@pytest.mark.usefixtures("leaky")
def test_leak_in_teardown() -> None:
    pass


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"POWERTOOLS_SERVICE_NAME": "SENTINEL"}, id="leak in its log"),
        pytest.param({"PYTHONWARNINGS": "SENTINEL"}, id="leak on its stderr"),
        pytest.param({}, id="fine"),
    ],
)
def test_process(variables: dict[str, str]) -> None:
    async def invoke() -> None:
        issuer = "http://127.0.0.1:9"
        variables.update(TOKEN_ISSUER=issuer, TOKEN_JWKS_URL=issuer)
        cold = "PYTHONWARNINGS" in variables  # of which the interpreter complains when it begins
        async with running_function(environment(**variables), cold=cold) as function:
            await function.invoke({})

    asyncio.run(invoke())
