"""An RTC session: one Echo's view of one camera, begun by an offer."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from camera_skill.budget import Budget
from camera_skill.camera import Camera
from camera_skill.sdp import Finding

RECORD_SECONDS = 0.15
"""What the record of an offer's outcome may take of the time for the reply: a customer is waiting for a picture."""


@dataclass
class Session:
    """What is kept of a session: whose it is, and how its last offer went. No SDP, no address.

    `started_at` in seconds since 1970. `timings`: milliseconds by step. `retries`: why a call was made once more.
    `unrecorded`: why the record could not be written, if so; then the log line is the record.
    """

    endpoint_id: str
    session_id: str
    user_id: str
    started_at: float = field(default_factory=time.time)
    timings: dict[str, float] = field(default_factory=dict)
    retries: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    never_connected: bool = False
    unrecorded: str = ""

    def found(self) -> list[str]:
        """The findings as they are kept: code, and number of the line where there is one."""
        return [str(each.code) if each.line is None else f"{each.code}:{each.line}" for each in self.findings]


class Sessions(Protocol):
    """Where sessions are recorded. Nothing here raises: a record that cannot be written holds up no video."""

    def recorded(self, session: Session, budget: Budget) -> AbstractContextManager[None]:
        """Records the beginning of a session beside what is done in the context, and at its end how that went."""

    def connected(self, session: Session, budget: Budget) -> None:
        """Records that Alexa saw the session connect."""

    def disconnected(self, session: Session, budget: Budget) -> None:
        """Records that the session is over, and finds out whether it was `never_connected`."""


@dataclass(frozen=True)
class IceServer:
    """A TURN server with its short-lived credential (KVS `IceServer`); `ttl` in seconds."""

    uris: tuple[str, ...]
    username: str = field(repr=False)
    password: str = field(repr=False)
    ttl: int


def nobody(_reason: str) -> None:
    """Told of a retry, when nobody else wants to know."""


class Signaling(Protocol):
    """The way to a camera."""

    def send_offer(self, camera: Camera, offer: str, budget: Budget, on_retry: Callable[[str], None] = nobody) -> str:
        """The camera's SDP answer to an SDP offer. `on_retry` hears why a call is made once more.

        Raises: SignalingError, OfferInvalidError, AnswerInvalidError, CameraRefusedError, DeadlineExceededError.
        """
