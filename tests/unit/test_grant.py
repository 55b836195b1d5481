"""Which gateway a grant counts at, and where its token goes."""

import pytest

from camera_skill.adapters.grants.alexa_client import ClientCredentials
from camera_skill.adapters.grants.token_server import Tokens
from camera_skill.alexa.proactive_event import with_token
from camera_skill.grant import GatewayRegion, GrantedToken


@pytest.mark.parametrize(
    ("region", "gateway"),
    [
        ("us-east-1", GatewayRegion.NORTH_AMERICA),
        ("eu-west-1", GatewayRegion.EUROPE),
        ("us-west-2", GatewayRegion.FAR_EAST),
    ],
)
def test_a_grant_counts_at_the_gateway_of_the_functions_region(region: str, gateway: GatewayRegion) -> None:
    assert GatewayRegion.of_aws_region(region) is gateway


def test_the_scope_is_the_payloads_when_a_message_has_no_endpoint() -> None:
    message = {"event": {"header": {"name": "AddOrUpdateReport"}, "payload": {"endpoints": []}}}
    scope = {"type": "BearerToken", "token": "token-1"}
    assert with_token(message, "token-1")["event"]["payload"] == {"endpoints": [], "scope": scope}
    assert message["event"]["payload"] == {"endpoints": []}


def test_no_token_shows_when_what_holds_one_is_written() -> None:
    token = GrantedToken("customer-1", "SENTINEL", GatewayRegion.EUROPE, "1")
    held = [token, Tokens("SENTINEL", "SENTINEL", 1.0), ClientCredentials("client-1", "SENTINEL")]
    assert "SENTINEL" not in repr(held)
    assert "SENTINEL" not in f"{held[2]}"
