"""Access keys of a local AWS. They are drawn at random: whoever does not know them reaches nothing."""

import hmac
import os
import secrets
from typing import NamedTuple


class Credentials(NamedTuple):
    """An access key. `token`: of a session, empty for a key that lasts."""

    access_key_id: str
    secret_access_key: str
    token: str = ""

    def __repr__(self) -> str:
        """Without what opens something."""
        return f"Credentials({self.access_key_id!r})"


def new_credentials() -> Credentials:
    """An access key that nobody else has."""
    return Credentials(f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30))


def inheritance(credentials: Credentials) -> dict[str, str]:
    """The environment by which a process that this one starts has the same credentials for its own."""
    return {_VARIABLE: f"{credentials.access_key_id}:{credentials.secret_access_key}"}


def _own() -> Credentials:
    key, _, secret = os.environ.get(_VARIABLE, "").partition(":")
    return Credentials(key, secret) if key and secret else new_credentials()


_VARIABLE = "CAMERA_SKILL_PROCESS_KEY"
PROCESS_CREDENTIALS = _own()
"""Those of every local AWS and signaling service of this process, unless they are given others."""


def function_credentials(account: Credentials, function_arn: str, role_arn: str) -> Credentials:
    """What a function of the account's gets. Who does not know the account's secret cannot tell."""

    def draw(use: str) -> str:
        text = f"{use}:{function_arn}:{role_arn}"
        return hmac.digest(account.secret_access_key.encode(), text.encode(), "sha256").hex()

    return Credentials(f"ASIA{draw('key')[:16].upper()}", draw("secret"), draw("token"))


def iot_endpoint_prefix(account: Credentials, account_id: str) -> str:
    """The first part of the name under which the account's MQTT broker is reached: 14 hexadecimal digits."""
    return hmac.digest(account.secret_access_key.encode(), f"iot:{account_id}".encode(), "sha256").hex()[:14]
