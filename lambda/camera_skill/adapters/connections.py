"""Connections that outlive their peers: Lambda freezes a container for minutes, and nobody tells it what died."""

from typing import Generic, Protocol, TypeVar

from camera_skill.budget import both_clocks, seconds_between

IDLE_SECONDS = 5.0
"""A connection unused for longer is not trusted any more."""


class Closable(Protocol):
    """A boto3 client: `close` ends its connections, and it opens new ones when it is used again."""

    def close(self) -> None:
        """Ends all idle connections."""


C = TypeVar("C", bound=Closable)


class Fresh(Generic[C]):
    """A client that is only given out with connections which were used a moment ago, or with none."""

    def __init__(self, client: C) -> None:
        """`client` has no connections yet."""
        self._client = client
        self._used = both_clocks()

    def get(self) -> C:
        """The client, for a call that is made now."""
        now = both_clocks()
        if seconds_between(self._used, now) > IDLE_SECONDS:
            self._client.close()
        self._used = now
        return self._client
