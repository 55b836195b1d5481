"""`camera-skill events credentials`: what Login with Amazon knows the skill by, where the functions find it."""

import json
import re
import sys
from typing import Annotated

import typer

from cli.errors import CommandError
from cli.options import Choice, line_from_stdin
from cli.output import say
from cli.target import target_of

PERMISSIONS_PAGE = "developer console, the skill's Permissions page, “Send Alexa Events”"
_CLIENT_ID = re.compile(r"amzn1\.application-oa2-client\.[0-9a-f]{32}")
_SECRET = re.compile(r"[!-~]{32,256}")


def credentials(
    choice: Choice,
    *,
    client_id: Annotated[
        str,
        typer.Option("--client-id", metavar="ALEXA_CLIENT_ID", help=f"Alexa client id: {PERMISSIONS_PAGE}."),
    ],
) -> None:
    """Give the functions the skill's client id and secret for events. The secret is asked for, or piped in.

    Both are on the skill's Permissions page in the Alexa developer console, once “Send Alexa Events” is on there.
    They are not those of account linking.
    """
    target = target_of(choice)
    if target.world:
        raise CommandError(
            f"The simulated Alexa of {target.place} has its own, and the functions know them already: "
            "name a deployed stack with --stack-name."
        )
    check_client_id(client_id)
    arn = target.output("AlexaClientSecretArn")
    secret = _secret()
    check_secret(secret, client_id)
    value = json.dumps({"client_id": client_id, "client_secret": secret})
    target.secrets.put_secret_value(SecretId=arn, SecretString=value)
    say(
        f"The skill's client id and secret for events are stored in {target.place}; the functions use them from now on."
    )
    say(
        "Alexa asks for a customer's grant when the skill is enabled. Whoever enabled it before: disable it in the "
        "Alexa app, then enable it again."
    )


def check_client_id(client_id: str) -> None:
    """Raises: CommandError if Login with Amazon gives no such client ids."""
    if not _CLIENT_ID.fullmatch(client_id):
        raise CommandError(
            f"“{client_id[:60]}” is no Alexa client id: it looks like amzn1.application-oa2-client.0123…, with 32 "
            f"hexadecimal digits ({PERMISSIONS_PAGE}). That of account linking is another one."
        )


def check_secret(secret: str, client_id: str) -> None:
    """Raises: CommandError if it cannot be one; the secret is not repeated."""
    if secret == client_id or _CLIENT_ID.fullmatch(secret):
        raise CommandError("That is a client id, and not the secret, which stands below it and is shown on “SHOW”.")
    if not _SECRET.fullmatch(secret):
        raise CommandError(
            "That is no client secret: it has 32 or more letters, digits and punctuation, and no spaces. "
            "Copy the whole of it."
        )


def _secret() -> str:
    """Asked for on a terminal, unseen; else the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Alexa client secret", hide_input=True)).strip()
    return line_from_stdin("Alexa client secret").strip()
