"""`camera-skill users`: the customers of a stack."""

import sys
from typing import Annotated

import typer

from cli import customers
from cli.errors import CommandError
from cli.options import Choice, JsonOption, with_choice
from cli.output import say, say_json, say_rows
from cli.target import target_of

app = typer.Typer(no_args_is_help=True, help="The customers of a stack.")
PasswordOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")
]


@app.command()
@with_choice
def add(
    choice: Choice,
    email: Annotated[str, typer.Argument(help="What the customer logs in with.")],
    *,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add a customer who can log in at once. A generated password is shown this once."""
    target = target_of(choice)
    password = password_from_stdin() if password_stdin else customers.generated_password()
    customer = customers.add_customer(target, email, password)
    if as_json:
        shown = {} if password_stdin else {"password": password}
        say_json({"email": customer.email, "user_id": customer.user_id, **shown})
        return
    say(f"Added {customer.email}, user id {customer.user_id}.")
    if not password_stdin:
        say(f"Password, shown this once: {password}")


@app.command("list")
@with_choice
def list_users(choice: Choice, *, as_json: JsonOption = False) -> None:
    """List the customers."""
    rows = [
        {"email": one.email, "user_id": one.user_id, "status": one.status}
        for one in customers.all_customers(target_of(choice))
    ]
    nothing = f"No users yet: `camera-skill users add EMAIL{choice.words}` adds one."
    columns = {"email": "Email", "user_id": "User id", "status": "Status"}
    say_rows(rows, columns=columns, as_json=as_json, nothing=nothing)


def password_from_stdin() -> str:
    """The first line of standard input. Raises: CommandError if it is empty."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandError("No password came on standard input: pipe it in, as one line.")
    return password
