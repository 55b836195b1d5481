"""Ten instances of a function, one expired token: one refresh; and an instance that could not store what it got."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from camera_skill.adapters import tables
from camera_skill.adapters.grants.alexa_client import AlexaClient
from camera_skill.adapters.grants.alexa_grants import AlexaGrants
from camera_skill.adapters.grants.cipher import TokenCipher
from camera_skill.adapters.grants.grant_items import GrantItems
from camera_skill.adapters.grants.lease import Leases
from camera_skill.adapters.grants.token_server import TokenServer as ProductsTokenServer
from camera_skill.budget import Budget
from camera_skill.grant import GatewayRegion, GrantedToken
from camera_skill.report_errors import GrantError, RefreshingElsewhereError
from tests.support.grant_stack import GrantStack
from tests.support.token_server import CODE, Form, Reply, TokenServer

USER = "customer-1"
INSTANCES = 10

Ask = Callable[[AlexaGrants], GrantedToken | None]


@pytest.fixture
def instances(grant_stack: GrantStack, token_server: TokenServer) -> list[AlexaGrants]:
    """The customer has a grant, and each instance has been asked for its token."""
    found = [grant_stack.grants(token_server.url) for _ in range(INSTANCES)]
    found[0].accept(USER, CODE, Budget(5.0))
    assert len({token_of(one) for one in found}) == 1
    return found


def token_of(grants: AlexaGrants) -> GrantedToken:
    token = grants.token(USER, Budget(9.0))
    assert token is not None
    return token


def at_once(instances: list[AlexaGrants], ask: Ask) -> list[GrantedToken | None]:
    """What each instance says when all are asked at the same time; None if it is refreshing elsewhere."""
    together = threading.Barrier(len(instances))

    def one(grants: AlexaGrants) -> GrantedToken | None:
        together.wait(timeout=10)
        try:
            return ask(grants)
        except RefreshingElsewhereError:
            return None

    with ThreadPoolExecutor(len(instances)) as threads:
        return list(threads.map(one, instances))


def slowly(token_server: TokenServer) -> None:
    """Lets a refresh take as long as all the others need to notice it."""
    first = token_server.refreshes

    def hold(form: Form) -> Reply | None:
        if form["grant_type"] == "refresh_token":
            assert token_server.refreshes == first + 1, "a second refresh began"
            time.sleep(0.5)  # a token server's time, not the test's wait for anything
        return None

    token_server.spoil = hold


def test_one_refresh_is_made_when_ten_instances_have_one_expired_token(
    instances: list[AlexaGrants], grant_stack: GrantStack, token_server: TokenServer
) -> None:
    slowly(token_server)
    grant_stack.expire(USER, -1, time.time())
    found = at_once(instances, token_of)
    assert token_server.refreshes == 1
    fresh = {token for token in found if token is not None}
    assert len(fresh) == 1
    assert {token_of(one) for one in instances} == fresh
    assert token_server.refreshes == 1


def test_one_refresh_is_made_and_nobody_waits_when_the_old_token_is_still_good(
    instances: list[AlexaGrants], grant_stack: GrantStack, token_server: TokenServer
) -> None:
    slowly(token_server)
    grant_stack.expire(USER, 200, time.time())
    found = at_once(instances, token_of)
    assert token_server.refreshes == 1
    assert None not in found
    assert len({token_of(one) for one in instances}) == 1


def test_one_refresh_is_made_when_the_gateway_refuses_ten_instances_one_token(
    instances: list[AlexaGrants], token_server: TokenServer
) -> None:
    slowly(token_server)
    refused = token_of(instances[0])
    found = at_once(instances, lambda grants: grants.refreshed(refused, Budget(9.0)))
    assert token_server.refreshes == 1
    assert refused not in found
    assert {grants.refreshed(refused, Budget(9.0)) for grants in instances} == {*found} - {None}
    assert token_server.refreshes == 1


class BrokenOnce(TokenCipher):
    """A cipher whose key cannot be reached when it is to encrypt for the first time."""

    is_broken = True

    def encrypt(self, user_id: str, token: str, budget: Budget) -> bytes:
        if self.is_broken:
            self.is_broken = False
            raise GrantError("KMS could not be reached")
        return super().encrypt(user_id, token, budget)


def test_a_rotated_refresh_token_is_not_lost_when_it_could_not_be_kept_at_first(
    instances: list[AlexaGrants], grant_stack: GrantStack, token_server: TokenServer
) -> None:
    dynamodb = tables.client(grant_stack.session)
    grants = AlexaGrants(
        GrantItems(dynamodb, grant_stack.tables[0]),
        Leases(dynamodb, grant_stack.tables[1]),
        BrokenOnce(grant_stack.session, grant_stack.key_arn),
        ProductsTokenServer(token_server.url, AlexaClient(grant_stack.session, grant_stack.secret_arn)),
        GatewayRegion.EUROPE,
    )
    grant_stack.expire(USER, -1, time.time())
    with pytest.raises(GrantError, match="KMS"):
        token_of(grants)
    token = token_of(grants)
    assert token_server.refreshes == 1
    assert token.region is GatewayRegion.NORTH_AMERICA  # where it was granted, whoever refreshes it
    assert token_of(instances[1]) == token
