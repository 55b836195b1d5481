import pytest

from camera_skill.settings import Settings, SettingsError
from tests.support.function import environment

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example"
ADDRESSES = {"TOKEN_ISSUER": ISSUER, "TOKEN_JWKS_URL": f"{ISSUER}/.well-known/jwks.json"}


def test_everything_is_read_when_the_template_set_it() -> None:
    settings = Settings.from_environment(environment(**ADDRESSES, TOKEN_CLIENT_IDS="a, b,"))
    assert settings.token_client_ids == {"a", "b"}
    assert settings.local_signaling_hosts == {"127.0.0.1"}
    assert settings.response_budget_seconds == 5.0


@pytest.mark.parametrize("name", ["REGISTRY_TABLE", "TOKEN_ISSUER", "AWS_REGION", "RESPONSE_BUDGET_SECONDS"])
def test_the_variable_is_named_when_it_is_missing(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment(environment(**{**ADDRESSES, name: " "}))


@pytest.mark.parametrize("seconds", ["soon", "0", "7", "nan"])
def test_a_budget_is_refused_when_alexa_would_not_wait_for_it(seconds: str) -> None:
    with pytest.raises(SettingsError, match="RESPONSE_BUDGET_SECONDS"):
        Settings.from_environment(environment(**ADDRESSES, RESPONSE_BUDGET_SECONDS=seconds))


@pytest.mark.parametrize("url", ["http://issuer.example", "file:///etc/passwd", "issuer.example"])
def test_an_address_is_refused_when_it_is_neither_https_nor_loopback(url: str) -> None:
    with pytest.raises(SettingsError, match="TOKEN_JWKS_URL"):
        Settings.from_environment(environment(TOKEN_ISSUER=ISSUER, TOKEN_JWKS_URL=url))


def test_a_signaling_host_is_refused_when_it_is_not_on_loopback() -> None:
    with pytest.raises(SettingsError, match="LOCAL_SIGNALING_HOSTS"):
        Settings.from_environment(environment(**ADDRESSES, LOCAL_SIGNALING_HOSTS="signaling.example"))
