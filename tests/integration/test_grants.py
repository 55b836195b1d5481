"""Grants: taken, kept as ciphertext, refreshed ahead of time, and gone when the customer takes them back."""

import time

import pytest
from botocore.exceptions import ClientError

from camera_skill.adapters.grants.alexa_grants import AHEAD_SECONDS, AlexaGrants
from camera_skill.budget import Budget
from camera_skill.errors import RegistryError
from camera_skill.grant import GatewayRegion, GrantedToken
from camera_skill.report_errors import GrantRefusedError, RefreshingElsewhereError, TokenServerError
from tests.support import secrets
from tests.support.grant_stack import GrantStack
from tests.support.token_server import CODE, Form, Reply, TokenServer

USER = "customer-1"


@pytest.fixture
def grants(grant_stack: GrantStack, token_server: TokenServer) -> AlexaGrants:
    return grant_stack.grants(token_server.url)


@pytest.fixture
def linked(grants: AlexaGrants, token_server: TokenServer) -> AlexaGrants:
    """The same, once the customer has a grant."""
    link(grants, token_server)
    return grants


def link(grants: AlexaGrants, token_server: TokenServer) -> None:
    token_server.codes.add(CODE)
    grants.accept(USER, CODE, Budget(5.0))


def token_of(grants: AlexaGrants) -> GrantedToken:
    token = grants.token(USER, Budget(9.0))
    assert token is not None
    return token


def test_tokens_are_ciphertext_of_their_user_when_they_are_stored(linked: AlexaGrants, grant_stack: GrantStack) -> None:
    item = grant_stack.item(USER)
    assert item is not None
    texts = [value for attribute in item.values() for value in attribute.values()]
    assert not [text for text in texts if list(secrets.found_in(str(text)))]
    access_token, refresh_token = (item[name]["B"] for name in ("access_token", "refresh_token"))
    assert grant_stack.decrypted(access_token, USER) == token_of(linked).access_token
    assert grant_stack.decrypted(refresh_token, USER).startswith("Atzr|")
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        grant_stack.decrypted(refresh_token, "customer-2")


def test_a_grant_counts_in_the_region_of_the_function_when_it_is_accepted(linked: AlexaGrants) -> None:
    assert token_of(linked).region is GatewayRegion.NORTH_AMERICA


def test_nobody_is_asked_when_there_is_no_grant(grants: AlexaGrants, token_server: TokenServer) -> None:
    assert grants.token(USER, Budget(9.0)) is None
    assert token_server.forms == []


def test_a_token_is_refreshed_ahead_when_its_time_is_almost_over(linked: AlexaGrants, grant_stack: GrantStack) -> None:
    first = token_of(linked)
    grant_stack.expire(USER, AHEAD_SECONDS + 20, time.time())
    assert token_of(linked) == first
    grant_stack.expire(USER, AHEAD_SECONDS - 1, time.time())
    second = token_of(linked)
    assert second.access_token != first.access_token
    assert second.version != first.version
    assert token_of(linked) == second


@pytest.mark.parametrize(("rotates", "used"), [(True, 3), (False, 1)])
def test_the_refresh_token_that_counts_is_kept_when_tokens_are_refreshed(
    linked: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer, *, rotates: bool, used: int
) -> None:
    token_server.rotates = rotates
    for refreshes in (1, 2, 3):
        grant_stack.expire(USER, -1, time.time())
        token_of(linked)
        assert token_server.refreshes == refreshes
    assert len({form["refresh_token"] for form in token_server.forms if "refresh_token" in form}) == used


@pytest.mark.parametrize("seconds_left", [-1, 200])
def test_the_grant_goes_and_nobody_is_asked_again_when_its_refresh_token_is_revoked(
    linked: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer, seconds_left: int
) -> None:
    grant_stack.expire(USER, seconds_left, time.time())
    token_server.refresh_tokens.clear()
    with pytest.raises(GrantRefusedError, match=r"does not take the customer's grant \(any more\): invalid_grant"):
        linked.token(USER, Budget(9.0))
    assert grant_stack.item(USER) is None
    for _ in range(2):
        assert linked.token(USER, Budget(9.0)) is None
    assert token_server.refreshes == 1
    link(linked, token_server)
    token_of(linked)


