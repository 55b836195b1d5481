"""The only reader of the environment: what the template sets, once, as a typed model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from camera_skill.addresses import LOOPBACK_HOSTS, is_safe_url


class SettingsError(Exception):
    """The function's environment is not what template.yaml would set; the message names the variable."""


class OidcSettings(NamedTuple):
    """An OpenID Connect issuer, whose access tokens are signed.

    `jwks_url` may be empty: found as OpenID Connect Discovery says. `client_ids`: app clients or audiences. `scope` and
    `token_use`: what an access token must say, if not empty; the one or the other tells it from an ID token.
    """

    issuer: str
    jwks_url: str
    client_ids: frozenset[str]
    scope: str
    token_use: str


class LoginWithAmazonSettings(NamedTuple):
    """Login with Amazon, whose access tokens are opaque: it is asked about each at `url`."""

    url: str
    client_ids: frozenset[str]


class GrantSettings(NamedTuple):
    """What grants need: the KMS key of their tokens, the secret with Alexa's client, and where tokens come from."""

    key_arn: str
    client_secret_arn: str
    login_with_amazon_url: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "GrantSettings":
        """Raises: SettingsError."""
        return cls(
            key_arn=_text(environment, "GRANT_KEY_ARN"),
            client_secret_arn=_text(environment, "ALEXA_CLIENT_SECRET_ARN"),
            login_with_amazon_url=_url(environment, "LOGIN_WITH_AMAZON_URL").rstrip("/"),
        )


@dataclass(frozen=True)
class ReportSettings:
    """What template.yaml tells the functions that report to Alexa.

    `event_gateway_url`: the one gateway of the local world; empty for Amazon's, which a grant's region chooses.
    """

    region: str
    registry_table: str
    activity_table: str
    grants: GrantSettings
    event_gateway_url: str
    report_queue_url: str
    undelivered_queue_url: str
    service: str
    metrics_namespace: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ReportSettings":
        """Raises: SettingsError if a variable is missing or has no sense."""
        return cls(
            region=_text(environment, "AWS_REGION"),
            registry_table=_text(environment, "REGISTRY_TABLE"),
            activity_table=_text(environment, "ACTIVITY_TABLE"),
            grants=GrantSettings.from_environment(environment),
            event_gateway_url=_url_or_none(environment, "EVENT_GATEWAY_URL").rstrip("/"),
            report_queue_url=_url(environment, "REPORT_QUEUE_URL"),
            undelivered_queue_url=_url(environment, "UNDELIVERED_QUEUE_URL"),
            service=_text(environment, "POWERTOOLS_SERVICE_NAME"),
            metrics_namespace=_text(environment, "POWERTOOLS_METRICS_NAMESPACE"),
        )


@dataclass(frozen=True)
class RegistrySettings:
    """What template.yaml tells the function that writes the registry.

    `existing_channel_names`, `existing_thing_names`: patterns of what cameras may take over.
    """

    region: str
    account_id: str
    stack_name: str
    registry_table: str
    activity_table: str
    channel_name_prefix: str
    existing_channel_names: tuple[str, ...]
    existing_thing_names: tuple[str, ...]
    service: str
    metrics_namespace: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "RegistrySettings":
        """Raises: SettingsError if a variable is missing or has no sense."""
        return cls(
            region=_text(environment, "AWS_REGION"),
            account_id=_text(environment, "ACCOUNT_ID"),
            stack_name=_text(environment, "STACK_NAME"),
            registry_table=_text(environment, "REGISTRY_TABLE"),
            activity_table=_text(environment, "ACTIVITY_TABLE"),
            channel_name_prefix=_text(environment, "CHANNEL_NAME_PREFIX"),
            existing_channel_names=tuple(sorted(_set(environment.get("EXISTING_CHANNEL_NAMES", "")))),
            existing_thing_names=tuple(sorted(_set(environment.get("EXISTING_THING_NAMES", "")))),
            service=_text(environment, "POWERTOOLS_SERVICE_NAME"),
            metrics_namespace=_text(environment, "POWERTOOLS_METRICS_NAMESPACE"),
        )


@dataclass(frozen=True)
class Settings:
    """What template.yaml tells the function that answers directives.

    `account_server`: whose access tokens count. `local_signaling_hosts`: loopback hosts that may be signaling endpoints
    beside AWS's; only the local world has any. `response_budget_seconds`: the time for a reply.
    """

    region: str
    registry_table: str
    activity_table: str
    account_server: OidcSettings | LoginWithAmazonSettings
    grants: GrantSettings
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
            account_server=_account_server(environment),
            grants=GrantSettings.from_environment(environment),
            local_signaling_hosts=_loopback_hosts(environment, "LOCAL_SIGNALING_HOSTS"),
            response_budget_seconds=_seconds(environment, "RESPONSE_BUDGET_SECONDS"),
            service=_text(environment, "POWERTOOLS_SERVICE_NAME"),
            metrics_namespace=_text(environment, "POWERTOOLS_METRICS_NAMESPACE"),
        )


def _account_server(environment: Mapping[str, str]) -> OidcSettings | LoginWithAmazonSettings:
    kind = _text(environment, "ACCOUNT_SERVER")
    if kind == "oidc":
        return _oidc(environment)
    if kind == "login-with-amazon":
        url = _url(environment, "LOGIN_WITH_AMAZON_URL").rstrip("/")
        return LoginWithAmazonSettings(url, _ids(environment, "TOKEN_CLIENT_IDS"))
    raise SettingsError(f"environment variable ACCOUNT_SERVER is {kind!r}, neither oidc nor login-with-amazon")


def _oidc(environment: Mapping[str, str]) -> OidcSettings:
    scope, use = (environment.get(name, "").strip() for name in ("TOKEN_SCOPE", "TOKEN_USE"))
    if not scope and not use:
        raise SettingsError(
            "environment variable TOKEN_SCOPE is not set: without it, an ID token would pass for an access token"
        )
    if len(scope.split()) > 1:
        raise SettingsError(f"environment variable TOKEN_SCOPE is {scope!r}: only one scope can be required")
    return OidcSettings(
        issuer=_url(environment, "TOKEN_ISSUER"),
        jwks_url=_url_or_none(environment, "TOKEN_JWKS_URL"),
        client_ids=_ids(environment, "TOKEN_CLIENT_IDS"),
        scope=scope,
        token_use=use,
    )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise SettingsError(f"environment variable {name} is not set: template.yaml sets it")
    return value


def _ids(environment: Mapping[str, str], name: str) -> frozenset[str]:
    ids = _set(_text(environment, name))
    if not ids:
        raise SettingsError(f"environment variable {name} names nobody: no token would count")
    return ids


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
    if is_safe_url(value):
        return value
    raise SettingsError(f"environment variable {name} is {value!r}: only https, or http on loopback, is safe")


def _url_or_none(environment: Mapping[str, str], name: str) -> str:
    """The same, or an empty text where none is set."""
    return _url(environment, name) if environment.get(name, "").strip() else ""
