"""Signaling channels: one for each camera, named by its endpoint id."""

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from camera_skill.camera import Camera
from cli.errors import CommandError

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient
    from mypy_boto3_kinesisvideo.type_defs import ChannelInfoTypeDef

TYPE: Final = "SINGLE_MASTER"
ACTIVE_WITHIN = 30.0
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Channel:
    """A channel that is ready. `signaling_endpoint`: where its offers go, for role VIEWER."""

    arn: str
    signaling_endpoint: str
    is_new: bool

    def given_to(self, camera: Camera) -> Camera:
        """The camera as it is with this channel, from now on."""
        added_at = round(time.time(), 3)
        return replace(camera, channel_arn=self.arn, signaling_endpoint=self.signaling_endpoint, added_at=added_at)


def create_or_adopt(kinesis_video: "KinesisVideoClient", name: str) -> Channel:
    """The channel of this name, made if there is none.

    Raises:
        CommandError: it is of another type than cameras have, or does not become active.
    """
    is_new = False
    channel = description_of(kinesis_video, name)
    if channel is None:
        with suppress(kinesis_video.exceptions.ResourceInUseException):  # made by somebody else meanwhile: adopted
            kinesis_video.create_signaling_channel(ChannelName=name, ChannelType=TYPE)
            is_new = True
        channel = description_of(kinesis_video, name)
    channel = _active(kinesis_video, name, channel)
    return Channel(channel["ChannelARN"], endpoint_of(kinesis_video, channel["ChannelARN"]), is_new)


def endpoint_of(kinesis_video: "KinesisVideoClient", arn: str) -> str:
    """Where the channel's offers go, for role VIEWER. Raises: CommandError if KVS names no place."""
    endpoints = kinesis_video.get_signaling_channel_endpoint(
        ChannelARN=arn, SingleMasterChannelEndpointConfiguration={"Protocols": ["HTTPS"], "Role": "VIEWER"}
    )["ResourceEndpointList"]
    if not endpoints:
        raise CommandError(f"KVS names no signaling endpoint of the channel {arn}: try again in a minute.")
    return endpoints[0]["ResourceEndpoint"]


def description_of(kinesis_video: "KinesisVideoClient", name: str) -> "ChannelInfoTypeDef | None":
    """The channel as KVS describes it, None if there is none of this name."""
    try:
        return kinesis_video.describe_signaling_channel(ChannelName=name)["ChannelInfo"]
    except kinesis_video.exceptions.ResourceNotFoundException:
        return None


def arn_of(kinesis_video: "KinesisVideoClient", name: str) -> str | None:
    """The channel's ARN, None if there is no such channel."""
    channel = description_of(kinesis_video, name)
    return channel["ChannelARN"] if channel else None


def delete(kinesis_video: "KinesisVideoClient", name: str) -> bool:
    """Deletes the channel; False if it was gone already."""
    arn = arn_of(kinesis_video, name)
    if arn is None:
        return False
    kinesis_video.delete_signaling_channel(ChannelARN=arn)
    return True


def _active(
    kinesis_video: "KinesisVideoClient", name: str, channel: "ChannelInfoTypeDef | None"
) -> "ChannelInfoTypeDef":
    """The `channel` as it was described last, or, if it was not active then, once it is."""
    deadline = time.monotonic() + ACTIVE_WITHIN
    while True:
        kind, status = (channel["ChannelType"], channel["ChannelStatus"]) if channel else (TYPE, "gone")
        if kind != TYPE:
            raise CommandError(
                f"There is a signaling channel {name} already, and it is of type {kind}: cameras need {TYPE}. "
                "Delete that channel, or name another one with --endpoint-id."
            )
        if channel and status == "ACTIVE":
            return channel
        if status == "DELETING":
            raise CommandError(
                f"The signaling channel {name} is being deleted: try again in a minute, when it is gone, or name "
                "another one with --endpoint-id."
            )
        if time.monotonic() > deadline:
            raise CommandError(f"The signaling channel {name} is {status} after {ACTIVE_WITHIN:.0f} s: try again.")
        time.sleep(POLL_SECONDS)
        channel = description_of(kinesis_video, name)