@pytest.mark.parametrize("late", ["invalid_grant", "tokens"])
def test_a_fresh_link_stays_when_the_answer_to_an_older_grants_refresh_is_late(
    linked: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer, late: str
) -> None:
    grant_stack.expire(USER, -1, time.time())
    elsewhere = grant_stack.grants(token_server.url)

    def relinked_meanwhile(form: Form) -> Reply | None:
        if form["grant_type"] != "refresh_token":
            return None
        link(elsewhere, token_server)
        return (400, {"error": "invalid_grant"}) if late == "invalid_grant" else None

    token_server.spoil = relinked_meanwhile
    token = token_of(linked)
    assert token == token_of(elsewhere)
    item = grant_stack.item(USER)
    assert item is not None
    assert item["version"]["S"] == token.version


def test_a_grant_is_dropped_unless_it_is_another_by_then(
    linked: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer
) -> None:
    old = token_of(linked)
    link(grant_stack.grants(token_server.url), token_server)
    assert not linked.drop(old, Budget(5.0))
    assert grant_stack.item(USER) is not None
    assert linked.drop(token_of(linked), Budget(5.0))
    assert grant_stack.item(USER) is None


def test_another_token_comes_in_place_of_a_refused_one_but_only_once(
    linked: AlexaGrants, token_server: TokenServer
) -> None:
    first = token_of(linked)
    second = linked.refreshed(first, Budget(9.0))
    assert second is not None
    assert second.access_token != first.access_token
    assert linked.refreshed(first, Budget(9.0)) == second  # somebody refreshed it already
    assert token_server.refreshes == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_old_token_is_used_when_it_is_good_and_the_token_server_is_not(
    linked: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer, status: int
) -> None:
    first = token_of(linked)
    token_server.spoil = lambda _: (status, "down")
    grant_stack.expire(USER, 100, time.time())
    assert token_of(linked) == first
    grant_stack.expire(USER, 5, time.time())
    with pytest.raises(TokenServerError, match=f"HTTP {status}"):
        linked.token(USER, Budget(9.0))
    token_server.spoil = lambda _: None
    assert token_of(linked) != first


def test_no_refresh_begins_when_what_comes_could_not_be_kept_in_time(
    linked: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer
) -> None:
    grant_stack.expire(USER, -1, time.time())
    with pytest.raises(TokenServerError, match="too little time"):
        linked.token(USER, Budget(3.5))
    assert token_server.refreshes == 0
    token_of(linked)  # and the lease was given back


def test_others_wait_when_whoever_refreshes_is_gone_but_not_for_long(
    linked: AlexaGrants, grant_stack: GrantStack, token_server: TokenServer
) -> None:
    grant_stack.expire(USER, -1, time.time())
    grant_stack.take_lease(USER)  # and crash
    with pytest.raises(RefreshingElsewhereError):
        linked.token(USER, Budget(9.0))
    assert token_server.refreshes == 0
    grant_stack.end_lease(USER)
    token_of(linked)
    assert token_server.refreshes == 1


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "token_expires_at", "gateway_region", "version"])
def test_a_grant_that_is_damaged_is_no_grant_that_is_not_there(
    linked: AlexaGrants, grant_stack: GrantStack, name: str
) -> None:
    """Else Alexa would be told nothing for ever, and nobody would see why."""
    item = grant_stack.item(USER)
    assert item is not None
    for damaged in ({key: value for key, value in item.items() if key != name}, {**item, name: {"NULL": True}}):
        grant_stack.dynamodb.put_item(TableName=grant_stack.tables[0], Item=damaged)
        with pytest.raises(RegistryError, match="cannot be read"):
            linked.token(USER, Budget(9.0))
    grant_stack.dynamodb.put_item(TableName=grant_stack.tables[0], Item={**item, "gateway_region": {"S": "MARS"}})
    with pytest.raises(RegistryError, match="cannot be read"):
        linked.token(USER, Budget(9.0))
