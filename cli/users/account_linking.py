"""`camera-skill account-linking`: what Alexa's skill management must know of the stack's account server."""

import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import CommandError
from cli.options import Choice, line_from_stdin
from cli.output import say, say_json, warn
from cli.private_files import write_private
from cli.target import target_of
from cli.users.account_servers import AccountServer, account_server_of

if TYPE_CHECKING:
    from cli.target import Target

ALEXA_HOSTS = "pitangui.amazon.com", "layla.amazon.com", "alexa.amazon.co.jp"  # Americas, Europe, Far East
REDIRECT_URL = re.compile(rf"https://({'|'.join(map(re.escape, ALEXA_HOSTS))})/api/skill/link/[A-Z0-9]+")
HIDDEN = "(not shown on a terminal: use --output or --show-secret)"
TOKEN_SECONDS = 3600  # what Alexa takes for a token's life where the account server does not say
MOST_SCOPES = 15


def account_linking(
    choice: Choice,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to a file that only you may read.")
    ] = None,
    show_secret: Annotated[
        bool, typer.Option("--show-secret", help="Show the client's secret on a terminal, too.")
    ] = False,
    skill_id: Annotated[
        str | None, typer.Option("--skill-id", help="The skill's id, for the line to run.", show_default="the stack's")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option("--client-id", help="Alexa's client on an account server of your own.")
    ] = None,
    client_secret_stdin: Annotated[
        bool, typer.Option("--client-secret-stdin", help="Read that client's secret from standard input, one line.")
    ] = False,
) -> None:
    """Print the account linking request for `ask smapi update-account-linking-info`, from the stack's outputs."""
    target = target_of(choice)
    server = _with_secret(account_server_of(target), from_stdin=client_secret_stdin)
    request = request_for(replace(server, client_id=client_id or server.client_id))
    if output is None:
        say_json(with_hidden_secret(request) if sys.stdout.isatty() and not show_secret else request)
    else:
        write_private(output, request)
        say(f"Wrote {output}, with the client's secret: only you may read it.")
    _say_what_is_next(target, server, output, skill_id or target.parameters.get("SkillId") or "YOUR-SKILL-ID")


def request_for(server: AccountServer) -> dict[str, Any]:
    """The request in the form of Alexa's skill management API (account linking schemas).

    Raises:
        CommandError: more scopes than Alexa takes.
    """
    if len(server.scopes) > MOST_SCOPES:
        raise CommandError(f"Alexa takes at most {MOST_SCOPES} scopes: shorten the stack's parameter TokenScope.")
    payload = {
        "type": "AUTH_CODE",  # the only one for smart home skills
        "authorizationUrl": server.authorization_url,
        "accessTokenUrl": server.token_url,
        "clientId": server.client_id,
        "clientSecret": server.client_secret,
        "accessTokenScheme": server.scheme,
        "scopes": list(server.scopes),
        "defaultTokenExpirationInSeconds": TOKEN_SECONDS,
        "skipOnEnablement": False,
    }
    return {"accountLinkingRequest": payload | ({"domains": list(server.domains)} if server.domains else {})}


def with_hidden_secret(request: dict[str, Any]) -> dict[str, Any]:
    """The same request for people who look over a shoulder."""
    return {"accountLinkingRequest": {**request["accountLinkingRequest"], "clientSecret": HIDDEN}}


def _with_secret(server: AccountServer, *, from_stdin: bool) -> AccountServer:
    if server.client_secret and not from_stdin:
        return server
    if server.client_secret:
        raise CommandError("The secret of the stack's own client is known: leave --client-secret-stdin out.")
    if not from_stdin:
        raise CommandError(
            "Only your account server knows the secret of Alexa's client: pipe it in with --client-secret-stdin."
        )
    return replace(server, client_secret=line_from_stdin("secret"))


def _say_what_is_next(target: "Target", server: AccountServer, output: Path | None, skill_id: str) -> None:
    """On standard error, so that what is printed can be a file."""
    file = shlex.quote(f"file:{output or 'account-linking.json'}")
    warn(
        "Tell Alexa:\n  ask smapi update-account-linking-info --stage development "
        f"--skill-id {shlex.quote(skill_id)} --account-linking-request {file}"
    )
    if output is None:
        warn("where the file is what --output writes.")
    if server.redirect_urls is None:
        vendor_id = target.parameters.get("AlexaVendorId") or "YOUR-VENDOR-ID"
        urls = "\n".join(f"  https://{host}/api/skill/link/{vendor_id}" for host in ALEXA_HOSTS)
        warn(f"Your account server must let its login lead back to Alexa:\n{urls}")
    elif not any(REDIRECT_URL.fullmatch(url) for url in server.redirect_urls):
        warn(
            "The stack does not know your vendor id, so its login leads back to nobody yet: deploy it with the "
            "parameter AlexaVendorId (the last part of the redirect URLs on the console's account linking page)."
        )
