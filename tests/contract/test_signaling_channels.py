"""The control plane: what it remembers of channels, and what it makes of what it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.signaling import Assumptions, SignalingService, SignalingSettings
from tests.support.signaling_client import Account, StartService, until


async def describe(account: Account, name: str = "front-door") -> dict[str, object]:
    described: dict[str, object] = (await account.call("describe_signaling_channel", ChannelName=name))["ChannelInfo"]
    return described


async def test_channel_is_described_by_name_and_arn_when_it_was_created(account: Account) -> None:
    arn = await account.create_channel()
    described = await describe(account)
    assert (await account.call("describe_signaling_channel", ChannelARN=arn))["ChannelInfo"] == described
    created, version = described.pop("CreationTime"), described.pop("Version")
    assert isinstance(created, datetime)
    assert abs(created - datetime.now(UTC)) < timedelta(seconds=10)
    assert arn == f"arn:aws:kinesisvideo:us-east-1:000000000000:channel/front-door/{created.timestamp() * 1000:.0f}"
    assert version
    assert described == {
        "ChannelName": "front-door",
        "ChannelARN": arn,
        "ChannelType": "SINGLE_MASTER",
        "ChannelStatus": "ACTIVE",
        "SingleMasterConfiguration": {"MessageTtlSeconds": 60},
    }


async def test_region_and_account_are_in_the_arn_when_they_are_set(start_service: StartService) -> None:
    service = await start_service(SignalingSettings(region="eu-west-1", account_id="123456789012"))
    arn = await Account(service, region="eu-west-1").create_channel()
    assert arn.startswith("arn:aws:kinesisvideo:eu-west-1:123456789012:channel/front-door/")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_signaling_channel", {"ChannelName": "other", "ChannelType": "FULL_MESH"}),
        ("describe_signaling_channel", {}),
        ("describe_media_storage_configuration", {}),
        ("list_signaling_channels", {"NextToken": "A"}),
        ("list_signaling_channels", {"NextToken": "/w=="}),
    ],
)
async def test_call_is_refused_when_its_input_makes_no_sense(
    account: Account, operation: str, parameters: dict[str, object]
) -> None:
    with pytest.raises(account.kinesisvideo.exceptions.InvalidArgumentException):
        await account.call(operation, **parameters)


async def test_channels_come_page_by_page_when_there_are_more_than_asked_for(account: Account) -> None:
    names = [f"camera-{number}" for number in range(5)]
    for name in [*names, "other"]:
        await account.create_channel(name)
    condition = {"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "camera-"}
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = await account.call("list_signaling_channels", MaxResults=2, ChannelNameCondition=condition, **token)
        found += [channel["ChannelName"] for channel in page["ChannelInfoList"]]
        if len(found) == 2:
            # Neither is anything left out nor repeated when a channel goes meanwhile.
            await account.call("delete_signaling_channel", ChannelARN=page["ChannelInfoList"][0]["ChannelARN"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == names
    assert len((await account.call("list_signaling_channels"))["ChannelInfoList"]) == 5


async def test_version_changes_when_a_channel_is_updated(account: Account) -> None:
    arn = await account.create_channel()
    version = (await describe(account))["Version"]
    lifetime = {"MessageTtlSeconds": 7}
    update = {"ChannelARN": arn, "CurrentVersion": version, "SingleMasterConfiguration": lifetime}
    await account.call("update_signaling_channel", **update)
    described = await describe(account)
    assert described["SingleMasterConfiguration"] == lifetime
    assert described["Version"] != version
    with pytest.raises(account.kinesisvideo.exceptions.VersionMismatchException):
        await account.call("update_signaling_channel", **update)
    with pytest.raises(account.kinesisvideo.exceptions.InvalidArgumentException, match="MessageTtlSeconds"):
        await account.call("update_signaling_channel", ChannelARN=arn, CurrentVersion=described["Version"])


async def test_channel_is_gone_when_it_was_deleted(account: Account) -> None:
    arn = await account.create_channel()
    await account.call("delete_signaling_channel", ChannelARN=arn)
    with pytest.raises(account.kinesisvideo.exceptions.ResourceNotFoundException):
        await describe(account)
    assert (await account.call("list_signaling_channels"))["ChannelInfoList"] == []
    with pytest.raises(account.kinesisvideo.exceptions.ResourceNotFoundException):
        await account.call("delete_signaling_channel", ChannelARN=arn)


async def test_status_passes_through_creating_and_deleting_when_that_takes_time(start_service: StartService) -> None:
    service = await start_service(SignalingSettings(rates=False, assumptions=Assumptions(transition_seconds=0.4)))
    account = Account(service)
    arn = await account.create_channel()
    statuses = [(await describe(account))["ChannelStatus"]]
    with pytest.raises(account.kinesisvideo.exceptions.ResourceInUseException):
        await account.call("get_signaling_channel_endpoint", ChannelARN=arn)
    while statuses[-1] == "CREATING":
        statuses.append((await describe(account))["ChannelStatus"])
    assert statuses[-1] == "ACTIVE"
    await account.call("delete_signaling_channel", ChannelARN=arn)
    assert (await describe(account))["ChannelStatus"] == "DELETING"
    with pytest.raises(account.kinesisvideo.exceptions.ResourceInUseException):
        await account.create_channel()
    while (await account.call("list_signaling_channels"))["ChannelInfoList"]:
        pass
    assert await account.create_channel() != arn


async def test_tags_are_kept_when_they_are_set_changed_and_removed(account: Account) -> None:
    arn = await account.create_channel(Tags=[{"Key": "room", "Value": "hall"}, {"Key": "floor", "Value": "1"}])
    changed = [{"Key": "room", "Value": "hall 2"}, {"Key": "owner", "Value": ""}]
    await account.call("tag_resource", ResourceARN=arn, Tags=changed)
    await account.call("untag_resource", ResourceARN=arn, TagKeyList=["floor", "absent"])
    tags = await account.call("list_tags_for_resource", ResourceARN=arn)
    assert tags["Tags"] == {"room": "hall 2", "owner": ""}
    with pytest.raises(account.kinesisvideo.exceptions.ResourceNotFoundException):
        await account.call("list_tags_for_resource", ResourceARN=arn.replace("channel/", "stream/"))


async def test_endpoints_are_those_of_the_role_when_they_are_asked_for(
    service: SignalingService, account: Account
) -> None:
    arn = await account.create_channel()

    async def endpoints(**configuration: object) -> dict[str, str]:
        response = await account.call(
            "get_signaling_channel_endpoint",
            ChannelARN=arn,
            SingleMasterChannelEndpointConfiguration=configuration,
        )
        return {each["Protocol"]: each["ResourceEndpoint"] for each in response["ResourceEndpointList"]}

    https = {"HTTPS": service.data_plane_url}
    assert await endpoints(Protocols=["HTTPS"], Role="VIEWER") == https
    assert await endpoints(Protocols=["HTTPS"], Role="MASTER") == https
    assert await endpoints(Protocols=["WSS", "WSS"], Role="VIEWER") == {"WSS": service.viewer_url}
    assert await endpoints(Protocols=["WSS", "HTTPS"], Role="MASTER") == {"WSS": service.master_url, **https}
    assert await endpoints() == {"WSS": service.master_url, **https}
    with pytest.raises(account.kinesisvideo.exceptions.InvalidArgumentException, match="ingestion"):
        await endpoints(Protocols=["WEBRTC"])
    assert len({service.control_plane_url, service.data_plane_url, service.master_url, service.viewer_url}) == 4


async def test_new_lifetime_counts_for_new_offers_only_when_a_channel_is_updated(start_service: StartService) -> None:
    account = Account(await start_service(SignalingSettings(message_ttl_scale=0.02)))
    arn = await account.create_channel(SingleMasterConfiguration={"MessageTtlSeconds": 120})
    waiting = account.offer(arn, "echo-1")
    await until(lambda: len(account.service.requests) == 2)
    await account.call(
        "update_signaling_channel",
        ChannelARN=arn,
        CurrentVersion=(await describe(account))["Version"],
        SingleMasterConfiguration={"MessageTtlSeconds": 5},
    )
    assert "Answer" not in await account.offer(arn, "echo-2")
    assert not waiting.done()
    assert "Answer" not in await waiting
