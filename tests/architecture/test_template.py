import ast
import re
from typing import Any

import pytest

from tests.support.cloudformation import Template, references
from tests.support.project import ROOT

SKILL_ID = "amzn1.ask.skill.12345678-1234-1234-1234-123456789012"
LOCAL = {
    "LocalKinesisVideoEndpointUrl": "http://127.0.0.1:4001",
    "LocalJwksUrl": "http://127.0.0.1:4002",
    "LocalSignalingHost": "127.0.0.1",
}


def environment(template: Template) -> dict[str, str]:
    variables: dict[str, str] = template.properties("SmartHomeFunction")["Environment"]["Variables"]
    return variables


def statements(template: Template) -> list[dict[str, Any]]:
    policies = template.properties("SmartHomeRole")["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def as_list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_handler_is_a_function_of_the_package() -> None:
    module, handler = Template("template.yaml").properties("SmartHomeFunction")["Handler"].rsplit(".", 1)
    tree = ast.parse((ROOT / "lambda" / module.replace(".", "/")).with_suffix(".py").read_text())
    assert handler in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_environment_is_complete_and_points_to_aws_when_nothing_is_local() -> None:
    assert environment(Template("template.yaml")) == {
        "REGISTRY_TABLE": "${Data.Outputs.RegistryTableName}",
        "ACTIVITY_TABLE": "${Data.Outputs.ActivityTableName}",
        "TOKEN_ISSUER": "${AccountLinking.Outputs.TokenIssuer}",
        "TOKEN_JWKS_URL": "${AccountLinking.Outputs.TokenIssuer}/.well-known/jwks.json",
        "TOKEN_CLIENT_IDS": "${AccountLinking.Outputs.TokenClientIds}",
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


def test_version_is_published_for_every_parameter_that_configures_the_function() -> None:
    template = Template("template.yaml")
    function = template.body["Resources"]["SmartHomeFunction"]["Properties"]
    named = set(references(function.pop("VersionDescription")))
    configuring = {name for name in references(function) if name in template.parameters}
    assert configuring <= named
    assert "AccountLinking.Outputs.TokenClientIds" in named
    assert function["AutoPublishAlias"] == "live"
    assert function["AutoPublishAliasAllProperties"] is True


def test_version_description_fits_when_every_parameter_is_as_long_as_it_may_be() -> None:
    template = Template("template.yaml", ChannelNamePrefix="x" * 64, ResponseBudgetSeconds="5.00", **LOCAL)
    description = template.properties("SmartHomeFunction")["VersionDescription"]
    two_ids = f"{'x' * 26},{'x' * 26}"
    assert len(description.replace("${AccountLinking.Outputs.TokenClientIds}", two_ids)) <= 256


def test_logs_are_json_and_do_not_pile_up() -> None:
    template = Template("template.yaml")
    logging = template.properties("SmartHomeFunction")["LoggingConfig"]
    assert logging == {"LogGroup": "${SmartHomeLogGroup}", "LogFormat": "JSON"}
    assert template.properties("SmartHomeLogGroup")["RetentionInDays"] == 30


def test_alexa_may_not_invoke_when_the_skill_is_not_known() -> None:
    assert "AlexaPermission" not in Template("template.yaml").resources


def test_alexa_may_invoke_the_alias_for_this_skill_alone_when_it_is_known() -> None:
    assert Template("template.yaml", SkillId=SKILL_ID).properties("AlexaPermission") == {
        "FunctionName": "${SmartHomeFunction.Alias}",
        "Action": "lambda:InvokeFunction",
        "Principal": "alexa-connectedhome.amazon.com",
        "EventSourceToken": SKILL_ID,
    }


def test_role_allows_what_the_function_does_and_no_more() -> None:
    registry, activity = "${Data.Outputs.RegistryTableArn}", "${Data.Outputs.ActivityTableArn}"
    channels = "arn:aws:kinesisvideo:*:000000000000:channel/front-*/*"
    template = Template("template.yaml", ChannelNamePrefix="front-")
    assert {
        (action, resource)
        for statement in statements(template)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    } == {
        ("dynamodb:BatchGetItem", registry),
        ("dynamodb:BatchGetItem", activity),
        ("dynamodb:Query", registry),
        ("dynamodb:UpdateItem", registry),
        ("dynamodb:UpdateItem", activity),
        ("kinesisvideo:SendAlexaOfferToMaster", channels),
        ("kinesisvideo:GetIceServerConfig", channels),
        ("kinesisvideo:GetSignalingChannelEndpoint", channels),
        ("logs:CreateLogStream", "${SmartHomeLogGroup.Arn}"),
        ("logs:PutLogEvents", "${SmartHomeLogGroup.Arn}"),
    }


def conditions(action: str) -> dict[str, Any]:
    """Under which condition the role may act so, by resource."""
    return {
        resource: statement.get("Condition")
        for statement in statements(Template("template.yaml"))
        if action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def test_role_may_write_to_items_of_cameras_alone_and_not_to_whose_they_are() -> None:
    items = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["CAMERA#*"]}}
    attributes = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "signaling_endpoint"]}}
    unread = {"StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"}}
    assert conditions("dynamodb:UpdateItem") == {
        "${Data.Outputs.RegistryTableArn}": {**items, **attributes, **unread},
        "${Data.Outputs.ActivityTableArn}": items,
    }


def test_role_may_list_what_users_have_and_not_who_has_a_camera() -> None:
    assert conditions("dynamodb:Query") == {
        "${Data.Outputs.RegistryTableArn}": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["USER#*"]}},
    }


def test_role_has_no_policy_but_its_own() -> None:
    template = Template("template.yaml")
    assert template.properties("SmartHomeFunction").keys().isdisjoint({"Policies", "Tracing"})
    assert template.properties("SmartHomeRole").keys() == {"AssumeRolePolicyDocument", "Policies"}
    assert all(statement["Effect"] == "Allow" for statement in statements(template))
    assert all("*" not in action for one in statements(template) for action in as_list(one["Action"]))


def test_role_is_for_lambda() -> None:
    (statement,) = Template("template.yaml").properties("SmartHomeRole")["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
