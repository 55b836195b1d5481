"""Connections that outlive their peers: Lambda freezes a container for minutes, and nobody tells it what died."""

import time
from typing import Generic, Protocol, TypeVar

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
        self._used = _now()

    def get(self) -> C:
        """The client, for a call that is made now."""
        now = _now()
        if max(after - before for before, after in zip(self._used, now, strict=True)) > IDLE_SECONDS:
            self._client.close()
        self._used = now
        return self._client


def _now() -> tuple[float, float]:
    """Both clocks: the monotonic one may stand still while a container is frozen, the other may be set back."""
    return time.monotonic(), time.time()
