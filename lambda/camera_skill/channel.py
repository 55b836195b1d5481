"""What stands behind a camera in AWS: its signaling channel, and its thing."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class MasterConnections:
    """What CloudWatch counted of a channel in the last day; `last_at` in seconds since 1970, 0 for never."""

    connects: int
    failures: int
    last_at: float


@dataclass(frozen=True)
class ChannelFacts:
    """A signaling channel as AWS describes it.

    `created_at` in seconds since 1970; `creator`: the stack that created it for a camera, empty if none did; `is_own`:
    whether that is this stack.
    """

    arn: str
    name: str
    kind: str
    status: str
    created_at: float
    message_ttl: int
    stores_media: bool
    creator: str
    is_own: bool


@dataclass(frozen=True)
class ThingFacts:
    """A thing as AWS IoT describes it. `creator` and `is_own` as of channels."""

    creator: str
    is_own: bool


class Channels(Protocol):
    """Signaling channels. Every method raises AwsBusyError or AwsFailedError."""

    def create(self, name: str, message_ttl: int) -> str:
        """Creates a channel of the stack, or finds the one of this name that the stack created; the ARN."""

    def find(self, name: str) -> str:
        """The ARN of the channel of this name that the stack created; empty if there is none."""

    def facts(self, arn: str) -> ChannelFacts | None:
        """The channel as it is; None if there is none."""

    def masters(self, arn: str) -> MasterConnections | None:
        """How masters connected to the channel lately; None if CloudWatch does not say."""

    def signaling_endpoint(self, arn: str) -> str:
        """Where the channel's offers go, for role VIEWER, as soon as the channel is active."""

    def set_ttl(self, arn: str, seconds: int) -> None:
        """Changes the message TTL of a channel."""

    def delete(self, arn: str) -> None:
        """Deletes the channel, if it is there."""

    def release(self, arn: str) -> None:
        """Takes the stack's tag off the channel."""


class Things(Protocol):
    """Things of AWS IoT. Every method raises AwsBusyError or AwsFailedError."""

    def create(self, name: str) -> None:
        """Creates a thing of the stack, if it is not there."""

    def facts(self, name: str) -> ThingFacts | None:
        """The thing as it is; None if there is none."""

    def end(self, name: str) -> int:
        """Deactivates and detaches the thing's certificates, and deletes it; how many certificates there were."""

    def release(self, name: str) -> None:
        """Takes the stack's mark off the thing."""
