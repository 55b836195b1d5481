"""All that is kept of a person: found, and erased in an order in which a run that was cut off can be repeated."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cli.cameras.finding import publish
from cli.cameras.removing import unplug
from cli.errors import CommandError
from cli.local_world.control_client import ControlClient
from cli.registry import registry_of
from cli.users import accounts
from cli.users.customers import Customer, forget_password, password_of

if TYPE_CHECKING:
    from cli.target import Target

_CHANNEL = {"DELETED": "deleted", "KEPT": "kept", "LEFT": "left, since the stack did not create it", "GONE": "gone"}


@dataclass
class Erased:
    """What went, or would go. Cameras as `endpoint_id`, `friendly_name` and, if removed, `channel`."""

    user_id: str
    email: str
    cameras_removed: list[dict[str, str]] = field(default_factory=list)
    cameras_kept_by_others: list[dict[str, str]] = field(default_factory=list)
    grants: int = 0
    other_registry_items: int = 0
    session_records: int = 0
    login: bool = False
    password: bool = False
    account: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was kept of this user."""
        return not any(value for name, value in vars(self).items() if name not in {"user_id", "email"})

    def add(self, part: dict[str, Any]) -> None:
        """Counts what the registry function erased, or would erase."""
        for camera in part["cameras"]:
            names = [link["friendly_name"] for link in camera["taken_from"]]
            row = {"endpoint_id": camera["endpoint_id"], "friendly_name": names[0] if names else ""}
            if "removed" in camera:
                self.cameras_removed.append({**row, "channel": camera["removed"]["channel"]})
            else:
                self.cameras_kept_by_others.append(row)
        self.grants += part["grants"]
        self.other_registry_items += part["other_rows"]
        self.session_records += part["sessions"]

    def sentences(self) -> Iterator[str]:
        """The same for people, what there was only."""
        for camera in self.cameras_removed:
            name = f"“{camera['friendly_name']}”, endpoint id {camera['endpoint_id']}"
            channel = _CHANNEL.get(camera["channel"], "unknown")
            yield f"camera {name}, which no other user has; its signaling channel is {channel}"
        for camera in self.cameras_kept_by_others:
            name = f"“{camera['friendly_name']}”, endpoint id {camera['endpoint_id']}"
            yield f"the link to {name}, which others have, too"
        numbers = {
            "grant to send events to Alexa": self.grants,
            "other item in the registry": self.other_registry_items,
            "session record": self.session_records,
        }
        for what, number in numbers.items():
            if number:
                yield f"{number} {what}{'' if number == 1 else 's'}"
        if self.login:
            yield "the login on this machine"
        if self.password:
            yield "the password that the local world remembers"
        if self.account:
            yield "the account in the stack's user pool"


@dataclass(frozen=True)
class Erasure:
    """Erases a user; `is_dry` only finds out what would go. `account`: that in the stack's pool, if there is one."""

    target: "Target"
    user_id: str
    account: Customer | None
    keeps_channels: bool
    is_dry: bool
    step: Callable[[str], None]

    def run(self) -> Erased:
        """What went, or would go.

        The account is disabled first, so that nothing new appears, and deleted last, so that until the end the user
        is found by the email.
        """
        erased = Erased(self.user_id, self.account.email if self.account else "", account=self.account is not None)
        self._end_logins(erased)
        self._erase_registry(erased)
        if self.account and not self.is_dry:
            self._delete_account(self.account)
        if self.target.world and not self.is_dry:
            ControlClient(self.target.world).forget_customer(self.user_id)
        return erased

    def _end_logins(self, erased: Erased) -> None:
        folder = self.target.choice.folder
        erased.login = _is_logged_in(self.target, self.user_id)
        erased.password = bool(self.target.world and password_of(folder, erased.email) is not None)
        if self.is_dry:
            return
        if erased.login:
            accounts.forget(self.target)
        if erased.password:
            forget_password(folder, erased.email)
        if self.account:
            self.step(f"Signing {self.account.email} out")
            cognito, pool = self.target.cognito, self.target.output("UserPoolId")
            with suppress(cognito.exceptions.UserNotFoundException):
                cognito.admin_disable_user(UserPoolId=pool, Username=self.account.user_id)
                cognito.admin_user_global_sign_out(UserPoolId=pool, Username=self.account.user_id)

    def _erase_registry(self, erased: Erased) -> None:
        self.step("Looking through the registry" if self.is_dry else "Erasing what the registry has")
        registry = registry_of(self.target)
        invoke = registry.read if self.is_dry else registry.change_many
        token: dict[str, str] = {}
        while True:
            request = {"user_id": self.user_id, "keep_channels": self.keeps_channels, "dry_run": self.is_dry}
            part = invoke("ErasePerson", **request, **token)
            erased.add(part)
            if "next_token" not in part:
                break
            token = {"next_token": part["next_token"]}
        if not self.is_dry:
            for camera in erased.cameras_removed:
                unplug(self.target, camera["endpoint_id"])
            publish(self.target)

    def _delete_account(self, account: Customer) -> None:
        self.step(f"Deleting the account of {account.email}")
        cognito = self.target.cognito
        with suppress(cognito.exceptions.UserNotFoundException):  # deleted by somebody else meanwhile
            cognito.admin_delete_user(UserPoolId=self.target.output("UserPoolId"), Username=account.user_id)


def _is_logged_in(target: "Target", user_id: str) -> bool:
    try:
        return accounts.user_id_of(target) == user_id
    except CommandError:  # nobody is
        return False
