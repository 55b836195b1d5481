"""`camera-skill login` and `logout`: act as a customer of a stack, and stop that."""

import asyncio
import shlex
import webbrowser
from typing import Annotated

import typer

from cli.cameras.finding import publish
from cli.errors import CommandError
from cli.options import Choice, line_from_stdin
from cli.output import say, warn
from cli.target import Target, target_of
from cli.users import accounts, sign_in
from cli.users.customers import email_of, password_of
from cli.users.verbs import PasswordOption

DEFAULT_CUSTOMER = "customer@example.com"


def login(
    choice: Choice,
    *,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address in place of opening a browser.")
    ] = False,
    as_email: Annotated[
        str | None,
        typer.Option("--as", metavar="EMAIL", help="Local world: log in without a browser, as this customer."),
    ] = None,
    password_stdin: PasswordOption = False,
) -> None:
    """Log in as a customer. On the local world the customer's part is played, on a deployed stack it is yours."""
    target = target_of(choice)
    if target.world is None:
        if as_email or password_stdin:
            raise CommandError("--as and --password-stdin are for the local world: log in with the browser here.")
        account = accounts.keep(target, asyncio.run(_by_browser(target, open_browser=not no_browser)))
    elif no_browser:
        account = accounts.keep(target, asyncio.run(_by_browser(target, open_browser=False)))
    else:
        email = as_email or DEFAULT_CUSTOMER
        password = line_from_stdin("password") if password_stdin else password_of(choice.folder, email)
        if password is None:
            raise CommandError(
                f"The password of {email} is not known: add the user with "
                f"`camera-skill users add {shlex.quote(email)}{choice.words}`, or give the password with "
                "--password-stdin."
            )
        account = accounts.log_in_by_browser_page(target, email, password)
    publish(target_of(choice))
    say(f"Logged in on {target.place} as {email_of(target, account.user_id)}.")


def logout(choice: Choice) -> None:
    """End the login: its tokens are revoked and forgotten."""
    target = target_of(choice)
    if not accounts.forget(target):
        say(f"Nobody is logged in on {target.place}.")
        return
    say(f"Logged out of {target.place}.")
    if target.world is None and target.outputs.get("OperatorClientId"):
        url = sign_in.end_of_session_url(target)
        warn(f"The browser may remember you for an hour. This page makes it forget:\n{url}")


async def _by_browser(target: Target, *, open_browser: bool) -> sign_in.Tokens:
    async with sign_in.Callback() as callback:
        authorization = sign_in.begin(target, callback.port)
        opened = open_browser and await asyncio.to_thread(webbrowser.open, authorization.url)
        warn("Log in with the browser that opened." if opened else f"Log in here:\n{authorization.url}")
        redirect_url = await callback.wait(authorization)
    return await sign_in.exchange(target, authorization, redirect_url)
