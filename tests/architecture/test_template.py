import ast
import re
from typing import Any

import pytest

from tests.support.cloudformation import Template, data_stack, references
from tests.support.project import ROOT

SKILL_ID = "amzn1.ask.skill.12345678-1234-1234-1234-123456789012"
LOCAL = {
    "LocalKinesisVideoEndpointUrl": "http://127.0.0.1:4001",
    "LocalJwksUrl": "http://127.0.0.1:4002",
    "LocalLoginWithAmazonUrl": "http://127.0.0.1:4003",
    "LocalEventGatewayUrl": "http://127.0.0.1:4004",
    "LocalSignalingHost": "127.0.0.1",
}


def environment(template: Template) -> dict[str, str]:
    variables: dict[str, str] = template.properties("SmartHomeFunction")["Environment"]["Variables"]
    return variables


FUNCTIONS = ["SmartHomeFunction", "CameraEventsFunction", "CameraChangesFunction", "RegistryFunction"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_handler_is_a_function_of_the_package(function: str) -> None:
    module, handler = Template("template.yaml").properties(function)["Handler"].rsplit(".", 1)
    tree = ast.parse((ROOT / "lambda" / module.replace(".", "/")).with_suffix(".py").read_text())
    assert handler in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_environment_is_complete_and_points_to_aws_when_nothing_is_local() -> None:
    assert environment(Template("template.yaml")) == {
        "REGISTRY_TABLE": "${Data.Outputs.RegistryTableName}",
        "ACTIVITY_TABLE": "${Data.Outputs.ActivityTableName}",
        "ACCOUNT_SERVER": "oidc",
        "TOKEN_ISSUER": "${AccountLinking.Outputs.TokenIssuer}",
        "TOKEN_JWKS_URL": "${AccountLinking.Outputs.TokenIssuer}/.well-known/jwks.json",
        "TOKEN_CLIENT_IDS": "${AccountLinking.Outputs.TokenClientIds}",
        "TOKEN_SCOPE": "${AccountLinking.Outputs.TokenScope}",
        "TOKEN_USE": "access",
        "LOGIN_WITH_AMAZON_URL": "https://api.amazon.com",
        "GRANT_KEY_ARN": "${Data.Outputs.GrantKeyArn}",
        "ALEXA_CLIENT_SECRET_ARN": "${Data.Outputs.AlexaClientSecretArn}",
        "LOCAL_SIGNALING_HOSTS": "",
        "RESPONSE_BUDGET_SECONDS": "5.0",
        "POWERTOOLS_SERVICE_NAME": "camera-skill",
        "POWERTOOLS_METRICS_NAMESPACE": "CameraSkill",
    }


@pytest.mark.parametrize(
    ("parameter", "variable", "value"),
    [
        ("LocalKinesisVideoEndpointUrl", "AWS_ENDPOINT_URL_KINESIS_VIDEO", "http://127.0.0.1:4001"),
        (
            "LocalJwksUrl",
            "TOKEN_JWKS_URL",
            "http://127.0.0.1:4002/${AccountLinking.Outputs.UserPoolId}/.well-known/jwks.json",
        ),
        ("LocalLoginWithAmazonUrl", "LOGIN_WITH_AMAZON_URL", "http://127.0.0.1:4003"),
        ("LocalSignalingHost", "LOCAL_SIGNALING_HOSTS", "127.0.0.1"),
    ],
)
def test_variable_points_to_this_machine_when_its_parameter_does(
    parameter: str,
    variable: str,
    value: str,
) -> None:
    on_aws = environment(Template("template.yaml"))
    assert environment(Template("template.yaml", **{parameter: LOCAL[parameter]})) == {**on_aws, variable: value}


def test_lambda_ends_no_invocation_before_the_longest_budget_does() -> None:
    template = Template("template.yaml")
    pattern = template.body["Parameters"]["ResponseBudgetSeconds"]["AllowedPattern"]
    longest = max(tenths / 10 for tenths in range(200) if re.fullmatch(pattern, str(tenths / 10)))
    timeout = template.properties("SmartHomeFunction")["Timeout"]
    assert timeout == 8
    assert longest < timeout - 0.5  # what the budget leaves of the function's time for its reply


OTHER = {
    "SkillId": SKILL_ID,
    "AlexaVendorId": "M2EXAMPLE",
    "ChannelNamePrefix": "other-",
    "ExistingChannelNames": "SN*",
    "ExistingThingNames": "door-*",
    "PresenceGraceSeconds": "20",
    "AccountServer": "login-with-amazon",
    "TokenIssuer": "https://accounts.example.com",
    "TokenClientIds": "other",
    "TokenScope": "other",
    "HostedLoginDomainPrefix": "other",
    "OperatorClient": "on",
    "ResponseBudgetSeconds": "4.0",
    "PythonRuntime": "python3.12",
    "Architecture": "x86_64",
}
SERVERS = ["cognito", "oidc", "login-with-amazon"]


@pytest.mark.parametrize("account_server", SERVERS)
@pytest.mark.parametrize("parameter", OTHER)
def test_version_is_published_if_and_only_if_a_parameter_configures_the_function(
    parameter: str, account_server: str
) -> None:
    def function(**parameters: str) -> tuple[str, dict[str, Any]]:
        template = Template("template.yaml", **{"AccountServer": account_server, **parameters})
        properties = dict(template.properties("SmartHomeFunction"))
        return properties.pop("VersionDescription"), properties

    (description, properties), (described, configured) = function(), function(**{parameter: OTHER[parameter]})
    assert (description != described) == (properties != configured)


def test_what_no_version_is_published_for_is_said_where_it_is_asked_for() -> None:
    body = Template("template.yaml").body
    groups = body["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    (local,) = (group for group in groups if "no version is published for them" in group["Label"]["default"])
    assert {*local["Parameters"]} == {*LOCAL}
    said = {name for name, one in body["Parameters"].items() if "publishes no version" in one["Description"]}
    assert body["Parameters"].keys() - OTHER.keys() == said | {*LOCAL}


GENERATIONS = {"data1": {"Registry": ["pk", "sk"], "Activity": ["pk", "sk", "pk", "started_at"]}}
"""The tables' keys by what a version's description says of them: with other keys, they are other tables."""


def test_version_is_published_when_the_tables_are_other_ones() -> None:
    properties = {name: data_stack().properties(name) for name in ("Registry", "Activity")}
    indexes = "LocalSecondaryIndexes"
    tables = {
        name: [key["AttributeName"] for one in (table, *table.get(indexes, [])) for key in one["KeySchema"]]
        for name, table in properties.items()
    }
    (said,) = (word for word in description_of().split() if word.startswith("data"))
    assert GENERATIONS[said] == tables


def test_version_is_published_when_the_operators_client_is_switched() -> None:
    template = Template("template.yaml")
    function = template.body["Resources"]["SmartHomeFunction"]["Properties"]
    named = set(references(function["VersionDescription"]))
    assert "AccountLinking.Outputs.TokenClientIds" in named
    assert function["AutoPublishAlias"] == "live"
    assert function["AutoPublishAliasAllProperties"] is True


def description_of(**parameters: str) -> str:
    text: str = Template("template.yaml", **parameters).properties("SmartHomeFunction")["VersionDescription"]
    return text


GUID = "01234567-89ab-cdef-0123-456789abcdef"
TWO_IDS = f"{GUID},{GUID}"
ACCOUNT_SERVERS = {
    "Entra": {
        "AccountServer": "oidc",
        "TokenIssuer": f"https://login.microsoftonline.com/{GUID}/v2.0",
        "TokenClientIds": TWO_IDS,
        "TokenScope": "access_as_camera_owner",
    },
    "Entra External ID": {
        "AccountServer": "oidc",
        "TokenIssuer": f"https://{GUID}.ciamlogin.com/{GUID}/v2.0",
        "TokenJwksUrl": f"https://{GUID}.ciamlogin.com/{GUID}/discovery/v2.0/keys",
        "TokenClientIds": TWO_IDS,
        "TokenScope": "access_as_camera_owner",
    },
    "Cognito of one's own": {
        "AccountServer": "oidc",
        "TokenIssuer": "https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_Abcdefghi",
        "TokenClientIds": f"{'x' * 26},{'x' * 26}",
        "TokenScope": "https://api.example.com/cameras",
    },
    "Keycloak behind a proxy": {
        "AccountServer": "oidc",
        "TokenIssuer": "https://accounts.example.com/realms/customers",
        "TokenJwksUrl": "https://keys.internal.example.com/realms/customers/protocol/openid-connect/certs",
        "TokenClientIds": "alexa",
        "TokenScope": "cameras",
    },
    "Login with Amazon": {
        "AccountServer": "login-with-amazon",
        "TokenClientIds": "amzn1.application-oa2-client." + "0" * 32,
    },
}


@pytest.mark.parametrize("name", ACCOUNT_SERVERS)
def test_parameters_hold_any_account_server_that_there_is(name: str) -> None:
    declared = Template("template.yaml").body["Parameters"]
    for parameter, value in ACCOUNT_SERVERS[name].items():
        assert len(value) <= declared[parameter].get("MaxLength", 256), parameter


@pytest.mark.parametrize("account_server", SERVERS)
def test_version_description_fits_when_every_parameter_is_as_long_as_it_may_be(account_server: str) -> None:
    template = Template("template.yaml")
    declared = template.body["Parameters"]
    longest = {name: "x" * one["MaxLength"] for name, one in declared.items() if "MaxLength" in one}
    longest |= {name: max(one["AllowedValues"], key=len) for name, one in declared.items() if "AllowedValues" in one}
    named = references(template.body["Resources"]["SmartHomeFunction"]["Properties"]["VersionDescription"])
    assert declared.keys() & set(named) <= longest.keys()
    description = description_of(**{**longest, "AccountServer": account_server})
    assert len(description.replace("${AccountLinking.Outputs.TokenClientIds}", TWO_IDS)) <= 256


def test_function_asks_the_issuer_of_ones_own_and_there_is_no_user_pool() -> None:
    template = Template("template.yaml", **ACCOUNT_SERVERS["Entra"])
    issuer = f"https://login.microsoftonline.com/{GUID}/v2.0"
    expected = {
        "ACCOUNT_SERVER": "oidc",
        "TOKEN_ISSUER": issuer,
        "TOKEN_JWKS_URL": "",
        "TOKEN_CLIENT_IDS": TWO_IDS,
        "TOKEN_SCOPE": "access_as_camera_owner",
        "TOKEN_USE": "",
    }
    assert {name: value for name, value in environment(template).items() if name in expected} == expected
    assert "AccountLinking" not in template.resources
    assert template.outputs["TokenIssuer"] == issuer


def test_function_asks_login_with_amazon_and_there_is_no_user_pool() -> None:
    template = Template("template.yaml", AccountServer="login-with-amazon", TokenClientIds="amzn1.client")
    variables = environment(template)
    assert variables["ACCOUNT_SERVER"] == "login-with-amazon"
    assert variables["LOGIN_WITH_AMAZON_URL"] == "https://api.amazon.com"
    assert variables["TOKEN_CLIENT_IDS"] == "amzn1.client"
    assert "AccountLinking" not in template.resources


@pytest.mark.parametrize("function", FUNCTIONS)
def test_logs_are_json_and_do_not_pile_up(function: str) -> None:
    template, group = Template("template.yaml"), function.replace("Function", "LogGroup")
    assert template.properties(function)["LoggingConfig"] == {"LogGroup": f"${{{group}}}", "LogFormat": "JSON"}
    days = 400 if function == "RegistryFunction" else 30  # an audit looks back a year
    assert template.properties(group)["RetentionInDays"] == days


def test_audit_log_outlives_the_stack_and_is_not_in_the_way_of_the_next_one() -> None:
    group = Template("template.yaml").resources["RegistryLogGroup"]
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert group["Properties"]["LogGroupName"] == "/aws/lambda/camera-skill-registry-0-1-2-3-4"


@pytest.mark.parametrize(
    ("names", "expression"),
    [
        ("", "^front-"),
        ("door-*", "^(front-.*|door-.*)$"),
        ("SN????,acme:*:cam,gate", "^(front-.*|SN....|acme:.*:cam|gate)$"),
    ],
)
def test_rules_take_the_things_of_the_stack_and_those_that_are_named(names: str, expression: str) -> None:
    template = Template("template.yaml", ChannelNamePrefix="front-", ExistingThingNames=names)
    assert template.properties("CameraEvents")["Parameters"]["ThingNames"] == expression


def test_registry_function_may_take_over_what_the_parameters_name() -> None:
    named = {"ChannelNamePrefix": "front-", "ExistingChannelNames": "SN*,gate", "ExistingThingNames": "door-*"}
    variables = Template("template.yaml", **named).properties("RegistryFunction")["Environment"]["Variables"]
    assert variables["CHANNEL_NAME_PREFIX"] == "front-"
    assert variables["EXISTING_CHANNEL_NAMES"] == "SN*,gate"
    assert variables["EXISTING_THING_NAMES"] == "door-*"
    assert (variables["ACCOUNT_ID"], variables["STACK_NAME"]) == ("000000000000", "camera-skill")


def test_alexa_may_not_invoke_when_the_skill_is_not_known() -> None:
    assert "AlexaPermission" not in Template("template.yaml").resources


def test_alexa_may_invoke_the_alias_for_this_skill_alone_when_it_is_known() -> None:
    assert Template("template.yaml", SkillId=SKILL_ID).properties("AlexaPermission") == {
        "FunctionName": "${SmartHomeFunction.Alias}",
        "Action": "lambda:InvokeFunction",
        "Principal": "alexa-connectedhome.amazon.com",
        "EventSourceToken": SKILL_ID,
    }
