from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from aiohttp import web

from simulator.browser import Browser, SignInError, sign_in
from simulator.local_aws import HOST, LocalAws
from tests.support.tools import need_local_aws

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REDIRECT_URI = "http://localhost:18976/callback"
USERNAME, PASSWORD = "anna@example.com", "Correct-horse-1"
pytestmark = pytest.mark.xdist_group("browser")  # one local AWS for all
CODE_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def authorization_url(base: str, client_id: str = "client", **more: str) -> str:
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "state": "a state & more",
        "code_challenge": CODE_CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{base}/oauth2/authorize?{urlencode(parameters | more)}"


def answer_in(url: str) -> dict[str, str]:
    assert url.startswith(f"{REDIRECT_URI}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    need_local_aws()
    folder: Path = tmp_path_factory.mktemp("aws")
    with LocalAws(folder) as started:
        yield started


@pytest.fixture(scope="module")
def client_id(aws: LocalAws) -> str:
    cognito = aws.session().client("cognito-idp", endpoint_url=aws.url)
    pool_id = cognito.create_user_pool(PoolName="customers", UsernameAttributes=["email"])["UserPool"]["Id"]
    for username in (USERNAME, "new@example.com"):
        cognito.admin_create_user(
            UserPoolId=pool_id, Username=username, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
        )
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=USERNAME, Password=PASSWORD, Permanent=True)
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="operator",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[REDIRECT_URI],
        SupportedIdentityProviders=["COGNITO"],
    )
    return client["UserPoolClient"]["ClientId"]


@asynccontextmanager
async def server(authorize: Handler, login: Handler) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/oauth2/authorize", authorize)
    application.router.add_get("/login", login)
    application.router.add_post("/login", login)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def page(body: str) -> web.Response:
    return web.Response(text=f"<!DOCTYPE html><html><body>{body}</body></html>", content_type="text/html")


async def back(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"{REDIRECT_URI}?code=abc&state=s")


async def test_returns_code_and_state_when_local_aws_takes_the_password(aws: LocalAws, client_id: str) -> None:
    answer = answer_in(await sign_in(authorization_url(aws.url, client_id), USERNAME, PASSWORD))
    assert answer["state"] == "a state & more"
    assert answer["code"]


async def test_is_refused_in_the_servers_words_when_the_password_is_wrong(aws: LocalAws, client_id: str) -> None:
    with pytest.raises(SignInError, match="Incorrect username or password"):
        await sign_in(authorization_url(aws.url, client_id), USERNAME, "wrong")


async def test_says_that_a_new_password_is_wanted_when_the_users_is_temporary(aws: LocalAws, client_id: str) -> None:
    with pytest.raises(SignInError, match="new password"):
        await sign_in(authorization_url(aws.url, client_id), "new@example.com", PASSWORD)


async def test_tells_the_servers_answer_when_the_client_is_unknown(aws: LocalAws) -> None:
    with pytest.raises(SignInError, match="answered 400"):
        await sign_in(authorization_url(aws.url, "nobody"), USERNAME, PASSWORD)


async def test_sends_hidden_fields_and_cookies_when_the_page_has_them() -> None:
    async def authorize(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/login?client_id=client")

    async def login(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            response = page("""
                <form action="/search"><input name="q"></form>
                <form name="signin" action="/login?client_id=client" method="post">
                  <input type="hidden" name="_csrf" value="token&amp;1"/>
                  <input id="signInFormUsername" name="username" type="email"/>
                  <input name="password" type="password"/>
                  <input name="signInSubmitButton" type="Submit" value="Sign in"/>
                </form>
                <form name="signin" action="/login?client_id=client" method="post">
                  <input type="hidden" name="_csrf" value="other"/>
                  <input name="username" type="email"/><input name="password" type="password"/>
                </form>""")
            response.set_cookie("XSRF-TOKEN", "token")
            return response
        assert request.cookies == {"XSRF-TOKEN": "token"}
        assert dict(await request.post()) == {
            "_csrf": "token&1",
            "username": USERNAME,
            "password": PASSWORD,
            "signInSubmitButton": "Sign in",
        }
        assert request.query == {"client_id": "client"}
        return await back(request)

    async with server(authorize, login) as base:
        assert answer_in(await sign_in(authorization_url(base), USERNAME, PASSWORD))["code"] == "abc"


async def test_signs_in_when_name_and_password_are_asked_for_one_after_the_other() -> None:
    form = '<form method="POST" action="/login"><input type="hidden" name="step" value="{}">{}</form>'

    async def authorize(_: web.Request) -> web.StreamResponse:
        return page(form.format(1, '<input name="username">'))

    async def login(request: web.Request) -> web.StreamResponse:
        sent = dict(await request.post())
        if sent["step"] == "1":
            assert sent["username"] == USERNAME
            buttons = (
                '<button name="by" value="EMAIL_OTP">Code</button><button name="by" value="PASSWORD">Password</button>'
            )
            return page(form.format(2, buttons))
        if sent["step"] == "2":
            assert sent["by"] == "PASSWORD"
            return page(form.format(3, '<input type="password" name="password">'))
        assert sent == {"step": "3", "password": PASSWORD}
        return await back(request)

    async with server(authorize, login) as base:
        assert answer_in(await sign_in(authorization_url(base), USERNAME, PASSWORD))["code"] == "abc"


async def test_the_password_is_asked_for_again_when_the_browser_was_signed_out() -> None:
    async def authorize(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{REDIRECT_URI}?code=abc&state=s" if "session" in request.cookies else "/login")

    async def login(request: web.Request) -> web.StreamResponse:
        response: web.StreamResponse = page(
            '<form method="post" action="/login"><input name="username"><input name="password" type="password"></form>'
        )
        if request.method == "POST":
            response = web.Response(status=302, headers={"Location": f"{REDIRECT_URI}?code=abc&state=s"})
            response.set_cookie("session", "anna")
        elif "logout" in request.query:
            response.del_cookie("session")
        return response

    async with server(authorize, login) as base, Browser() as browser:
        asked = []
        for signs_out in (False, False, True):
            if signs_out:
                assert await browser.visit(f"{base}/login?logout=1") == 200
            assert answer_in(await browser.sign_in(authorization_url(base), USERNAME, PASSWORD))["code"] == "abc"
            asked.append(browser.passwords_given)
    assert asked == [1, 1, 2]


async def test_gives_up_when_the_page_has_no_form() -> None:
    async def authorize(_: web.Request) -> web.StreamResponse:
        return page("<div id=root></div>")

    async with server(authorize, back) as base:
        with pytest.raises(SignInError, match="without a sign-in form"):
            await sign_in(authorization_url(base), USERNAME, PASSWORD)


async def test_gives_up_when_redirects_go_in_a_circle() -> None:
    async def authorize(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(request.url)

    async with server(authorize, back) as base:
        with pytest.raises(SignInError, match="not come to an end"):
            await sign_in(authorization_url(base), USERNAME, PASSWORD)


async def test_says_that_the_account_server_is_gone_when_nothing_listens() -> None:
    async with server(back, back) as base:
        pass
    with pytest.raises(SignInError) as raised:
        await sign_in(authorization_url(base), USERNAME, PASSWORD)
    assert str(raised.value) == (
        f"The account server at {urlsplit(base).netloc} does not answer. "
        "Check that it runs and the network, then try again."
    )
