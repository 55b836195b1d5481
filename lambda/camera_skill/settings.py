"""The only reader of the environment: what the template sets, once, as a typed model."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class SettingsError(Exception):
    """The function's environment is not what template.yaml would set; the message names the variable."""


@dataclass(frozen=True)
class Settings:
    """What template.yaml tells the functions.

    `token_client_ids`: the app clients whose tokens count. `local_signaling_hosts`: loopback hosts that may be
    signaling endpoints beside AWS's; only the local world has any. `response_budget_seconds`: the time for a reply.
    """

    region: str
    registry_table: str
    activity_table: str
    token_issuer: str
    token_jwks_url: str
    token_client_ids: frozenset[str]
    local_signaling_hosts: frozenset[str]
    response_budget_seconds: float
    service: str
    metrics_namespace: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises: SettingsError if a variable is missing or has no sense."""
        return cls(
            region=_text(environment, "AWS_REGION"),
            registry_table=_text(environment, "REGISTRY_TABLE"),
            activity_table=_text(environment, "ACTIVITY_TABLE"),
            token_issuer=_url(environment, "TOKEN_ISSUER"),
            token_jwks_url=_url(environment, "TOKEN_JWKS_URL"),
            token_client_ids=_set(_text(environment, "TOKEN_CLIENT_IDS")),
            local_signaling_hosts=_loopback_hosts(environment, "LOCAL_SIGNALING_HOSTS"),
            response_budget_seconds=_seconds(environment, "RESPONSE_BUDGET_SECONDS"),
            service=_text(environment, "POWERTOOLS_SERVICE_NAME"),
            metrics_namespace=_text(environment, "POWERTOOLS_METRICS_NAMESPACE"),
        )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise SettingsError(f"environment variable {name} is not set: template.yaml sets it")
    return value


def _set(value: str) -> frozenset[str]:
    return frozenset(part.strip() for part in value.split(",") if part.strip())


def _seconds(environment: Mapping[str, str], name: str) -> float:
    value = _text(environment, name)
    try:
        seconds = float(value)
    except ValueError as error:
        raise SettingsError(f"environment variable {name} is {value!r}, not a number of seconds") from error
    if not 1.0 <= seconds <= 5.0:
        raise SettingsError(
            f"environment variable {name} is {value!r}; Alexa waits for 6 seconds, the network included"
        )
    return seconds


def _loopback_hosts(environment: Mapping[str, str], name: str) -> frozenset[str]:
    hosts = _set(environment.get(name, ""))
    if not hosts <= LOOPBACK_HOSTS:
        raise SettingsError(f"environment variable {name} names hosts that are not on loopback: {sorted(hosts)}")
    return hosts


def _url(environment: Mapping[str, str], name: str) -> str:
    value = _text(environment, name)
    parts = urlsplit(value)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
        return value
    raise SettingsError(f"environment variable {name} is {value!r}: only https, or http on loopback, is safe")
