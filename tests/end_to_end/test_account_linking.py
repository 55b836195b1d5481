"""Account linking as Alexa does it, with what `camera-skill account-linking` says, on the hosted login of the world.

What the local AWS does otherwise than Cognito:
- It serves the hosted login at its own address, not at the stack's HostedLoginUrl.
- It has no /oauth2/revoke, but the API's RevokeToken, which revokes the same: the tests use that.
- Its pages set no cookie, so every authorization asks for the password, with or without /logout. That a browser which
  is known is not asked, and is asked after /logout, is tested in tests/integration/test_browser.py.
- It takes a refresh token without the client's secret; with a wrong one it refuses, as Cognito does.
"""

import asyncio
import json
import pty
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from os import close, read
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from simulator.alexa.account_linking import AccountLinking, LinkingError, Tokens
from simulator.browser import Browser, SignInError
from simulator.world.supervisor import VENDOR_ID
from tests.end_to_end.conftest import RunningWorld
from tests.support.alexa_schema import checked
from tests.support.command import PROGRAM
from tests.support.directives import discover
from tests.support.skill_manifest import findings

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]

ANNA, BEN, STRANGER = "anna@example.com", "ben@example.com", "stranger@example.com"
MODEL = "ask_smapi_model.v1.skill.account_linking.account_linking_request.AccountLinkingRequest"
SCHEMES = ["HTTP_BASIC", "REQUEST_BODY_CREDENTIALS"]


@dataclass(frozen=True)
class Customers:
    """Who may log in, and with what."""

    passwords: dict[str, str]

    async def link(self, linking: AccountLinking, email: str) -> Tokens:
        async with Browser() as browser:
            return await linking.link(browser, email, self.passwords[email])


@pytest.fixture(scope="module")
def customers(world: RunningWorld) -> Customers:
    return Customers({who: world.run("users", "add", who, "--json").json["password"] for who in (ANNA, BEN, STRANGER)})


@pytest.fixture(scope="module")
def cameras(world: RunningWorld, customers: Customers) -> Iterator[dict[str, dict[str, str]]]:
    """The endpoint ids and names that each customer has, a camera that both have among them."""
    front_gate, greenhouse, attic = (
        world.run("cameras", "add", name, "--user", who, "--json").json["endpoint_id"]
        for who, name in ((ANNA, "Front Gate"), (ANNA, "Greenhouse"), (BEN, "Attic"))
    )
    assert world.run("cameras", "share", front_gate, "--user", ANNA, "--with", BEN, "--as", "Drive").exit_code == 0
    owned = {ANNA: {front_gate: "Front Gate", greenhouse: "Greenhouse"}, BEN: {attic: "Attic", front_gate: "Drive"}}
    yield {who: owned.get(who, {}) for who in customers.passwords}
    for who, cameras in owned.items():
        for endpoint_id in cameras:
            assert world.run("cameras", "remove", endpoint_id, "--user", who, "--yes").exit_code == 0


