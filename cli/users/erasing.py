"""All that is kept of a person: found, and erased in an order in which a run that was cut off can be repeated."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import items
from cli.cameras.activity import erase_activity
from cli.cameras.finding import Found
from cli.cameras.registrations import registrations_of
from cli.cameras.removing import removal_of
from cli.cameras.scans import scanned
from cli.errors import CommandError
from cli.users import accounts
from cli.users.customers import Customer, forget_password, password_of

if TYPE_CHECKING:
    from cli.target import Target


@dataclass
class Erased:
    """What went, or would go. Cameras as `endpoint_id`, `friendly_name` and, if gone for good, `channel`."""

    user_id: str
    email: str
    cameras_removed: list[dict[str, str]] = field(default_factory=list)
    cameras_kept_by_others: list[dict[str, str]] = field(default_factory=list)
    grants: int = 0
    other_registry_items: int = 0
    session_records: int = 0
    other_mentions: int = 0
    login: bool = False
    password: bool = False
    account: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was kept of this user."""
        return not any(value for name, value in vars(self).items() if name not in {"user_id", "email"})

    def sentences(self) -> Iterator[str]:
        """The same for people, what there was only."""
        for camera in self.cameras_removed:
            name = f"“{camera['friendly_name']}”, endpoint {camera['endpoint_id']}"
            yield f"camera {name}, which nobody else has; its signaling channel is {camera['channel']}"
        for camera in self.cameras_kept_by_others:
            yield f"the link to “{camera['friendly_name']}”, endpoint {camera['endpoint_id']}, which others have, too"
        numbers = {
            "grant to send events to Alexa": self.grants,
            "other item in the registry": self.other_registry_items,
            "session record": self.session_records,
            "mention in another record": self.other_mentions,
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
    delete_channels: bool
    is_dry: bool
    step: Callable[[str], None]

    def run(self) -> Erased:
        """What went, or would go.

        The account is disabled first, so that nothing new appears, and deleted last, so that until the end the user
        is found by the email.
        """
        erased = Erased(self.user_id, self.account.email if self.account else "", account=self.account is not None)
        self._end_logins(erased)
        self._take_cameras(erased)
        self._erase_registry(erased)
        self._erase_activity(erased)
        if self.account and not self.is_dry:
            self._delete_account(self.account)
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

    def _take_cameras(self, erased: Erased) -> None:
        registrations = registrations_of(self.target)
        for link in registrations.links(self.user_id):
            found = Found(link.endpoint_id, tuple(registrations.owners(link.endpoint_id)), link)
            is_last = not found.others(self.user_id)
            camera = {"endpoint_id": link.endpoint_id, "friendly_name": link.friendly_name}
            if is_last:
                erased.cameras_removed.append({**camera, "channel": "deleted" if self.delete_channels else "kept"})
            else:
                erased.cameras_kept_by_others.append(camera)
            if not self.is_dry:
                self.step(f"Taking “{link.friendly_name}”")
                # Counted here, since those of a camera that nobody else has go with it.
                erased.session_records += erase_activity(self.target, link.endpoint_id, self.user_id)
                removal = removal_of(self.target, found, delete_channel=self.delete_channels and is_last)
                removal.carry_out(self.target)

    def _erase_registry(self, erased: Erased) -> None:
        """What is left: the grant, and whatever else bears the user's id in a key."""
        self.step("Looking through the registry")
        client, table = self.target.dynamodb, self.target.output("RegistryTableName")
        taken = {camera["endpoint_id"] for camera in (*erased.cameras_removed, *erased.cameras_kept_by_others)}
        values = {":user": f"USER#{self.user_id}", ":owner": f"OWNER#{self.user_id}"}
        for item in scanned(client, table, "pk = :user OR sk = :owner", values):
            pk, sk = items.names(item)
            if sk == "GRANT":
                erased.grants += 1
            elif sk.removeprefix("CAMERA#") in taken or pk.removeprefix("CAMERA#") in taken:
                continue  # counted with its camera; only a dry run comes by here
            else:
                erased.other_registry_items += 1
            if not self.is_dry:
                client.delete_item(TableName=table, Key=_key(item))

    def _erase_activity(self, erased: Erased) -> None:
        self.step("Looking through the records of sessions")
        client, table = self.target.dynamodb, self.target.output("ActivityTableName")
        for item in scanned(client, table, "user_id = :user", {":user": self.user_id}):
            is_session = item["sk"]["S"].startswith("SESSION#")
            erased.session_records += is_session
            erased.other_mentions += not is_session
            if self.is_dry:
                continue
            if is_session:
                client.delete_item(TableName=table, Key=_key(item))
            else:
                client.update_item(TableName=table, Key=_key(item), UpdateExpression="REMOVE user_id")

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


def _key(item: items.Item) -> dict[str, Any]:
    return {"pk": item["pk"], "sk": item["sk"]}
