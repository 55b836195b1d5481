"""Signaling channels, as the registry function creates, looks at and deletes them.

Source: docs.aws.amazon.com/kinesisvideostreams/latest/dg, API_CreateSignalingChannel and its neighbours; metrics:
docs.aws.amazon.com/kinesisvideostreams-webrtc-dg, "Monitor Kinesis Video Streams with WebRTC".
"""

import functools
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from camera_skill.adapters.aws_services import LateClient
from camera_skill.adapters.registration.aws_calls import CONFIG, Patience, mapped
from camera_skill.camera import channel_name
from camera_skill.channel import ChannelFacts, MasterConnections
from camera_skill.registration_errors import AwsBusyError, AwsFailedError, ChannelLimitError

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_kinesisvideo import KinesisVideoClient

TAG: Final = "camera-skill:stack"
"""The tag of a channel, and the attribute of a thing, that says which stack created it."""
TYPE: Final = "SINGLE_MASTER"
POLL_SECONDS = 0.25
METRICS_SECONDS = 24 * 3600
METRICS_PERIOD = 300
_MOST_REGIONS = 8


class KvsChannels:
    """What the Protocol `channel.Channels` says. Channels may be in any region, the stack's are in its own."""

    def __init__(self, session: "Session", region: str, stack: str, patience: Patience) -> None:
        """`stack`: the stack's name, which its channels bear as a tag."""
        self._region = region
        self._stack = stack
        self._patience = patience
        self._clients = functools.lru_cache(maxsize=_MOST_REGIONS)(
            lambda region: LateClient(lambda: self._patient(session, region))
        )
        self._metrics = functools.lru_cache(maxsize=_MOST_REGIONS)(
            lambda region: LateClient(lambda: session.client("cloudwatch", region_name=region, config=CONFIG))
        )

    def create(self, name: str, message_ttl: int) -> str:
        """CreateSignalingChannel; DescribeSignalingChannel where it is there already."""
        client = self._client(self._region)
        with mapped(f"the creation of the signaling channel {name}"):
            try:
                return client.create_signaling_channel(
                    ChannelName=name,
                    ChannelType=TYPE,
                    SingleMasterConfiguration={"MessageTtlSeconds": message_ttl},
                    Tags=[{"Key": TAG, "Value": self._stack}],
                )["ChannelARN"]
            except client.exceptions.ResourceInUseException:  # of an attempt that was cut off: nobody else has the name
                pass
            except client.exceptions.AccountChannelLimitExceededException as error:
                raise ChannelLimitError(
                    "the AWS account has as many signaling channels as it may have: ask AWS for more, or remove cameras"
                ) from error
        arn = self.find(name)
        if not arn:
            raise AwsFailedError(f"the signaling channel {name} is there, and this stack did not create it")
        self.set_ttl(arn, message_ttl)
        return arn

    def find(self, name: str) -> str:
        """DescribeSignalingChannel, ListTagsForResource."""
        client = self._client(self._region)
        with mapped(f"the look-up of the signaling channel {name}"):
            try:
                info = client.describe_signaling_channel(ChannelName=name)["ChannelInfo"]
                is_own = self._creator(info["ChannelARN"]) == self._stack
            except client.exceptions.ResourceNotFoundException:
                return ""
        return info["ChannelARN"] if info["ChannelStatus"] != "DELETING" and is_own else ""

    def facts(self, arn: str) -> ChannelFacts | None:
        """DescribeSignalingChannel, DescribeMediaStorageConfiguration, ListTagsForResource."""
        client = self._client(_region_of(arn))
        with mapped(f"the look-up of the signaling channel {_name_of(arn)}"):
            try:
                info = client.describe_signaling_channel(ChannelARN=arn)["ChannelInfo"]
                storage = client.describe_media_storage_configuration(ChannelARN=arn)["MediaStorageConfiguration"]
                creator = self._creator(arn)
            except client.exceptions.ResourceNotFoundException:
                return None
            return ChannelFacts(
                arn=info["ChannelARN"],
                name=info["ChannelName"],
                kind=info["ChannelType"],
                status=info["ChannelStatus"],
                created_at=info["CreationTime"].timestamp(),
                message_ttl=info.get("SingleMasterConfiguration", {}).get("MessageTtlSeconds", 0),
                stores_media=storage["Status"] == "ENABLED",
                creator=creator,
                is_own=creator == self._stack,
            )

    def masters(self, arn: str) -> MasterConnections | None:
        """GetMetricStatistics of Failure with Operation=ConnectAsMaster: KVS itself tells of no master."""
        client, now = self._metrics(_region_of(arn)).get(), datetime.now(UTC)
        try:
            with mapped(f"the metrics of the signaling channel {_name_of(arn)}"):
                points = client.get_metric_statistics(
                    Namespace="AWS/KinesisVideo",
                    MetricName="Failure",
                    Dimensions=[
                        {"Name": "SignalingChannelName", "Value": _name_of(arn)},
                        {"Name": "Operation", "Value": "ConnectAsMaster"},
                    ],
                    StartTime=now - timedelta(seconds=METRICS_SECONDS),
                    EndTime=now + timedelta(seconds=METRICS_PERIOD),
                    Period=METRICS_PERIOD,
                    Statistics=["SampleCount", "Sum"],
                )["Datapoints"]
                connects = {point["Timestamp"]: point["SampleCount"] - point["Sum"] for point in points}
                return MasterConnections(
                    connects=round(sum(connects.values())),
                    failures=round(sum(point["Sum"] for point in points)),
                    last_at=max((at.timestamp() for at, number in connects.items() if number > 0), default=0.0),
                )
        except (AwsBusyError, AwsFailedError):  # of use, and nothing depends on it
            return None

    def signaling_endpoint(self, arn: str) -> str:
        """GetSignalingChannelEndpoint for role VIEWER, until the channel is active."""
        client = self._client(_region_of(arn))
        with mapped(f"the look-up of the signaling endpoint of {_name_of(arn)}"):
            while True:
                try:
                    endpoints = client.get_signaling_channel_endpoint(
                        ChannelARN=arn,
                        SingleMasterChannelEndpointConfiguration={"Protocols": ["HTTPS"], "Role": "VIEWER"},
                    )["ResourceEndpointList"]
                except client.exceptions.ResourceInUseException as error:
                    self._wait(arn, error)
                    continue
                if endpoints:
                    return endpoints[0]["ResourceEndpoint"]
                raise AwsFailedError(f"KVS names no signaling endpoint of the channel {_name_of(arn)}")

    def set_ttl(self, arn: str, seconds: int) -> None:
        """UpdateSignalingChannel, if the TTL is another one."""
        client = self._client(_region_of(arn))

        def update() -> None:
            info = client.describe_signaling_channel(ChannelARN=arn)["ChannelInfo"]
            if info["SingleMasterConfiguration"]["MessageTtlSeconds"] != seconds:
                client.update_signaling_channel(
                    ChannelARN=arn,
                    CurrentVersion=info["Version"],
                    SingleMasterConfiguration={"MessageTtlSeconds": seconds},
                )

        self._once_it_is_active(arn, update, f"the change of the signaling channel {_name_of(arn)}")

    def delete(self, arn: str) -> None:
        """DeleteSignalingChannel."""
        client = self._client(_region_of(arn))

        def delete() -> None:
            with suppress(client.exceptions.ResourceNotFoundException):
                try:
                    client.delete_signaling_channel(ChannelARN=arn)
                except client.exceptions.AccessDeniedException:
                    # A channel that is gone has no tag by which the role may delete it: then this says so.
                    client.describe_signaling_channel(ChannelARN=arn)
                    raise

        self._once_it_is_active(arn, delete, f"the deletion of the signaling channel {_name_of(arn)}")

    def release(self, arn: str) -> None:
        """UntagResource."""
        client = self._client(_region_of(arn))
        with (
            mapped(f"the release of the signaling channel {_name_of(arn)}"),
            suppress(client.exceptions.ResourceNotFoundException),
        ):
            client.untag_resource(ResourceARN=arn, TagKeyList=[TAG])

    def _once_it_is_active(self, arn: str, change: Callable[[], None], what: str) -> None:
        client = self._client(_region_of(arn))
        with mapped(what):
            while True:
                try:
                    change()
                except (client.exceptions.ResourceInUseException, client.exceptions.VersionMismatchException) as error:
                    self._wait(arn, error)
                else:
                    return

    def _wait(self, arn: str, error: Exception) -> None:
        if self._patience.left() < POLL_SECONDS:
            raise AwsBusyError(f"the signaling channel {_name_of(arn)} is still being changed") from error
        time.sleep(POLL_SECONDS)

    def _creator(self, arn: str) -> str:
        return self._client(_region_of(arn)).list_tags_for_resource(ResourceARN=arn).get("Tags", {}).get(TAG, "")

    def _client(self, region: str) -> "KinesisVideoClient":
        return self._clients(region).get()

    def _patient(self, session: "Session", region: str) -> "KinesisVideoClient":
        client = session.client("kinesisvideo", region_name=region, config=CONFIG)
        self._patience.teach(client)
        return client


def _region_of(arn: str) -> str:
    return arn.split(":")[3]


def _name_of(arn: str) -> str:
    return channel_name(arn) or arn
