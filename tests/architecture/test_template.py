import ast
import re
from typing import Any

import pytest

from tests.support.cloudformation import ROOT, Template, references

SKILL_ID = "amzn1.ask.skill.12345678-1234-1234-1234-123456789012"
LOCAL = {
    "LocalKinesisVideoEndpointUrl": "http://127.0.0.1:4001",
    "LocalJwksUrl": "http://127.0.0.1:4002",
    "LocalSignalingHost": "127.0.0.1",
}


def data() -> Template:
    return Template("infrastructure/data.yaml")


def account_linking(**parameters: str) -> Template:
    return Template("infrastructure/account-linking.yaml", HostedLoginDomainPrefix="example", **parameters)


def environment(template: Template) -> dict[str, str]:
    variables: dict[str, str] = template.properties("SmartHomeFunction")["Environment"]["Variables"]
    return variables


def statements(template: Template) -> list[dict[str, Any]]:
    policies = template.properties("SmartHomeRole")["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def as_list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


class TestData:
    def test_registry_survives_mistakes_and_deletion_of_the_stack(self) -> None:
        registry = data().resources["Registry"]
        assert registry["DeletionPolicy"] == registry["UpdateReplacePolicy"] == "Retain"
        assert registry["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True

    def test_registry_has_a_stream_of_old_and_new_items(self) -> None:
        assert data().properties("Registry")["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"

    def test_activity_expires_and_has_no_stream(self) -> None:
        activity = data().properties("Activity")
        assert activity["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert "StreamSpecification" not in activity

    def test_activity_lists_sessions_by_start(self) -> None:
        (index,) = data().properties("Activity")["LocalSecondaryIndexes"]
        assert index["IndexName"] == "by_start"
        assert [key["AttributeName"] for key in index["KeySchema"]] == ["pk", "started_at"]
        assert index["Projection"] == {"ProjectionType": "ALL"}

    @pytest.mark.parametrize("name", ["Registry", "Activity"])
    def test_table_is_encrypted_on_demand_and_has_the_keys_of_the_design(self, name: str) -> None:
        table = data().properties(name)
        assert table["SSESpecification"] == {"SSEEnabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [
            ("pk", "HASH"),
            ("sk", "RANGE"),
        ]


class TestAccountLinking:
    def test_customers_survive_mistakes_and_deletion_of_the_stack(self) -> None:
        pool = account_linking().resources["UserPool"]
        assert pool["DeletionPolicy"] == pool["UpdateReplacePolicy"] == "Retain"
        assert pool["Properties"]["DeletionProtection"] == "ACTIVE"

    def test_nobody_signs_up_unasked(self) -> None:
        pool = account_linking().properties("UserPool")
        assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}

    def test_alexa_gets_a_secret_and_tokens_that_last_as_long_as_the_link(self) -> None:
        client = account_linking().properties("AlexaClient")
        assert client["GenerateSecret"] is True
        assert (client["RefreshTokenValidity"], client["AccessTokenValidity"]) == (3650, 60)
        assert client["TokenValidityUnits"] == {"RefreshToken": "days", "AccessToken": "minutes", "IdToken": "minutes"}

    def test_alexa_is_led_back_to_each_of_its_three_regions_when_the_vendor_id_is_known(self) -> None:
        client = account_linking(AlexaVendorId="M2EXAMPLE").properties("AlexaClient")
        assert client["CallbackURLs"] == [
            "https://pitangui.amazon.com/api/skill/link/M2EXAMPLE",
            "https://layla.amazon.com/api/skill/link/M2EXAMPLE",
            "https://alexa.amazon.co.jp/api/skill/link/M2EXAMPLE",
        ]

    def test_codes_lead_nowhere_when_the_vendor_id_is_not_known(self) -> None:
        (url,) = account_linking().properties("AlexaClient")["CallbackURLs"]
        assert url.endswith(".invalid/")

    def test_operator_has_no_client_unless_asked_for(self) -> None:
        off, on = account_linking(), account_linking(OperatorClient="on")
        assert "OperatorAppClient" not in off.resources
        assert "OperatorClientId" not in off.outputs
        assert off.outputs["TokenClientIds"] == "${AlexaClient}"
        assert on.outputs["TokenClientIds"] == "${AlexaClient},${OperatorAppClient}"

    def test_operator_signs_in_without_a_secret_and_only_on_this_machine(self) -> None:
        client = account_linking(OperatorClient="on").properties("OperatorAppClient")
        assert client["GenerateSecret"] is False
        assert all(re.fullmatch(r"http://localhost:\d+/callback", url) for url in client["CallbackURLs"])

    @pytest.mark.parametrize("name", ["AlexaClient", "OperatorAppClient"])
    def test_tokens_come_by_the_code_flow_alone_can_be_revoked_and_reach_nothing_but_cameras(self, name: str) -> None:
        template = account_linking(OperatorClient="on")
        client, scopes = template.properties(name), template.properties("CameraSkillScopes")
        assert client["AllowedOAuthFlowsUserPoolClient"] is True
        assert client["AllowedOAuthFlows"] == ["code"]
        assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
        assert client["EnableTokenRevocation"] is True
        assert client["PreventUserExistenceErrors"] == "ENABLED"
        assert client["AllowedOAuthScopes"] == [
            f"{scopes['Identifier']}/{one['ScopeName']}" for one in scopes["Scopes"]
        ]

    def test_clients_are_made_after_their_scope(self) -> None:
        resources = account_linking(OperatorClient="on").resources
        assert {resources[name]["DependsOn"] for name in ("AlexaClient", "OperatorAppClient")} == {"CameraSkillScopes"}


class TestFunction:
    def test_handler_is_a_function_of_the_package(self) -> None:
        module, handler = Template("template.yaml").properties("SmartHomeFunction")["Handler"].rsplit(".", 1)
        tree = ast.parse((ROOT / "lambda" / module.replace(".", "/")).with_suffix(".py").read_text())
        assert handler in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}

    def test_environment_is_complete_and_points_to_aws_when_nothing_is_local(self) -> None:
        assert environment(Template("template.yaml")) == {
            "REGISTRY_TABLE": "${Data.Outputs.RegistryTableName}",
            "ACTIVITY_TABLE": "${Data.Outputs.ActivityTableName}",
            "TOKEN_ISSUER": "${AccountLinking.Outputs.TokenIssuer}",
            "TOKEN_JWKS_URL": "${AccountLinking.Outputs.TokenIssuer}/.well-known/jwks.json",
            "TOKEN_CLIENT_IDS": "${AccountLinking.Outputs.TokenClientIds}",
            "CHANNEL_NAME_PREFIX": "camera-skill-",
            "SIGNALING_HOSTS": "",
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
            ("LocalSignalingHost", "SIGNALING_HOSTS", "127.0.0.1"),
        ],
    )
    def test_variable_points_to_this_machine_when_its_parameter_does(
        self,
        parameter: str,
        variable: str,
        value: str,
    ) -> None:
        on_aws = environment(Template("template.yaml"))
        assert environment(Template("template.yaml", **{parameter: LOCAL[parameter]})) == {**on_aws, variable: value}

    def test_lambda_ends_no_invocation_before_the_longest_budget_does(self) -> None:
        template = Template("template.yaml")
        pattern = template.body["Parameters"]["ResponseBudgetSeconds"]["AllowedPattern"]
        longest = max(tenths / 10 for tenths in range(200) if re.fullmatch(pattern, str(tenths / 10)))
        timeout = template.properties("SmartHomeFunction")["Timeout"]
        assert timeout == 8
        assert longest < timeout - 0.5  # what the budget leaves of the function's time for its reply

    def test_version_is_published_for_every_parameter_that_configures_the_function(self) -> None:
        template = Template("template.yaml")
        function = template.body["Resources"]["SmartHomeFunction"]["Properties"]
        named = set(references(function.pop("VersionDescription")))
        configuring = {name for name in references(function) if name in template.parameters}
        assert configuring <= named
        assert "AccountLinking.Outputs.TokenClientIds" in named
        assert function["AutoPublishAlias"] == "live"
        assert function["AutoPublishAliasAllProperties"] is True

    def test_version_description_fits_when_every_parameter_is_as_long_as_it_may_be(self) -> None:
        template = Template("template.yaml", ChannelNamePrefix="x" * 64, ResponseBudgetSeconds="5.50", **LOCAL)
        description = template.properties("SmartHomeFunction")["VersionDescription"]
        two_ids = f"{'x' * 26},{'x' * 26}"
        assert len(description.replace("${AccountLinking.Outputs.TokenClientIds}", two_ids)) <= 256

    def test_logs_are_json_and_do_not_pile_up(self) -> None:
        template = Template("template.yaml")
        logging = template.properties("SmartHomeFunction")["LoggingConfig"]
        assert logging == {"LogGroup": "${SmartHomeLogGroup}", "LogFormat": "JSON"}
        assert template.properties("SmartHomeLogGroup")["RetentionInDays"] == 30

    def test_alexa_may_not_invoke_when_the_skill_is_not_known(self) -> None:
        assert "AlexaPermission" not in Template("template.yaml").resources

    def test_alexa_may_invoke_the_alias_for_this_skill_alone_when_it_is_known(self) -> None:
        assert Template("template.yaml", SkillId=SKILL_ID).properties("AlexaPermission") == {
            "FunctionName": "${SmartHomeFunction.Alias}",
            "Action": "lambda:InvokeFunction",
            "Principal": "alexa-connectedhome.amazon.com",
            "EventSourceToken": SKILL_ID,
        }


class TestRole:
    def test_role_allows_what_the_function_does_and_no_more(self) -> None:
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
            ("kinesisvideo:SendAlexaOfferToMaster", channels),
            ("kinesisvideo:GetIceServerConfig", channels),
            ("logs:CreateLogStream", "${SmartHomeLogGroup.Arn}"),
            ("logs:PutLogEvents", "${SmartHomeLogGroup.Arn}"),
        }

    def test_role_has_no_policy_but_its_own(self) -> None:
        template = Template("template.yaml")
        assert template.properties("SmartHomeFunction").keys().isdisjoint({"Policies", "Tracing"})
        assert template.properties("SmartHomeRole").keys() == {"AssumeRolePolicyDocument", "Policies"}
        assert all(statement["Effect"] == "Allow" for statement in statements(template))
        assert all("*" not in action for one in statements(template) for action in as_list(one["Action"]))

    def test_role_is_for_lambda(self) -> None:
        (statement,) = Template("template.yaml").properties("SmartHomeRole")["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


class TestParameters:
    def test_every_parameter_has_a_default_that_it_accepts(self) -> None:
        for name, parameter in Template("template.yaml").body["Parameters"].items():
            assert re.fullmatch(parameter.get("AllowedPattern", ".*"), parameter["Default"]), name
            assert parameter["Default"] in parameter.get("AllowedValues", [parameter["Default"]]), name
            assert "AllowedValues" in parameter or "ConstraintDescription" in parameter, name
            assert parameter["Description"], name

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SkillId", SKILL_ID),
            ("AlexaVendorId", "M2ABCDEFGHIJKL"),
            ("ChannelNamePrefix", "acme_Cameras-"),
            ("HostedLoginDomainPrefix", "acme-cameras"),
            ("ResponseBudgetSeconds", "5.5"),
            ("ResponseBudgetSeconds", "4"),
            ("LocalJwksUrl", "http://localhost:4566"),
            *LOCAL.items(),
        ],
    )
    def test_parameter_accepts_what_makes_sense(self, name: str, value: str) -> None:
        assert re.fullmatch(Template("template.yaml").body["Parameters"][name]["AllowedPattern"], value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SkillId", "12345678-1234-1234-1234-123456789012"),
            ("AlexaVendorId", "https://pitangui.amazon.com/api/skill/link/M2ABCDEFGHIJKL"),
            ("ChannelNamePrefix", ""),
            ("ChannelNamePrefix", "*"),
            ("ChannelNamePrefix", "cameras/"),
            ("HostedLoginDomainPrefix", "Acme"),
            ("HostedLoginDomainPrefix", "acme-"),
            ("ResponseBudgetSeconds", "5.6"),
            ("ResponseBudgetSeconds", "6"),
            ("ResponseBudgetSeconds", "0.5"),
            ("ResponseBudgetSeconds", "five"),
            ("LocalKinesisVideoEndpointUrl", "http://192.0.2.1:4001"),
            ("LocalKinesisVideoEndpointUrl", "http://127.0.0.1.example.com"),
            ("LocalJwksUrl", "https://example.com"),
            ("LocalJwksUrl", "http://127.0.0.1:4002/"),
            ("LocalSignalingHost", "kinesisvideo.example.com"),
            ("LocalSignalingHost", "127.0.0.1:4003"),
        ],
    )
    def test_parameter_refuses_what_makes_no_sense(self, name: str, value: str) -> None:
        assert not re.fullmatch(Template("template.yaml").body["Parameters"][name]["AllowedPattern"], value)

    def test_nothing_is_local_unless_asked_for(self) -> None:
        parameters = Template("template.yaml").parameters
        assert {value for name, value in parameters.items() if name.startswith("Local")} == {""}

    def test_every_parameter_is_asked_for_in_a_group(self) -> None:
        body = Template("template.yaml").body
        groups = body["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        assert {name for group in groups for name in group["Parameters"]} == body["Parameters"].keys()


class TestNestedStacks:
    @pytest.mark.parametrize("operator_client", ["on", "off"])
    def test_stack_uses_only_outputs_that_its_nested_stacks_have(self, operator_client: str) -> None:
        template = Template("template.yaml", OperatorClient=operator_client, SkillId=SKILL_ID)
        linking = account_linking(OperatorClient=operator_client)
        there = {f"Data.Outputs.{name}" for name in data().outputs}
        there |= {f"AccountLinking.Outputs.{name}" for name in linking.outputs}
        used = set(re.findall(r"\$\{(\w+\.Outputs\.\w+)\}", repr((template.resources, template.outputs))))
        assert used == there

    @pytest.mark.parametrize("name", ["Data", "AccountLinking"])
    def test_nested_stack_gets_the_parameters_that_it_has(self, name: str) -> None:
        nested = Template("template.yaml").properties(name)
        given = nested.get("Parameters", {})
        assert Template(nested["TemplateURL"], **given).parameters == given

    def test_hosted_login_has_a_name_of_its_own_unless_one_is_given(self) -> None:
        unnamed, named = Template("template.yaml"), Template("template.yaml", HostedLoginDomainPrefix="acme")
        prefixes = [
            one.properties("AccountLinking")["Parameters"]["HostedLoginDomainPrefix"] for one in (unnamed, named)
        ]
        assert prefixes == ["camera-skill-0-1-2-3-4", "acme"]

    def test_outputs_are_what_the_command_and_the_skill_need(self) -> None:
        expected = {
            "SmartHomeFunctionAliasArn",
            "SmartHomeFunctionName",
            "RegistryTableName",
            "ActivityTableName",
            "UserPoolId",
            "TokenIssuer",
            "HostedLoginUrl",
            "AlexaClientId",
            "AlexaClientSecretHint",
            "ChannelNamePrefix",
        }
        assert Template("template.yaml").outputs.keys() == expected
        assert Template("template.yaml", OperatorClient="on").outputs.keys() == expected | {"OperatorClientId"}
