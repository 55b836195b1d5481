"""Who is logged in: in a local world the world file tells, for a deployed stack a file of this user's."""

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError, explained
from cli.local_world.control_client import ControlClient
from cli.output import warn
from cli.private_files import read_private, state_folder, write_private
from cli.users import sign_in
from cli.users.customers import email_of, password_of

if TYPE_CHECKING:
    from cli.target import Target

NOT_A_JWT = "The account server gave something that is not a token: log in again."
LINKED = "ok"
SPARE_SECONDS = 60.0  # a token must outlast what it is used for


@dataclass(frozen=True)
class Account:
    """A customer who is logged in. `user_id`: the `sub` of the account server."""

    user_id: str
    access_token: str = field(repr=False)


def claims_of(access_token: str) -> dict[str, Any]:
    """What the token says, unchecked: the skill's function is who checks it.

    Raises:
        CommandError: it is no JWT.
    """
    try:
        payload = access_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError) as error:
        raise CommandError(NOT_A_JWT) from error
    if not isinstance(claims, dict):
        raise CommandError(NOT_A_JWT)
    return claims


def account_of(target: "Target") -> Account:
    """The account that is logged in, with a token that is still good for a while.

    Raises:
        CommandError: nobody is, or the login has run out.
    """
    account = _local_account(target) if target.world else _stored_account(target)
    if account is None:
        raise _nobody(target)
    return account


def user_id_of(target: "Target") -> str:
    """The user id of the account that is logged in, however old its token is.

    Raises:
        CommandError: nobody is.
    """
    if target.world:
        user_id = (target.world.account or {}).get("user_id")
    else:
        tokens = _read_tokens(target)
        user_id = _account_with(tokens.access_token).user_id if tokens else None
    if not user_id:
        raise _nobody(target)
    return user_id


def log_in_by_browser_page(target: "Target", email: str, password: str) -> Account:
    """Logs in to the local world as its customer would, on the page of the hosted login.

    Raises:
        CommandError: the login was refused.
    """
    from simulator.browser import SignInError
    from simulator.browser import sign_in as sign_in_on_page

    async def log_in() -> sign_in.Tokens:
        authorization = sign_in.begin(target)
        redirect_url = await sign_in_on_page(authorization.url, email, password)
        return await sign_in.exchange(target, authorization, redirect_url)

    try:
        return keep(target, asyncio.run(log_in()))
    except SignInError as error:
        raise CommandError(f"{email} could not log in: {error}") from error


def keep(target: "Target", tokens: sign_in.Tokens) -> Account:
    """Remembers a login, in the world file or, mode 0600, in the user's state folder."""
    account = _account_with(tokens.access_token)
    if target.world:
        accepted = ControlClient(target.world).put_account(account.user_id, account.access_token)
        if accepted != LINKED:
            warn(
                "Alexa will not be told of this customer's doorbells, motion and changes until another "
                f"`camera-skill login{target.choice.words}`. What the skill said: {accepted}"
            )
    else:
        write_private(_token_file(target), {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token})
    return account


def forget(target: "Target") -> bool:
    """Ends a login: its refresh token is revoked, and nothing of it is kept. False if nobody was logged in.

    Raises:
        CommandError: it is forgotten here, but the account server has not revoked it.
    """
    if target.world:
        if not target.world.account:
            return False
        ControlClient(target.world).delete_account()
        return True
    path = _token_file(target)
    if not path.exists():
        return False
    try:
        with explained("The login is forgotten here, but was not revoked"):
            tokens = _read_tokens(target)
            if tokens:
                sign_in.revoke(target, tokens, claims_of(tokens.access_token).get("client_id", ""))
    finally:
        path.unlink()
    return True


def _local_account(target: "Target") -> Account | None:
    if target.world is None or not target.world.account:
        return None
    account = Account(target.world.account["user_id"], target.world.account["access_token"])
    return account if _seconds_left(account.access_token) > 0 else _again(target, account)


def _again(target: "Target", account: Account) -> Account:
    """A new token for the local world's customer, whose password is known if `users add` made it."""
    email = email_of(target, account.user_id)
    password = password_of(target.choice.folder, email)
    if password is None:
        raise _expired(target)
    return log_in_by_browser_page(target, email, password)


def _stored_account(target: "Target") -> Account | None:
    tokens = _read_tokens(target)
    if tokens is None:
        return None
    if _seconds_left(tokens.access_token) > 0:
        return _account_with(tokens.access_token)
    try:
        return keep(target, asyncio.run(sign_in.refresh(target, tokens)))
    except sign_in.LoginRefusedError as error:
        raise _expired(target) from error


def _seconds_left(access_token: str) -> float:
    expiry = claims_of(access_token).get("exp")
    return expiry - time.time() - SPARE_SECONDS if isinstance(expiry, int | float) else 0.0


def _account_with(access_token: str) -> Account:
    user_id = claims_of(access_token).get("sub")
    if isinstance(user_id, str) and user_id:
        return Account(user_id, access_token)
    raise CommandError("The account server gave a token that names no user (sub): log in again.")


def _read_tokens(target: "Target") -> sign_in.Tokens | None:
    """What `keep` wrote for a deployed stack, None if nothing.

    Raises:
        CommandError: the file holds something else.
    """
    path = _token_file(target)
    stored = read_private(path)
    if not stored:
        return None
    match stored:
        case {"access_token": str(access_token), "refresh_token": str(refresh_token)}:
            return sign_in.Tokens(access_token, refresh_token)
    raise CommandError(
        f"{path} is damaged (a token is missing): log in again with `camera-skill login{target.choice.words}`."
    )


def _nobody(target: "Target") -> CommandError:
    return CommandError(
        f"Nobody is logged in on {target.place}: log in with `camera-skill login{target.choice.words}`."
    )


def _expired(target: "Target") -> CommandError:
    return CommandError(
        f"The login on {target.place} has expired: log in again with `camera-skill login{target.choice.words}`."
    )


def _token_file(target: "Target") -> Path:
    return state_folder() / f"{target.output('UserPoolId')}.json"
