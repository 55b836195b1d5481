import re

import pytest

from tests.support.cloudformation import Template


def test_every_parameter_has_a_default_that_it_accepts() -> None:
    for name, parameter in Template("template.yaml").body["Parameters"].items():
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), parameter["Default"]), name
        assert parameter["Default"] in parameter.get("AllowedValues", [parameter["Default"]]), name
        assert "AllowedValues" in parameter or "ConstraintDescription" in parameter, name
        assert parameter["Description"], name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SkillId", "amzn1.ask.skill.12345678-1234-1234-1234-123456789012"),
        ("AlexaVendorId", "M2ABCDEFGHIJKL"),
        ("ChannelNamePrefix", "acme_Cameras-"),
        ("ExistingChannelNames", ""),
        ("ExistingChannelNames", "SN-0001"),
        ("ExistingChannelNames", "acme.*,SN????????,do*r,gate"),
        ("ExistingThingNames", "acme:door_*,SN*"),
        ("HostedLoginDomainPrefix", "acme-cameras"),
        ("ResponseBudgetSeconds", "5.0"),
        ("ResponseBudgetSeconds", "4"),
        ("LocalJwksUrl", "http://localhost:4566"),
        ("TokenIssuer", "https://accounts.example.com/realms/customers"),
        ("TokenIssuer", "https://tenant.eu.auth0.com/"),
        ("TokenIssuer", "http://127.0.0.1:4566/pool"),
        ("TokenJwksUrl", "https://keys.example.com/keys?appid=1"),
        ("TokenJwksUrl", "http://localhost"),
        ("TokenClientIds", "amzn1.application-oa2-client.0123456789abcdef0123456789abcdef"),
        ("TokenClientIds", "alexa,https://api.example.com/cameras"),
        ("TokenScope", "https://api.example.com/cameras"),
        ("LocalLoginWithAmazonUrl", "http://127.0.0.1:4004"),
        ("LocalKinesisVideoEndpointUrl", "http://127.0.0.1:4001"),
        ("LocalEventGatewayUrl", "http://127.0.0.1:4005"),
        ("LocalSignalingHost", "127.0.0.1"),
        ("PresenceGraceSeconds", "0"),
        ("PresenceGraceSeconds", "900"),
    ],
)
def test_parameter_accepts_what_makes_sense(name: str, value: str) -> None:
    assert re.fullmatch(Template("template.yaml").body["Parameters"][name]["AllowedPattern"], value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SkillId", "12345678-1234-1234-1234-123456789012"),
        ("AlexaVendorId", "https://pitangui.amazon.com/api/skill/link/M2ABCDEFGHIJKL"),
        ("ChannelNamePrefix", ""),
        ("ChannelNamePrefix", "*"),
        ("ChannelNamePrefix", "cameras/"),
        ("ExistingChannelNames", "*"),
        ("ExistingChannelNames", "a*"),
        ("ExistingChannelNames", "acme-*,"),
        ("ExistingChannelNames", "acme-*, beta-*"),
        ("ExistingChannelNames", "acme/*"),
        ("ExistingChannelNames", "a1*,b1*,c1*,d1*,e1*"),
        ("ExistingThingNames", "?*"),
        ("ExistingThingNames", "acme.*"),
        ("HostedLoginDomainPrefix", "Acme"),
        ("HostedLoginDomainPrefix", "acme-"),
        ("ResponseBudgetSeconds", "5.6"),
        ("ResponseBudgetSeconds", "6"),
        ("ResponseBudgetSeconds", "0.5"),
        ("ResponseBudgetSeconds", "five"),
        ("TokenIssuer", "http://accounts.example.com"),
        ("TokenIssuer", "http://127.0.0.1.example.com"),
        ("TokenIssuer", "accounts.example.com"),
        ("TokenIssuer", "https://accounts.example.com?realm=customers"),
        ("TokenIssuer", "https://"),
        ("TokenJwksUrl", "http://keys.example.com/keys"),
        ("TokenClientIds", "alexa, operator"),
        ("TokenClientIds", "alexa,"),
        ("TokenScope", "cameras doors"),
        ("TokenScope", 'camera"s'),
        ("LocalLoginWithAmazonUrl", "https://api.amazon.com"),
        ("PresenceGraceSeconds", "901"),
        ("PresenceGraceSeconds", "1.5"),
        ("LocalEventGatewayUrl", "https://api.amazonalexa.com"),
        ("LocalEventGatewayUrl", "http://127.0.0.1:4005/v3/events"),
        ("LocalKinesisVideoEndpointUrl", "http://192.0.2.1:4001"),
        ("LocalKinesisVideoEndpointUrl", "http://127.0.0.1.example.com"),
        ("LocalJwksUrl", "https://example.com"),
        ("LocalJwksUrl", "http://127.0.0.1:4002/"),
        ("LocalSignalingHost", "kinesisvideo.example.com"),
        ("LocalSignalingHost", "127.0.0.1:4003"),
    ],
)
def test_parameter_refuses_what_makes_no_sense(name: str, value: str) -> None:
    assert not re.fullmatch(Template("template.yaml").body["Parameters"][name]["AllowedPattern"], value)


def test_nothing_is_local_unless_asked_for() -> None:
    parameters = Template("template.yaml").parameters
    assert {value for name, value in parameters.items() if name.startswith("Local")} == {""}


def test_every_parameter_is_asked_for_in_a_group() -> None:
    body = Template("template.yaml").body
    groups = body["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert {name for group in groups for name in group["Parameters"]} == body["Parameters"].keys()


CONFIGURED = {"TokenIssuer": "https://accounts.example.com", "TokenClientIds": "alexa", "TokenScope": "cameras"}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"AccountServer": "oidc", **CONFIGURED},
        {"AccountServer": "oidc", **CONFIGURED, "TokenJwksUrl": "https://keys.example.com"},
        {"AccountServer": "login-with-amazon", "TokenClientIds": "alexa"},
    ],
)
def test_stack_is_made_when_its_account_server_is_configured(parameters: dict[str, str]) -> None:
    assert list(Template("template.yaml", **parameters).broken_rules()) == []


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"AccountServer": "oidc", **CONFIGURED, "TokenIssuer": ""}, "needs TokenIssuer"),
        ({"AccountServer": "oidc", **CONFIGURED, "TokenClientIds": ""}, "needs TokenClientIds"),
        ({"AccountServer": "oidc", **CONFIGURED, "TokenScope": ""}, "needs TokenScope"),
        ({"AccountServer": "login-with-amazon"}, "needs TokenClientIds"),
        ({"TokenClientIds": "alexa"}, "give AccountServer, too"),
        ({"TokenIssuer": "https://accounts.example.com"}, "give AccountServer, too"),
    ],
)
def test_stack_is_refused_with_the_reason_when_its_account_server_is_not_configured(
    parameters: dict[str, str], said: str
) -> None:
    (broken,) = Template("template.yaml", **parameters).broken_rules()
    assert said in broken


def test_what_an_audience_is_good_for_is_said_where_it_is_asked_for() -> None:
    said = Template("template.yaml").body["Parameters"]["TokenClientIds"]["Description"]
    assert "counts only for tokens that have no client_id" in said
