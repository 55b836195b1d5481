"""An RTC session: one Echo's view of one camera, begun by an offer."""

from dataclasses import dataclass, field
from typing import Protocol

from camera_skill.budget import Budget
from camera_skill.camera import Camera


@dataclass(frozen=True)
class IceServer:
    """A TURN server with its short-lived credential (KVS `IceServer`); `ttl` in seconds."""

    uris: tuple[str, ...]
    username: str = field(repr=False)
    password: str = field(repr=False)
    ttl: int


class Signaling(Protocol):
    """The way to a camera."""

    def send_offer(self, camera: Camera, offer: str, budget: Budget) -> str:
        """The camera's SDP answer to an SDP offer.

        Raises: SignalingError, OfferInvalidError, AnswerInvalidError, CameraRefusedError, DeadlineExceededError.
        """
