from typing import Any

import pytest

from camera_skill.settings import (
    GrantSettings,
    LoginWithAmazonSettings,
    OidcSettings,
    ReportSettings,
    Settings,
    SettingsError,
)
from tests.support.function import environment

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example"
ADDRESSES = {"TOKEN_ISSUER": ISSUER, "TOKEN_JWKS_URL": f"{ISSUER}/.well-known/jwks.json"}
AMAZON = {"ACCOUNT_SERVER": "login-with-amazon", "LOGIN_WITH_AMAZON_URL": "https://api.amazon.com/"}


def settings(**values: str) -> Settings:
    return Settings.from_environment(environment(**{**ADDRESSES, **values}))


def test_everything_is_read_when_the_template_set_it() -> None:
    found = settings(TOKEN_CLIENT_IDS="a, b,")
    assert found.account_server == OidcSettings(
        ISSUER, f"{ISSUER}/.well-known/jwks.json", frozenset({"a", "b"}), "camera-skill/cameras", "access"
    )
    assert found.local_signaling_hosts == {"127.0.0.1"}
    assert found.response_budget_seconds == 5.0


def test_the_address_of_the_keys_may_be_found_by_discovery_when_it_is_empty() -> None:
    account_server = settings(TOKEN_JWKS_URL="").account_server
    assert isinstance(account_server, OidcSettings)
    assert account_server.jwks_url == ""


def test_login_with_amazon_needs_nothing_of_an_issuer_when_it_is_chosen() -> None:
    found = settings(**AMAZON, TOKEN_ISSUER="", TOKEN_JWKS_URL="", TOKEN_SCOPE="", TOKEN_USE="")
    assert found.account_server == LoginWithAmazonSettings(
        "https://api.amazon.com", frozenset({"example-alexa-client"})
    )


QUEUES = {
    "REPORT_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/reports",
    "UNDELIVERED_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/undelivered",
}


def report_settings(**values: str) -> ReportSettings:
    return ReportSettings.from_environment(environment(**{**QUEUES, **values}))


def test_grants_are_the_same_for_whoever_takes_and_whoever_uses_them() -> None:
    found = report_settings(LOGIN_WITH_AMAZON_URL="https://api.amazon.com/")
    key, secret = (environment()[name] for name in ("GRANT_KEY_ARN", "ALEXA_CLIENT_SECRET_ARN"))
    assert found.grants == GrantSettings(key, secret, "https://api.amazon.com")
    assert settings(LOGIN_WITH_AMAZON_URL="https://api.amazon.com/").grants == found.grants
    assert (found.report_queue_url, found.undelivered_queue_url) == tuple(QUEUES.values())


def test_the_gateway_is_amazons_when_none_is_set() -> None:
    assert report_settings().event_gateway_url == ""
    assert report_settings(EVENT_GATEWAY_URL="http://127.0.0.1:4004/").event_gateway_url == "http://127.0.0.1:4004"


@pytest.mark.parametrize("name", [*QUEUES, "GRANT_KEY_ARN", "ALEXA_CLIENT_SECRET_ARN", "LOGIN_WITH_AMAZON_URL"])
def test_the_variable_is_named_when_a_function_that_reports_misses_it(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        report_settings(**{name: " "})


@pytest.mark.parametrize("name", [*QUEUES, "EVENT_GATEWAY_URL", "LOGIN_WITH_AMAZON_URL"])
def test_no_token_and_no_report_leaves_when_an_address_is_not_safe(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        report_settings(**{name: "http://gateway.example"})


REFUSED: dict[str, dict[str, Any]] = {
    "ACCOUNT_SERVER": {"ACCOUNT_SERVER": "cognito"},
    "TOKEN_CLIENT_IDS": {"TOKEN_CLIENT_IDS": ","},
    "would pass for an access token": {"TOKEN_SCOPE": "", "TOKEN_USE": ""},
    "only one scope": {"TOKEN_SCOPE": "cameras doors"},
    "LOGIN_WITH_AMAZON_URL": {**AMAZON, "LOGIN_WITH_AMAZON_URL": "http://api.amazon.com"},
    "LOGIN_WITH_AMAZON_URL is not set": {**AMAZON, "LOGIN_WITH_AMAZON_URL": ""},
    "LOCAL_SIGNALING_HOSTS": {"LOCAL_SIGNALING_HOSTS": "signaling.example"},
}


@pytest.mark.parametrize("reason", REFUSED)
def test_the_function_does_not_load_when_a_setting_makes_no_sense(reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        settings(**REFUSED[reason])


@pytest.mark.parametrize(
    "name",
    [
        *("REGISTRY_TABLE", "AWS_REGION", "RESPONSE_BUDGET_SECONDS"),
        *("ACCOUNT_SERVER", "TOKEN_ISSUER", "TOKEN_CLIENT_IDS"),
    ],
)
def test_the_variable_is_named_when_it_is_missing(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings(**{name: " "})


@pytest.mark.parametrize("seconds", ["soon", "0", "7", "nan"])
def test_a_budget_is_refused_when_alexa_would_not_wait_for_it(seconds: str) -> None:
    with pytest.raises(SettingsError, match="RESPONSE_BUDGET_SECONDS"):
        settings(RESPONSE_BUDGET_SECONDS=seconds)


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("url", ["http://issuer.example", "file:///etc/passwd", "issuer.example"])
def test_an_address_is_refused_when_it_is_neither_https_nor_loopback(name: str, url: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings(**{name: url})


@pytest.mark.parametrize(("scope", "use"), [("cameras", ""), ("", "access"), ("cameras", "access")])
def test_a_scope_or_a_use_is_enough_to_tell_an_access_token(scope: str, use: str) -> None:
    server = settings(TOKEN_SCOPE=scope, TOKEN_USE=use).account_server
    assert isinstance(server, OidcSettings)
    assert (server.scope, server.token_use) == (scope, use)
