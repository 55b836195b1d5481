"""AcceptGrant by the function itself, and what follows from it at a simulated Alexa."""

import asyncio
import itertools
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from camera_skill.adapters.event_gateway import EventGateway
from camera_skill.budget import Budget
from camera_skill.events.delivery import Deliverer
from camera_skill.report import Delivery, Outcome, Report
from simulator.alexa.cloud import CloudSettings
from tests.support import secrets
from tests.support.account_server import USER_ID, AccountServer
from tests.support.alexa_cloud import ThreadedCloud, doorbell_endpoint, running_alexa_cloud
from tests.support.deliveries import press
from tests.support.directives import filled
from tests.support.function import Function
from tests.support.grant_stack import GrantStack
from tests.support.token_server import CLIENT, CODE, TokenServer

Directive = dict[str, Any]
_numbers = itertools.count()


@pytest.fixture
def cloud() -> Iterator[ThreadedCloud]:
    with running_alexa_cloud(
        CloudSettings(client_id=CLIENT["client_id"], client_secret=CLIENT["client_secret"])
    ) as running:
        yield running


@pytest.fixture
def environment_of_grants(
    function_environment: dict[str, str], grant_stack: GrantStack, token_server: TokenServer
) -> dict[str, str]:
    return function_environment | {
        "GRANT_KEY_ARN": grant_stack.key_arn,
        "ALEXA_CLIENT_SECRET_ARN": grant_stack.secret_arn,
        "LOGIN_WITH_AMAZON_URL": token_server.url,
        "POWERTOOLS_SERVICE_NAME": f"grants-{next(_numbers)}",  # a logger of its own writes to what is captured now
    }


def loaded(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Function:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Function()


def directive(token: str, code: str = CODE) -> Directive:
    event = filled("accept_grant", token)
    event["directive"]["payload"]["grant"]["code"] = code
    return event


def test_the_grant_is_stored_for_the_customer_of_the_token_when_alexa_has_one(
    environment_of_grants: dict[str, str],
    account_server: AccountServer,
    grant_stack: GrantStack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    function = loaded(environment_of_grants, monkeypatch)
    capsys.readouterr()
    reply = function(directive(account_server.token()))["event"]
    assert (reply["header"]["namespace"], reply["header"]["name"]) == ("Alexa.Authorization", "AcceptGrant.Response")
    assert reply["payload"] == {}
    item = grant_stack.item(USER_ID)
    assert item is not None
    assert grant_stack.decrypted(item["access_token"]["B"], USER_ID).startswith("Atza|")
    log = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (log["level"], log["directive"], log["outcome"]) == ("INFO", "AcceptGrant", "ANSWERED")
    assert log["grant_ms"] > 0


def test_alexa_is_told_that_it_failed_and_may_link_again_when_the_code_does_not_count(
    environment_of_grants: dict[str, str],
    account_server: AccountServer,
    grant_stack: GrantStack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    function = loaded(environment_of_grants, monkeypatch)
    capsys.readouterr()
    reply = function(directive(account_server.token(), "ANaCodeOfYesterday"))["event"]
    assert (reply["header"]["namespace"], reply["header"]["name"]) == ("Alexa.Authorization", "ErrorResponse")
    assert reply["payload"]["type"] == "ACCEPT_GRANT_FAILED"
    assert "endpoint" not in reply
    log = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (log["level"], log["error"], log["error_type"]) == ("WARNING", "GrantRefusedError", "ACCEPT_GRANT_FAILED")
    assert grant_stack.item(USER_ID) is None
    assert function(directive(account_server.token()))["event"]["header"]["name"] == "AcceptGrant.Response"


def test_an_offer_pays_nothing_when_the_function_could_take_grants(
    environment_of_grants: dict[str, str], account_server: AccountServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = boto3.Session.client

    def noted(session: boto3.Session, name: str, *arguments: object, **options: object) -> object:
        made.append(name)
        return make(session, name, *arguments, **options)  # type: ignore[call-overload]  # passed on

    monkeypatch.setattr(boto3.Session, "client", noted)
    function = loaded(environment_of_grants, monkeypatch)
    function(filled("initiate_session_with_offer", account_server.token()))
    assert not {"kms", "secretsmanager", "sqs"} & {*made}
    function(directive(account_server.token()))
    assert {"kms", "secretsmanager"} <= {*made}


class Linked:
    """A customer whom a simulated Alexa linked, by the function that answers it."""

    def __init__(self, cloud: ThreadedCloud, function: Function, grant_stack: GrantStack, token: str) -> None:
        self._cloud = cloud
        self._token = token
        self._deliverer = Deliverer(
            grant_stack.grants(cloud.cloud.login_url),
            EventGateway(cloud.cloud.gateway_url),
            grant_stack.report_queue(),
        )

        async def invoke(event: Directive) -> Directive:
            return await asyncio.to_thread(function, event)

        cloud.cloud.connect(invoke)

    def link(self) -> str:
        outcome = self._cloud.run(self._cloud.cloud.link(USER_ID, self._token))
        self._cloud.cloud.customers[USER_ID].discovered([doorbell_endpoint()])
        return outcome

    def ring(self, number: int) -> Delivery:
        event_id = f"camera-skill-front-door/press-{number}"
        return self._deliverer.deliver(Report(USER_ID, event_id, *_rest_of_press()), Budget(11.0))


def _rest_of_press() -> tuple[tuple[str, ...], float, Any]:
    report = press()
    return report.endpoint_ids, time.time(), report.message


def test_a_press_is_announced_until_the_grant_is_revoked_and_again_once_it_is_linked_again(
    cloud: ThreadedCloud,
    environment_of_grants: dict[str, str],
    account_server: AccountServer,
    grant_stack: GrantStack,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    function = loaded(environment_of_grants | {"LOGIN_WITH_AMAZON_URL": cloud.cloud.login_url}, monkeypatch)
    customer = Linked(cloud, function, grant_stack, account_server.token())
    assert customer.link() == "ok"
    assert customer.ring(1) == Delivery(Outcome.DELIVERED, status=202)
    grant_stack.expire(USER_ID, 200, time.time())
    assert customer.ring(2).outcome is Outcome.DELIVERED  # with a refreshed token, and a rotated refresh token
    grant_stack.expire(USER_ID, 200, time.time())
    assert customer.ring(3).outcome is Outcome.DELIVERED
    cloud.cloud.revoke(USER_ID)
    delivery = customer.ring(4)
    assert delivery.outcome is Outcome.NOT_GRANTED
    assert "invalid_grant" in delivery.reason or "SKILL_DISABLED" in delivery.reason
    assert grant_stack.item(USER_ID) is None
    before = cloud.run(cloud.cloud.events.since(0, 0))
    assert customer.ring(5) == Delivery(Outcome.NOT_GRANTED)
    assert cloud.run(cloud.cloud.events.since(0, 0)) == before
    assert customer.link() == "ok"
    assert customer.ring(6).outcome is Outcome.DELIVERED
    assert list(secrets.found_in(caplog.text)) == []
