"""The functions' roles on Kinesis Video Streams, as the local world holds the functions to them: the template's own."""

import pytest

from simulator.credentials import PROCESS_CREDENTIALS
from simulator.world.roles import FunctionRoles
from tests.support.cloudformation import Template

CHANNEL = "arn:aws:kinesisvideo:us-east-1:000000000000:channel/%s/1700000000000"
NAMED = {"ExistingChannelNames": "SN-*,gate"}
OWN, OTHERS = ({"aws:ResourceTag/camera-skill:stack": stack} for stack in ("camera-skill", "another"))


def roles(**parameters: str) -> FunctionRoles:
    """The keys of two functions are the names of their roles."""
    template = Template("template.yaml", ChannelNamePrefix="front-", **parameters)
    documents = {
        role: [policy["PolicyDocument"] for policy in template.properties(role)["Policies"]]
        for role in ("SmartHomeRole", "RegistryRole")
    }
    statements = {role: [one for each in found for one in each["Statement"]] for role, found in documents.items()}
    return FunctionRoles(PROCESS_CREDENTIALS, statements)


@pytest.mark.parametrize(
    ("role", "action", "channel", "tags", "without", "with_names"),
    [
        ("SmartHomeRole", "SendAlexaOfferToMaster", "front-a", {}, True, True),
        ("SmartHomeRole", "SendAlexaOfferToMaster", "SN-7", {}, False, True),
        ("SmartHomeRole", "SendAlexaOfferToMaster", "gate", {}, False, True),
        ("SmartHomeRole", "SendAlexaOfferToMaster", "gates", {}, False, False),
        ("SmartHomeRole", "ConnectAsMaster", "front-a", {}, False, False),
        ("SmartHomeRole", "DeleteSignalingChannel", "front-a", OWN, False, False),
        ("RegistryRole", "DescribeSignalingChannel", "SN-7", {}, False, True),
        ("RegistryRole", "DeleteSignalingChannel", "front-a", OWN, True, True),
        ("RegistryRole", "DeleteSignalingChannel", "front-a", OTHERS, False, False),
        ("RegistryRole", "DeleteSignalingChannel", "front-a", {}, False, False),
        ("RegistryRole", "DeleteSignalingChannel", "SN-7", OWN, False, False),
        ("RegistryRole", "UpdateSignalingChannel", "SN-7", OWN, False, False),
        ("RegistryRole", "UntagResource", "front-a", OTHERS, False, False),
        ("RegistryRole", "TagResource", "SN-7", {}, False, False),
        ("RegistryRole", "SendAlexaOfferToMaster", "front-a", OWN, False, False),
        ("RegistryRole", "CreateSignalingChannel", "front-a", {}, False, False),
        (
            *("RegistryRole", "CreateSignalingChannel", "front-a"),
            *({"aws:RequestTag/camera-skill:stack": "camera-skill"}, True, True),
        ),
    ],
)
async def test_a_function_may_do_on_channels_what_its_role_says(
    role: str,
    action: str,
    channel: str,
    tags: dict[str, str],
    without: bool,  # noqa: FBT001 - a parameter of the test
    with_names: bool,  # noqa: FBT001 - the same
) -> None:
    asked = role, f"kinesisvideo:{action}", CHANNEL % channel, tags
    assert await roles().allows(*asked) is without
    assert await roles(**NAMED).allows(*asked) is with_names


async def test_the_account_itself_may_do_everything() -> None:
    assert await roles().allows(PROCESS_CREDENTIALS.access_key_id, "kinesisvideo:ConnectAsMaster", CHANNEL % "SN-7", {})


async def test_a_condition_that_nobody_here_knows_is_not_fulfilled() -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "::1"}}}
    known = FunctionRoles(PROCESS_CREDENTIALS, {"key": [statement]})
    assert not await known.allows("key", "kinesisvideo:ConnectAsMaster", CHANNEL % "SN-7", {})
