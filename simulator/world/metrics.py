"""What the signaling service counts in CloudWatch, published into the local AWS.

Source: docs.aws.amazon.com/kinesisvideostreams-webrtc-dg, "Monitor Kinesis Video Streams with WebRTC".
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from types import TracebackType

    from mypy_boto3_cloudwatch import CloudWatchClient

    from simulator.local_aws import LocalAws

NAMESPACE = "AWS/KinesisVideo"
_EVERY_SECONDS = 1.0
_AT_ONCE = 500


class SignalingMetrics:
    """Collects what is counted, and publishes it once a second, from entering the context to leaving it."""

    def __init__(self) -> None:
        self._waiting: list[dict[str, Any]] = []
        self._task: asyncio.Task[None] | None = None
        self._client: CloudWatchClient | None = None

    def count(self, operation: str, channel_name: str, failed: bool) -> None:  # noqa: FBT001 - the service's own form
        """Counts a call of an operation on a channel."""
        self._waiting.append(
            {
                "MetricName": "Failure",
                "Dimensions": [
                    {"Name": "SignalingChannelName", "Value": channel_name},
                    {"Name": "Operation", "Value": operation},
                ],
                "Timestamp": datetime.now(UTC),
                "Value": float(failed),
                "Unit": "Count",
            }
        )

    def publish_to(self, aws: LocalAws) -> Self:
        """Names the local AWS, before the context is entered."""
        self._client = aws.session().client("cloudwatch", endpoint_url=aws.url)
        return self

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            while self._waiting:
                some, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
                await asyncio.to_thread(self._put, some)

    def _put(self, data: list[dict[str, Any]]) -> None:
        if self._client is None:
            return
        with suppress(BotoCoreError, ClientError):  # the local AWS is going, or gone: the supervisor tells of that
            self._client.put_metric_data(Namespace=NAMESPACE, MetricData=data)  # type: ignore[arg-type]  # plain
