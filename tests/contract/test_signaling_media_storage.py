"""Media storage: what a channel says of it, and what becomes of offers while it is on."""

from typing import Any

import pytest

from simulator.signaling import Assumptions, SignalingSettings
from tests.support.service_model import STREAM_ARN
from tests.support.signaling_client import Account, StartService, master, until, wrap


async def set_storage(account: Account, arn: str, **configuration: str) -> None:
    await account.call(
        "update_media_storage_configuration", ChannelARN=arn, MediaStorageConfiguration=dict(configuration)
    )


async def storage(account: Account, arn: str) -> dict[str, Any]:
    described = await account.call("describe_media_storage_configuration", ChannelARN=arn)
    found: dict[str, Any] = described["MediaStorageConfiguration"]
    return found


async def test_media_storage_is_off_until_it_is_switched_on(account: Account, arn: str) -> None:
    assert await storage(account, arn) == {"Status": "DISABLED"}
    await set_storage(account, arn, Status="ENABLED", StreamARN=STREAM_ARN)
    assert await storage(account, arn) == {"Status": "ENABLED", "StreamARN": STREAM_ARN}
    await set_storage(account, arn, Status="DISABLED")
    assert await storage(account, arn) == {"Status": "DISABLED"}


@pytest.mark.parametrize("configuration", [{"Status": "ENABLED"}, {"Status": "DISABLED", "StreamARN": STREAM_ARN}])
async def test_stream_is_named_if_and_only_if_media_are_stored(
    account: Account, arn: str, configuration: dict[str, str]
) -> None:
    with pytest.raises(account.kinesisvideo.exceptions.InvalidArgumentException, match="StreamARN"):
        await set_storage(account, arn, **configuration)


async def test_no_offer_reaches_the_master_while_media_are_stored(start_service: StartService) -> None:
    service = await start_service(SignalingSettings(message_ttl_scale=0.1, assumptions=Assumptions()))
    account = Account(service)
    arn = await account.create_channel(SingleMasterConfiguration={"MessageTtlSeconds": 5})
    await set_storage(account, arn, Status="ENABLED", StreamARN=STREAM_ARN)
    async with master(service, arn) as camera:
        assert "Answer" not in await account.offer(arn)
        assert service.deliveries == []
        await set_storage(account, arn, Status="DISABLED")
        sending = account.offer(arn)
        await camera.receive()
        await camera.answer("echo-1", wrap("answer"))
        assert (await sending)["Answer"] == wrap("answer")


async def test_calls_and_connections_are_counted_as_cloudwatch_counts_them(start_service: StartService) -> None:
    counted: list[tuple[str, str, bool]] = []
    service = await start_service(SignalingSettings(rate_scale=0.2, count=lambda *one: counted.append(one)))
    account = Account(service)
    arn = await account.create_channel()
    async with master(service, arn) as camera:
        sending = account.offer(arn)
        await camera.receive()
        await camera.answer("echo-1", wrap("answer"))
        await sending
        with pytest.raises(account.signaling.exceptions.ClientLimitExceededException):
            await account.offer(arn)
    await until(lambda: ("Disconnect", "front-door", False) in counted)
    assert counted == [  # of the control plane CloudWatch counts nothing
        ("ConnectAsMaster", "front-door", False),
        ("SendSdpAnswer", "front-door", False),
        ("SendAlexaOfferToMaster", "front-door", False),
        ("SendAlexaOfferToMaster", "front-door", True),
        ("Disconnect", "front-door", False),
    ]
