"""`camera-skill users`: the customers of a stack."""

from typing import Annotated

import typer

from cli.arguments import UserArgument, YesOption
from cli.cameras.removing import ask
from cli.errors import CommandError
from cli.options import Choice, JsonOption, line_from_stdin, with_choice
from cli.output import progress, say, say_json, say_row_by_row, say_rows, warn
from cli.registry import registry_of
from cli.target import Target, target_of
from cli.users import customers
from cli.users.erasing import Erased, Erasure

app = typer.Typer(no_args_is_help=True, help="The customers of a stack.")
PasswordOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")
]
KeepChannelsOption = Annotated[
    bool,
    typer.Option("--keep-channels", help="Keep the channels, things and certificates that the stack created."),
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
    password = line_from_stdin("password") if password_stdin else customers.generated_password()
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
    """List the customers; where their accounts are elsewhere, those who have cameras."""
    target = target_of(choice)
    if not customers.has_pool(target):
        _list_owners(target, as_json=as_json)
        return
    everyone = sorted(customers.all_customers(target), key=lambda one: one.email)
    rows = [{"email": one.email, "user_id": one.user_id, "status": one.status} for one in everyone]
    nothing = f"No users yet: `camera-skill users add EMAIL{choice.words}` adds one."
    columns = {"email": "Email", "user_id": "User id", "status": "Status"}
    say_rows(rows, columns=columns, as_json=as_json, nothing=nothing)


@app.command()
@with_choice
def remove(
    choice: Choice,
    user: UserArgument,
    *,
    keep_channels: KeepChannelsOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Erase what is kept of a person: cameras, grant, session records, logins, account. Can be repeated if cut off."""
    if as_json and not (yes or dry_run):
        raise CommandError("--json leaves no room for a question: add --yes, or --dry-run.")
    target = target_of(choice)
    account = customers.customer_in_pool(target, user)
    user_id = account.user_id if account else _user_id_without_account(target, user)
    with progress() as step:
        erased = Erasure(target, user_id, account, keep_channels, is_dry=True, step=step).run()
        step.stop()
        is_done = not (dry_run or erased.is_nothing)
        if is_done:
            if not yes:
                _say_erased(user, erased, "This will go")
                ask("Erase it?")
            erased = Erasure(target, user_id, account, keep_channels, is_dry=False, step=step).run()
    if as_json:
        say_json({"dry_run": dry_run, **vars(erased)})
    else:
        _say_erased(user, erased, "This is gone" if is_done else "This would go")


def _user_id_without_account(target: Target, user: str) -> str:
    """The id of a user whose account is elsewhere, or gone already. Raises: CommandError for an unknown email."""
    is_email = customers.has_pool(target) and "@" in user
    return customers.user_id_named(target, user) if is_email else user


def _say_erased(user: str, erased: Erased, beginning: str) -> None:
    if erased.is_nothing:
        say(f"Nothing is kept of {user}.")
        return
    say(f"{beginning} of {user}, user id {erased.user_id}:")
    for sentence in erased.sentences():
        say(f"- {sentence}")


def _list_owners(target: Target, *, as_json: bool) -> None:
    warn(f"Accounts are at {target.outputs.get('TokenIssuer') or 'another server'}; these users have cameras here.")
    rows = registry_of(target).pages("ListUsers", "users")
    columns = {"user_id": ("User id", 60), "cameras": ("Cameras", 0)}
    if not say_row_by_row(rows, columns=columns, as_json=as_json) and not as_json:
        say("Nobody yet.")
