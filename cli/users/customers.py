"""Customers in the stack's user pool, and the passwords of a local world's, which open nothing else."""

import secrets
import shlex
import string
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_skill.account import MOST_BYTES, MOST_CHARACTERS, is_user_id
from cli.errors import CommandError
from cli.names import close_to, short
from cli.private_files import read_private, write_private
from cli.registry import registry_of
from simulator.world_folder import is_claimed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cli.target import Target

PASSWORDS_FILE = "customers.json"
PASSWORD_CHARACTERS = 20
MOST_LOOKED_AT = 240
"""Customers, for a hint: four pages. A pool may have a million."""
ALPHABETS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.")


@dataclass(frozen=True)
class Customer:
    """A user of the pool. `status`: Cognito's word, CONFIRMED for those who can log in."""

    user_id: str
    email: str
    status: str


def generated_password() -> str:
    """A password that the default policy of a user pool takes: a lower and an upper letter, a digit, a symbol."""
    characters = [secrets.choice(alphabet) for alphabet in ALPHABETS]
    characters += [secrets.choice("".join(ALPHABETS[:3])) for _ in range(PASSWORD_CHARACTERS - len(ALPHABETS))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def add_customer(target: "Target", email: str, password: str) -> Customer:
    """Makes a customer who can log in at once, without an invitation by mail.

    Raises:
        CommandError: the customer exists, or the pool does not take the email or the password.
    """
    cognito, pool = target.cognito, target.output("UserPoolId")
    try:
        user = cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )["User"]
    except cognito.exceptions.UsernameExistsException as error:
        raise CommandError(
            f"{email} exists already: `camera-skill users list{target.choice.words}` shows everyone."
        ) from error
    except cognito.exceptions.InvalidParameterException as error:
        raise CommandError(f"The user pool does not take “{email}” as an email address.") from error
    try:
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
    except cognito.exceptions.InvalidPasswordException as error:
        cognito.admin_delete_user(UserPoolId=pool, Username=email)
        reason = error.response["Error"].get("Message", "")
        raise CommandError(f"{email} was not added, the user pool does not take this password: {reason}") from error
    if target.world:
        remember_password(target.choice.folder, email, password)
    return _customer(user.get("Attributes", []), "CONFIRMED")


def all_customers(target: "Target") -> "Iterator[Customer]":
    """Everyone in the pool, page by page; nobody where there is none."""
    if not has_pool(target):
        return
    for page in target.cognito.get_paginator("list_users").paginate(UserPoolId=target.output("UserPoolId")):
        for user in page["Users"]:
            yield _customer(user.get("Attributes", []), user.get("UserStatus", ""))


def by_email_and_id(customers: "Iterable[Customer]") -> "dict[str, Customer]":
    """The same, each twice, for `user_id_named`."""
    return {name.casefold(): one for one in customers for name in (one.email, one.user_id)}


def has_pool(target: "Target") -> bool:
    """Whether the accounts are in a pool of the stack's own, and not at another account server."""
    return bool(target.outputs.get("UserPoolId"))


def customer_in_pool(target: "Target", email_or_id: str) -> Customer | None:
    """The customer with this email or user id, None if the pool knows none, or if there is no pool."""
    attribute = "email" if "@" in email_or_id else "sub"
    if not has_pool(target) or '"' in email_or_id or "\\" in email_or_id:
        return None
    users = target.cognito.list_users(UserPoolId=target.output("UserPoolId"), Filter=f'{attribute} = "{email_or_id}"')[
        "Users"
    ]
    return _customer(users[0].get("Attributes", []), users[0].get("UserStatus", "")) if users else None


def emails_beginning_with(target: "Target", beginning: str, most: int) -> list[str]:
    """The emails in the pool that begin so, at most so many."""
    condition = {"Filter": f'email ^= "{beginning}"'} if beginning and not set(beginning) & {'"', "\\"} else {}
    users = target.cognito.list_users(UserPoolId=target.output("UserPoolId"), Limit=most, **condition)["Users"]
    return [_customer(user.get("Attributes", []), "").email for user in users]


def user_id_named(target: "Target", email_or_id: str, pool: "Mapping[str, Customer] | None" = None) -> str:
    """The id of the user with this email or user id.

    An id is taken as it is where the accounts are elsewhere, and where it has cameras. `pool`: everyone in it, if that
    is known; else the pool is asked.

    Raises:
        CommandError: there is none; names those that are close.
    """
    if not is_user_id(email_or_id):
        raise CommandError(
            f"“{short(email_or_id)}” is no email and no user id: that is 1 to {MOST_CHARACTERS} printable characters, "
            f"of at most {MOST_BYTES:,} bytes."
        )
    customer = customer_in_pool(target, email_or_id) if pool is None else pool.get(email_or_id.casefold())
    if customer:
        return customer.user_id
    if not has_pool(target) or _has_cameras(target, email_or_id):
        return email_or_id
    some = islice(all_customers(target) if pool is None else pool.values(), MOST_LOOKED_AT)
    hint = close_to(email_or_id, [one.email for one in some])
    add_one = f"Add one: `camera-skill users add {shlex.quote(email_or_id)}{target.choice.words}`."
    raise CommandError(f"There is no user {short(email_or_id)} on {target.place}. {hint or add_one}")


def _has_cameras(target: "Target", user_id: str) -> bool:
    return bool(registry_of(target).read("ListCameras", user_id=user_id)["cameras"])


def email_of(target: "Target", user_id: str) -> str:
    """The customer's email, or the id where the pool knows none."""
    customer = customer_in_pool(target, user_id)
    return customer.email if customer else user_id


def remember_password(folder: Path, email: str, password: str) -> None:
    """Keeps the password of a local world's customer, mode 0600, so that `login --as` can use it."""
    path = folder / PASSWORDS_FILE
    write_private(path, {**read_private(path), email: password})


def forget_password(folder: Path, email: str) -> None:
    """Forgets the password of a local world's customer."""
    passwords = {one: password for one, password in read_private(folder / PASSWORDS_FILE).items() if one != email}
    write_private(folder / PASSWORDS_FILE, passwords)


def forget_passwords(folder: Path) -> None:
    """Every world begins with an empty user pool. What is in a folder that is no world's stays."""
    if is_claimed(folder):
        (folder / PASSWORDS_FILE).unlink(missing_ok=True)


def password_of(folder: Path, email: str) -> str | None:
    """The password of a customer who was added to this local world by `users add`."""
    password = read_private(folder / PASSWORDS_FILE).get(email)
    return None if password is None else str(password)


def _customer(attributes: "Iterable[Mapping[str, Any]]", status: str) -> Customer:
    values = {attribute["Name"]: attribute.get("Value", "") for attribute in attributes}
    return Customer(values.get("sub", ""), values.get("email", ""), status)
