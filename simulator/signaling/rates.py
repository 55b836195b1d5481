"""The documented rates (developer guide, "Amazon Kinesis Video Streams with WebRTC service quotas")."""

import asyncio
from typing import NamedTuple

from simulator.signaling.errors import CLIENT_LIMIT_EXCEEDED, ServiceError
from simulator.signaling.settings import SignalingSettings


class Rate(NamedTuple):
    """Calls a second; None is not limited."""

    account: float | None = None
    channel: float | None = None


RATES: dict[str, Rate] = {
    "CreateSignalingChannel": Rate(account=50),
    "DescribeSignalingChannel": Rate(account=300, channel=5),
    "GetSignalingChannelEndpoint": Rate(account=300),
    "ListSignalingChannels": Rate(account=50),
    "UpdateSignalingChannel": Rate(account=50, channel=5),
    "DeleteSignalingChannel": Rate(account=50, channel=5),
    "TagResource": Rate(account=50, channel=5),
    "UntagResource": Rate(account=50, channel=5),
    "ListTagsForResource": Rate(account=50, channel=5),
    "DescribeMediaStorageConfiguration": Rate(account=50, channel=5),
    "UpdateMediaStorageConfiguration": Rate(account=10, channel=5),
    "SendAlexaOfferToMaster": Rate(account=100, channel=5),
    "GetIceServerConfig": Rate(account=100, channel=5),
    "ConnectAsMaster": Rate(channel=3),
    "ConnectAsViewer": Rate(channel=3),
}
# Per WebSocket connection.
MESSAGE_RATES: dict[str, float] = {"SDP_OFFER": 5, "SDP_ANSWER": 5, "ICE_CANDIDATE": 20}


class _Bucket:
    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._capacity = max(1.0, rate)
        self._tokens = self._capacity
        self._filled_at = now

    def take(self, now: float) -> bool:
        self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class RateLimiter:
    """Token buckets of one second's worth, one per key."""

    def __init__(self, settings: SignalingSettings) -> None:
        self._enabled = settings.rates
        self._scale = settings.rate_scale
        self._buckets: dict[tuple[object, ...], _Bucket] = {}

    def check(self, operation: str, channel: str) -> None:
        """Count a call of an operation on a channel (by name; empty if it is on none).

        Raises:
            ServiceError: ClientLimitExceededException when the account or the channel is over its rate.
        """
        rate = RATES[operation]
        if channel and rate.channel is not None:
            self.take(rate.channel, operation, channel)
        if rate.account is not None:
            self.take(rate.account, operation)

    def take(self, rate: float, *key: object) -> None:
        """Take one token from the bucket of the key.

        Raises:
            ServiceError: ClientLimitExceededException when the bucket is empty.
        """
        if not self._enabled:
            return
        now = asyncio.get_running_loop().time()
        if key not in self._buckets:
            self._buckets[key] = _Bucket(rate * self._scale, now)
        if not self._buckets[key].take(now):
            raise ServiceError(
                CLIENT_LIMIT_EXCEEDED,
                "Your request was throttled because you have exceeded the limit of allowed client calls. "
                "Try making the call later.",
            )
