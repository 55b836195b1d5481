"""Signaling channels: one for each camera, named by its endpoint id."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.errors import CommandError

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

ACTIVE_WITHIN = 30.0
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Channel:
    """A channel that is ready. `signaling_endpoint`: where its offers go, for role VIEWER."""

    arn: str
    signaling_endpoint: str
    is_new: bool


def create_or_adopt(kinesis_video: "KinesisVideoClient", name: str) -> Channel:
    """The channel of this name, made if there is none.

    Raises:
        CommandError: it does not become active.
    """
    arn = arn_of(kinesis_video, name)
    is_new = arn is None
    if arn is None:
        arn = kinesis_video.create_signaling_channel(ChannelName=name, ChannelType="SINGLE_MASTER")["ChannelARN"]
    _wait_until_active(kinesis_video, name, arn)
    endpoints = kinesis_video.get_signaling_channel_endpoint(
        ChannelARN=arn, SingleMasterChannelEndpointConfiguration={"Protocols": ["HTTPS"], "Role": "VIEWER"}
    )["ResourceEndpointList"]
    return Channel(arn, endpoints[0]["ResourceEndpoint"], is_new)


def arn_of(kinesis_video: "KinesisVideoClient", name: str) -> str | None:
    """The channel's ARN, None if there is no such channel."""
    try:
        return kinesis_video.describe_signaling_channel(ChannelName=name)["ChannelInfo"]["ChannelARN"]
    except kinesis_video.exceptions.ResourceNotFoundException:
        return None


def delete(kinesis_video: "KinesisVideoClient", name: str) -> bool:
    """Deletes the channel; False if it was gone already."""
    arn = arn_of(kinesis_video, name)
    if arn is None:
        return False
    kinesis_video.delete_signaling_channel(ChannelARN=arn)
    return True


def _wait_until_active(kinesis_video: "KinesisVideoClient", name: str, arn: str) -> None:
    deadline = time.monotonic() + ACTIVE_WITHIN
    while True:
        status = kinesis_video.describe_signaling_channel(ChannelARN=arn)["ChannelInfo"]["ChannelStatus"]
        if status == "ACTIVE":
            return
        if status == "DELETING" or time.monotonic() > deadline:
            raise CommandError(f"The signaling channel {name} is {status}: try again in a minute.")
        time.sleep(POLL_SECONDS)
