import re

import pytest

from tests.support.cloudformation import Template, account_linking_stack, camera_events_stack, data_stack


@pytest.mark.parametrize("operator_client", ["on", "off"])
def test_stack_uses_only_outputs_that_its_nested_stacks_have(operator_client: str) -> None:
    template = Template("template.yaml", OperatorClient=operator_client)
    linking = account_linking_stack(OperatorClient=operator_client)
    there = {f"Data.Outputs.{name}" for name in data_stack().outputs}
    there |= {f"AccountLinking.Outputs.{name}" for name in linking.outputs}
    there |= {f"CameraEvents.Outputs.{name}" for name in camera_events_stack().outputs}
    used = set(re.findall(r"\$\{(\w+\.Outputs\.\w+)\}", repr((template.resources, template.outputs))))
    assert used == there


@pytest.mark.parametrize("name", ["Data", "AccountLinking", "CameraEvents"])
def test_nested_stack_gets_the_parameters_that_it_has(name: str) -> None:
    nested = Template("template.yaml").properties(name)
    given = nested.get("Parameters", {})
    assert Template(nested["TemplateURL"], **given).parameters == given


def test_hosted_login_has_a_name_of_its_own_unless_one_is_given() -> None:
    unnamed, named = Template("template.yaml"), Template("template.yaml", HostedLoginDomainPrefix="acme")
    prefixes = [one.properties("AccountLinking")["Parameters"]["HostedLoginDomainPrefix"] for one in (unnamed, named)]
    assert prefixes == ["camera-skill-0-1-2-3-4", "acme"]


def test_outputs_are_what_the_command_and_the_skill_need() -> None:
    expected = {
        "SmartHomeFunctionAliasArn",
        "SmartHomeFunctionName",
        "RegistryTableName",
        "ActivityTableName",
        "AccountServer",
        "TokenIssuer",
        "TokenClientIds",
        "TokenScope",
        "UserPoolId",
        "HostedLoginUrl",
        "AlexaClientId",
        "AlexaClientSecretHint",
        "ChannelNamePrefix",
        "CameraEventsFunctionName",
        "CameraChangesFunctionName",
        "RegistryFunctionName",
        "OperatorPolicyArn",
        "CameraEventsQueueUrl",
        "PresenceQueueUrl",
        "ReportQueueUrl",
        "UndeliveredQueueUrl",
        "AlexaClientSecretArn",
        "CameraPolicyName",
    }
    assert Template("template.yaml").outputs.keys() == expected
    assert Template("template.yaml", OperatorClient="on").outputs.keys() == expected | {"OperatorClientId"}
    of_pool = {"UserPoolId", "HostedLoginUrl", "AlexaClientId", "AlexaClientSecretHint"}
    oidc = Template("template.yaml", AccountServer="oidc", OperatorClient="on")
    assert oidc.outputs.keys() == expected - of_pool
    amazon = Template("template.yaml", AccountServer="login-with-amazon", OperatorClient="on")
    assert amazon.outputs.keys() == expected - of_pool - {"TokenIssuer", "TokenScope"}