@pytest.fixture(scope="module")
def request_file(world: RunningWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `ask smapi` would be given."""
    path = tmp_path_factory.mktemp("alexa") / "account-linking.json"
    written = world.run("account-linking", "--output", path, "--skill-id", "amzn1.ask.skill.example")
    assert written.exit_code == 0, written
    assert "update-account-linking-info --stage development --skill-id amzn1.ask.skill.example" in written.stderr
    assert f"--account-linking-request file:{path}" in written.stderr
    assert "AlexaVendorId" not in written.stderr
    return path


@pytest.fixture
def request_body(request_file: Path) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request_file.read_text())
    return body


def linking_of(
    world: RunningWorld, body: dict[str, Any], vendor_id: str = VENDOR_ID, **other: object
) -> AccountLinking:
    """Alexa, with a request of which other members may differ."""
    host = str(urlsplit(body["accountLinkingRequest"]["authorizationUrl"]).hostname)
    request = {"accountLinkingRequest": {**body["accountLinkingRequest"], **other}}
    return AccountLinking(request, vendor_id, {host: world.content["aws_endpoint_url"]})


@pytest.fixture
def linking(world: RunningWorld, request_body: dict[str, Any]) -> AccountLinking:
    return linking_of(world, request_body)


def found(world: RunningWorld, access_token: str) -> dict[str, str]:
    """The cameras that the deployed function shows, by endpoint id."""
    reply = checked(world.invoke(discover(access_token)))
    return {one["endpointId"]: one["friendlyName"] for one in reply["event"]["payload"]["endpoints"]}


def secret_of(world: RunningWorld) -> str:
    cognito = world.session().client("cognito-idp", endpoint_url=world.content["aws_endpoint_url"])
    client = cognito.describe_user_pool_client(
        UserPoolId=world.outputs["UserPoolId"], ClientId=world.outputs["AlexaClientId"]
    )
    secret: str = client["UserPoolClient"]["ClientSecret"]
    return secret


def test_amazons_model_takes_the_request_when_it_is_written(
    world: RunningWorld, request_file: Path, request_body: dict[str, Any]
) -> None:
    assert list(findings(request_body, MODEL, "the request")) == []
    assert request_body["accountLinkingRequest"]["clientSecret"] == secret_of(world)
    assert request_file.stat().st_mode & 0o777 == 0o600


def test_the_request_is_printed_whole_when_it_goes_to_a_program(
    world: RunningWorld, request_body: dict[str, Any]
) -> None:
    assert world.run("account-linking").json == request_body


@pytest.mark.parametrize("options", [[], ["--show-secret"]], ids=["unasked", "asked"])
def test_the_secret_is_shown_on_a_terminal_only_when_asked_for(world: RunningWorld, options: list[str]) -> None:
    terminal, end = pty.openpty()
    command = [str(PROGRAM), "account-linking", "--folder", str(world.folder), *options]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=end, stderr=subprocess.DEVNULL) as process:
        close(end)
        shown = b"".join(iter(lambda: _read(terminal), b"")).decode()
    close(terminal)
    assert process.returncode == 0
    assert world.outputs["AlexaClientId"] in shown
    assert (secret_of(world) in shown) is bool(options)


def _read(terminal: int) -> bytes:
    try:
        return read(terminal, 4096)
    except OSError:  # how Linux says that nobody holds the other end
        return b""


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_exactly_the_own_cameras_are_found_when_an_account_is_linked(
    world: RunningWorld,
    request_body: dict[str, Any],
    customers: Customers,
    cameras: dict[str, dict[str, str]],
    scheme: str,
) -> None:
    linking = linking_of(world, request_body, accessTokenScheme=scheme)
    for who, theirs in cameras.items():
        tokens = await customers.link(linking, who)
        assert await asyncio.to_thread(found, world, tokens.access_token) == theirs


async def test_another_token_works_when_the_old_one_is_refreshed(
    world: RunningWorld, linking: AccountLinking, customers: Customers, cameras: dict[str, dict[str, str]]
) -> None:
    tokens = await customers.link(linking, ANNA)
    renewed = await linking.refresh(tokens)
    assert renewed.access_token != tokens.access_token
    assert await asyncio.to_thread(found, world, renewed.access_token) == cameras[ANNA]
    assert (await linking.refresh(renewed)).access_token not in {tokens.access_token, renewed.access_token}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_no_token_is_given_when_the_clients_secret_is_wrong(
    world: RunningWorld, linking: AccountLinking, request_body: dict[str, Any], customers: Customers, scheme: str
) -> None:
    impostor = linking_of(world, request_body, accessTokenScheme=scheme, clientSecret="guessed")
    with pytest.raises(LinkingError, match="invalid_client"):
        await customers.link(impostor, ANNA)
    with pytest.raises(LinkingError, match="invalid_client"):
        await impostor.refresh(await customers.link(linking, ANNA))


async def test_no_token_is_given_when_a_code_comes_twice(linking: AccountLinking, customers: Customers) -> None:
    authorization = linking.begin()
    async with Browser() as browser:
        answer = await browser.sign_in(authorization.url, ANNA, customers.passwords[ANNA])
    await linking.finish(authorization, answer)
    with pytest.raises(LinkingError, match="invalid_grant"):
        await linking.finish(authorization, answer)


async def test_nobody_is_led_to_another_vendors_skill_when_the_redirect_url_is_not_the_stacks(
    world: RunningWorld, linking: AccountLinking, request_body: dict[str, Any], customers: Customers
) -> None:
    other = linking_of(world, request_body, vendor_id="MANOTHER")
    with pytest.raises(SignInError, match="redirect_uri is not allowed"):
        await customers.link(other, ANNA)
    authorization = linking.begin()
    async with Browser() as browser:
        answer = await browser.sign_in(authorization.url, ANNA, customers.passwords[ANNA])
    code = parse_qs(urlsplit(answer).query)["code"][0]
    elsewhere = other.begin()
    with pytest.raises(LinkingError, match="invalid_grant"):
        await other.finish(elsewhere, f"{elsewhere.redirect_url}?code={code}&state={elsewhere.state}")


async def test_an_answer_counts_for_nothing_when_it_belongs_to_another_authorization(
    linking: AccountLinking, customers: Customers
) -> None:
    authorization = linking.begin()
    async with Browser() as browser:
        answer = await browser.sign_in(authorization.url, ANNA, customers.passwords[ANNA])
    with pytest.raises(LinkingError, match="state differs"):
        await linking.finish(linking.begin(), answer)


async def test_the_link_ends_when_the_customer_signs_out(
    world: RunningWorld, linking: AccountLinking, customers: Customers, cameras: dict[str, dict[str, str]]
) -> None:
    """What was given out before is good until it expires: the function asks nobody but the token itself."""
    cognito = world.session().client("cognito-idp", endpoint_url=world.content["aws_endpoint_url"])
    client_id, client_secret = world.outputs["AlexaClientId"], secret_of(world)
    async with Browser() as browser:
        tokens = await linking.link(browser, ANNA, customers.passwords[ANNA])
        await asyncio.to_thread(
            cognito.revoke_token, Token=tokens.refresh_token, ClientId=client_id, ClientSecret=client_secret
        )
        with pytest.raises(LinkingError, match="invalid_grant"):
            await linking.refresh(tokens)
        assert await asyncio.to_thread(found, world, tokens.access_token) == cameras[ANNA]
        logout = f"{world.content['aws_endpoint_url']}/logout?client_id={client_id}&logout_uri=http://localhost/"
        assert await browser.visit(logout) == 302
        asked_before = browser.passwords_given
        again = await linking.link(browser, ANNA, customers.passwords[ANNA])
        assert browser.passwords_given == asked_before + 1
    assert await asyncio.to_thread(found, world, again.access_token) == cameras[ANNA]
