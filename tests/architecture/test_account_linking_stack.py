import re

import pytest

from tests.support.cloudformation import account_linking_stack


def test_customers_survive_mistakes_and_deletion_of_the_stack() -> None:
    pool = account_linking_stack().resources["UserPool"]
    assert pool["DeletionPolicy"] == pool["UpdateReplacePolicy"] == "Retain"
    assert pool["Properties"]["DeletionProtection"] == "ACTIVE"


def test_nobody_signs_up_unasked() -> None:
    pool = account_linking_stack().properties("UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}


def test_alexa_gets_a_secret_and_tokens_that_last_as_long_as_the_link() -> None:
    client = account_linking_stack().properties("AlexaClient")
    assert client["GenerateSecret"] is True
    assert (client["RefreshTokenValidity"], client["AccessTokenValidity"]) == (3650, 60)
    assert client["TokenValidityUnits"] == {"RefreshToken": "days", "AccessToken": "minutes", "IdToken": "minutes"}


def test_alexa_is_led_back_to_each_of_its_three_regions_when_the_vendor_id_is_known() -> None:
    client = account_linking_stack(AlexaVendorId="M2EXAMPLE").properties("AlexaClient")
    assert client["CallbackURLs"] == [
        "https://pitangui.amazon.com/api/skill/link/M2EXAMPLE",
        "https://layla.amazon.com/api/skill/link/M2EXAMPLE",
        "https://alexa.amazon.co.jp/api/skill/link/M2EXAMPLE",
    ]


def test_codes_lead_nowhere_when_the_vendor_id_is_not_known() -> None:
    (url,) = account_linking_stack().properties("AlexaClient")["CallbackURLs"]
    assert url.endswith(".invalid/")


def test_operator_has_no_client_unless_asked_for() -> None:
    off, on = account_linking_stack(), account_linking_stack(OperatorClient="on")
    assert "OperatorAppClient" not in off.resources
    assert "OperatorClientId" not in off.outputs
    assert off.outputs["TokenClientIds"] == "${AlexaClient}"
    assert on.outputs["TokenClientIds"] == "${AlexaClient},${OperatorAppClient}"


def test_operator_signs_in_without_a_secret_and_only_on_this_machine() -> None:
    client = account_linking_stack(OperatorClient="on").properties("OperatorAppClient")
    assert client["GenerateSecret"] is False
    assert all(re.fullmatch(r"http://localhost:\d+/callback", url) for url in client["CallbackURLs"])


@pytest.mark.parametrize("name", ["AlexaClient", "OperatorAppClient"])
def test_tokens_come_by_the_code_flow_alone_can_be_revoked_and_reach_nothing_but_cameras(name: str) -> None:
    template = account_linking_stack(OperatorClient="on")
    client, scopes = template.properties(name), template.properties("CameraSkillScopes")
    assert client["AllowedOAuthFlowsUserPoolClient"] is True
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert client["EnableTokenRevocation"] is True
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["AllowedOAuthScopes"] == [f"{scopes['Identifier']}/{one['ScopeName']}" for one in scopes["Scopes"]]


def test_clients_are_made_after_their_scope() -> None:
    resources = account_linking_stack(OperatorClient="on").resources
    assert {resources[name]["DependsOn"] for name in ("AlexaClient", "OperatorAppClient")} == {"CameraSkillScopes"}
