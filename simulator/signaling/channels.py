import asyncio
import re
import secrets
from collections.abc import Iterator

from simulator.signaling.channel import Channel
from simulator.signaling.errors import (
    ACCOUNT_CHANNEL_LIMIT_EXCEEDED,
    RESOURCE_IN_USE,
    RESOURCE_NOT_FOUND,
    ServiceError,
)
from simulator.signaling.settings import SignalingSettings

_ARN = re.compile(r"arn:[^:]+:kinesisvideo:[^:]+:[^:]+:channel/(?P<name>[^/]+)/[0-9]+")


def name_in(arn: str) -> str:
    """Return the channel's name in an ARN, empty if it is not a channel's."""
    match = _ARN.fullmatch(arn)
    return match["name"] if match else ""


def not_found(what: str) -> ServiceError:
    """Make the error for a channel that does not exist."""
    return ServiceError(RESOURCE_NOT_FOUND, f"The channel {what} is not found.")


class Channels:
    """The channels of the account, in the order of their creation."""

    def __init__(self, settings: SignalingSettings) -> None:
        self._settings = settings
        self._channels: dict[str, Channel] = {}

    def __iter__(self) -> Iterator[Channel]:
        for name in list(self._channels):
            channel = self.find(name)
            if channel is not None:
                yield channel

    def create(self, name: str, message_ttl_seconds: int, tags: dict[str, str]) -> Channel:
        """Create a channel.

        Raises:
            ServiceError: ResourceInUseException or AccountChannelLimitExceededException.
        """
        if self.find(name) is not None:
            raise ServiceError(RESOURCE_IN_USE, f"A channel named {name} already exists.")
        if len(self._channels) >= self._settings.channels_per_account:
            raise ServiceError(ACCOUNT_CHANNEL_LIMIT_EXCEEDED, "You have reached the maximum limit of active channels.")
        milliseconds = int(self._settings.clock() * 1000)
        channel = Channel(
            name,
            self.arn(name, str(milliseconds)),
            milliseconds / 1000,
            new_version(),
            message_ttl_seconds,
            tags,
            self._settings.message_ttl_scale,
            self._settings.assumptions,
        )
        self._channels[name] = channel
        self.begin(channel, "CREATING")
        return channel

    def arn(self, name: str, creation: str) -> str:
        """Return the ARN of a channel that was created then (milliseconds since 1970, or `*`)."""
        return f"arn:aws:kinesisvideo:{self._settings.region}:{self._settings.account_id}:channel/{name}/{creation}"

    def find(self, name: str) -> Channel | None:
        """Return the channel of this name, if there is one."""
        channel = self._channels.get(name)
        if channel is not None and self.status(channel) == "DELETED":
            del self._channels[name]
            return None
        return channel

    def get(self, *, arn: str = "", name: str = "") -> Channel:
        """Return the channel of this ARN or, without one, of this name.

        Raises:
            ServiceError: ResourceNotFoundException when there is none.
        """
        channel = self.find(name_in(arn) if arn else name)
        if channel is None or (arn and channel.arn != arn):
            raise not_found(arn or name)
        return channel

    def begin(self, channel: Channel, transition: str) -> None:
        """Begin to create, update or delete a channel (`transition` is its status meanwhile)."""
        channel.transition = transition
        channel.transition_ends_at = asyncio.get_running_loop().time() + self._settings.assumptions.transition_seconds

    def status(self, channel: Channel) -> str:
        """Return the ChannelStatus, DELETED where there is nothing any more."""
        if asyncio.get_running_loop().time() < channel.transition_ends_at:
            return channel.transition
        return "DELETED" if channel.transition == "DELETING" else "ACTIVE"

    def check_active(self, channel: Channel) -> None:
        """Check that nothing is under way with the channel.

        Raises:
            ServiceError: ResourceInUseException when something is.
        """
        status = self.status(channel)
        if status != "ACTIVE":
            raise ServiceError(RESOURCE_IN_USE, f"The channel {channel.name} is {status}.")


def new_version() -> str:
    """Return a version that no channel has had."""
    return secrets.token_hex(10)
