"""Logins: through a browser and loopback, when a token has expired, and on a stack that is deployed elsewhere.

The deployed stack is the world's, reached as a real one is: by the environment's credentials and CloudFormation's
outputs, without its world file.
"""

import asyncio
import base64
import json
import shutil
import time
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import boto3
import pytest

from cli.errors import CommandError
from cli.options import Choice
from cli.target import Target
from cli.users import accounts, sign_in
from cli.users.customers import password_of
from simulator.browser import sign_in as sign_in_on_page
from simulator.child_process import ChildProcess
from tests.end_to_end.conftest import RunningWorld
from tests.support.command import PROGRAM, Outcome, run

pytestmark = [pytest.mark.long, pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]
CUSTOMER = "customer@example.com"


@pytest.fixture
def target(world: RunningWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The world's stack as a deployed one; its hosted login is where the local AWS serves it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    outputs = {**world.outputs, "HostedLoginUrl": world.content["aws_endpoint_url"]}
    return Target(Choice(stack_name="camera-skill"), boto3.Session(), "camera-skill", "us-east-1", outputs)


@pytest.fixture
def shell(world: RunningWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that is set up for an AWS account, in which nobody knows of a local world."""
    for name, value in {
        "AWS_ENDPOINT_URL": world.content["aws_endpoint_url"],
        "AWS_ENDPOINT_URL_KINESIS_VIDEO": world.content["signaling_endpoint_url"],
        "AWS_ACCESS_KEY_ID": world.content["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": world.content["secret_access_key"],
        "AWS_DEFAULT_REGION": "us-east-1",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "CAMERA_SKILL_FOLDER": str(tmp_path / "no-world"),
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def callback() -> AsyncIterator[sign_in.Callback]:
    async with sign_in.Callback() as listening:
        yield listening


def on_stack(*arguments: str | Path) -> Outcome:
    return run(*arguments, "--stack-name", "camera-skill")


def expired_token(user_id: str) -> str:
    claims = json.dumps({"sub": user_id, "exp": time.time() - 1}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"


def password(world: RunningWorld) -> str:
    known = password_of(world.folder, CUSTOMER)
    assert known is not None
    return known


def log_in(world: RunningWorld, target: Target) -> sign_in.Tokens:
    async def flow() -> sign_in.Tokens:
        authorization = sign_in.begin(target)
        redirect_url = await sign_in_on_page(authorization.url, CUSTOMER, password(world))
        return await sign_in.exchange(target, authorization, redirect_url)

    return asyncio.run(flow())


async def test_tokens_are_got_when_the_browser_comes_back(
    world: RunningWorld, target: Target, callback: sign_in.Callback
) -> None:
    authorization = sign_in.begin(target, callback.port)
    waiting = asyncio.create_task(callback.wait(authorization))
    async with aiohttp.ClientSession() as browser:
        stray = f"http://127.0.0.1:{callback.port}/callback?code=stolen&state=another"
        async with browser.get(stray) as page:
            assert page.status == 400
        assert not waiting.done()
        redirect_url = await sign_in_on_page(authorization.url, CUSTOMER, password(world))
        async with browser.get(redirect_url) as page:
            assert "You are logged in" in await page.text()
    tokens = await sign_in.exchange(target, authorization, await waiting)
    assert accounts.claims_of(tokens.access_token)["sub"] == world.content["account"]["user_id"]
    assert accounts.claims_of(tokens.access_token)["client_id"] == world.outputs["OperatorClientId"]


async def test_next_port_is_taken_when_the_first_is_in_use(callback: sign_in.Callback) -> None:
    async with sign_in.Callback() as second:
        assert second.port in sign_in.CALLBACK_PORTS
        assert second.port != callback.port


def test_login_is_kept_when_it_goes_through_a_browser(world: RunningWorld, tmp_path: Path) -> None:
    command = [str(PROGRAM), "login", "--no-browser", "--folder", str(world.folder)]
    process = ChildProcess(command, environment={"PYTHONUNBUFFERED": "1"}, log=tmp_path / "login.log")
    try:
        deadline = time.monotonic() + 30
        while not (urls := [line for line in process.output().splitlines() if line.startswith("http")]):
            assert process.exit_code is None, process.output()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        redirect_url = asyncio.run(sign_in_on_page(urls[0], CUSTOMER, password(world)))
        with urllib.request.urlopen(redirect_url, timeout=10) as page:  # noqa: S310  # loopback
            assert page.status == 200
        assert process.wait(30) == 0, process.output()
    finally:
        process.stop()
    assert f"as {CUSTOMER}" in process.output()
    assert world.content["account"]["access_token"] not in process.output()


def test_token_is_renewed_when_it_expired_on_a_deployed_stack(world: RunningWorld, target: Target) -> None:
    tokens = log_in(world, target)
    user_id = accounts.claims_of(tokens.access_token)["sub"]
    accounts.keep(target, sign_in.Tokens(expired_token(user_id), tokens.refresh_token))
    renewed = accounts.account_of(target)
    assert renewed.user_id == user_id
    assert accounts.claims_of(renewed.access_token)["exp"] > time.time()
    assert accounts.account_of(target) == renewed


def test_login_is_asked_for_when_the_refresh_token_is_refused(target: Target) -> None:
    accounts.keep(target, sign_in.Tokens(expired_token("user-1"), "refused"))
    with pytest.raises(CommandError, match="has expired: log in again with `camera-skill login --stack-name"):
        accounts.account_of(target)


@pytest.mark.usefixtures("shell")
def test_nothing_is_left_of_a_login_when_logging_out_of_a_deployed_stack(
    world: RunningWorld, target: Target, tmp_path: Path
) -> None:
    tokens = log_in(world, target)
    accounts.keep(target, tokens)
    ended = on_stack("logout")
    assert ended.stdout == "Logged out of the stack camera-skill.\n"
    assert f"{world.outputs['HostedLoginUrl']}/logout?response_type=code" in ended.stderr
    assert list((tmp_path / "state" / "camera-skill").iterdir()) == []
    with pytest.raises(sign_in.LoginRefusedError):
        asyncio.run(sign_in.refresh(target, tokens))
    assert on_stack("logout").stdout == "Nobody is logged in on the stack camera-skill.\n"


def test_nobody_is_logged_in_when_logging_out_of_the_world(world: RunningWorld) -> None:
    try:
        assert "Logged out of the local world" in world.run("logout").stdout
        assert (world.content["account"], world.content["cameras"]) == (None, [])
        assert "Nobody is logged in" in world.run("show", "Front Door").sentence
        assert "Nobody is logged in" in world.run("logout").stdout
    finally:
        assert world.run("login").exit_code == 0


def test_customer_logs_in_again_when_the_worlds_token_expired(world: RunningWorld) -> None:
    account = world.content["account"]
    accounts_before = account["access_token"]
    _put_token(world, expired_token(account["user_id"]))
    world.run("console-events")  # with or without a camera: it needs a good token first
    renewed = world.content["account"]
    assert renewed["user_id"] == account["user_id"]
    assert renewed["access_token"] != accounts_before
    assert accounts.claims_of(renewed["access_token"])["exp"] > time.time()


def test_login_is_asked_for_when_the_worlds_token_expired_and_the_password_is_unknown(
    world: RunningWorld, tmp_path: Path
) -> None:
    before = world.content["account"]
    _put_token(world, expired_token(before["user_id"]))
    try:
        shutil.copy(world.folder / "world.json", tmp_path / "world.json")  # a world whose passwords are not there
        sentence = run("show", "Front Door", "--folder", tmp_path).sentence
        assert f"has expired: log in again with `camera-skill login --folder {tmp_path}`" in sentence
    finally:
        _put_token(world, before["access_token"])


@pytest.mark.usefixtures("shell")
def test_same_words_work_when_the_stack_is_deployed(world: RunningWorld, target: Target, tmp_path: Path) -> None:
    account = world.content["account"]
    accounts.keep(target, sign_in.Tokens(account["access_token"], "unused"))
    added = on_stack("cameras", "add", "Side Gate", "--json")
    assert added.exit_code == 0, added
    try:
        assert added.json in on_stack("cameras", "list", "--json").json
        assert CUSTOMER in on_stack("users", "list").stdout
        offline = on_stack("show", "Side Gate").sentence
        assert "is the camera switched on" in offline
        assert world.run("world", "plug-in", "Side Gate").exit_code == 0
        shown = on_stack("show", "Side Gate", "--json")
        assert shown.exit_code == 0, shown
        assert shown.json["frames"]["count"] > 30
        events = on_stack("console-events", "--camera", "Side Gate", "--output", tmp_path / "events")
        assert events.exit_code == 0, events
        offer = json.loads((tmp_path / "events" / "InitiateSessionWithOffer.json").read_text())
        assert world.invoke(offer)["event"]["header"]["name"] == "AnswerGeneratedForSession"
    finally:
        world.run("cameras", "remove", "Side Gate", "--yes")


@pytest.mark.usefixtures("shell")
def test_login_is_doubted_when_the_skill_does_not_take_the_token(world: RunningWorld, target: Target) -> None:
    head, payload, _ = world.content["account"]["access_token"].split(".")
    accounts.keep(target, sign_in.Tokens(f"{head}.{payload}.{'A' * 342}", "unused"))
    on_stack("cameras", "add", "Porch")
    try:
        assert "`camera-skill login --stack-name camera-skill`" in on_stack("show", "Porch").sentence
    finally:
        world.run("cameras", "remove", "Porch", "--yes")


def _put_token(world: RunningWorld, access_token: str) -> None:
    body = {"user_id": world.content["account"]["user_id"], "access_token": access_token}
    request = urllib.request.Request(  # noqa: S310  # the world's own URL
        world.content["control_url"] + "/account",
        method="PUT",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  # the same
        assert response.status == 200
