"""What is logged and counted of a directive."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from camera_skill.alexa import authorization, discovery
from camera_skill.camera import Camera
from camera_skill.errors import CameraSkillError, outcome_of
from camera_skill.session import Session


@dataclass
class DirectiveRecord:
    """What is logged and counted of one directive. Holds no secret: no token, no SDP, no payload.

    `timings`: milliseconds by step. `session`: what is recorded of the session, in a directive that is about one.
    `left_out`: why cameras are not shown to their customer; `beyond`: how many are not, since Alexa takes no more.
    `damage`: what is wrong with the registration of a camera that was used all the same.
    """

    request_id: str
    namespace: str = ""
    name: str = ""
    endpoint_id: str = ""
    session_id: str = ""
    is_supported: bool = True
    milliseconds: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)
    session: Session | None = None
    left_out: Sequence[str] = ()
    beyond: int = 0
    damage: str = ""
    error: CameraSkillError | None = field(default=None, repr=False)

    @property
    def alarm(self) -> bool:
        """Whether the operator must look at it: to the customer discovery that fails looks as if there was nothing."""
        is_discovery = (self.namespace, self.name) == discovery.DISCOVER
        return bool(self.left_out or self.damage) or (self.error is not None and (self.error.alarm or is_discovery))

    @property
    def outcome(self) -> str:
        """ANSWERED, or the type of the error that Alexa was told."""
        if self.error is not None and (self.namespace, self.name) == authorization.ACCEPT_GRANT:
            return authorization.ACCEPT_GRANT_FAILED
        return outcome_of(self.error)

    def saw(self, camera: Camera) -> None:
        """Notes what is wrong with the registration of a camera that is used."""
        if camera.damage:
            self.damage = f"the item of camera {camera.endpoint_id} has {camera.damage}"

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Measures what is done in the context as that step, whether it succeeds or fails."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.timings[step] = (time.monotonic() - started) * 1000

    def fields(self) -> dict[str, object]:
        """The log line's own fields; durations in milliseconds."""
        fields: dict[str, object] = {
            "namespace": self.namespace,
            "directive": self.name,
            "endpoint_id": self.endpoint_id,
            "session_id": self.session_id,
            "outcome": self.outcome,
            "duration_ms": round(self.milliseconds, 1),
        }
        if self.error is not None:
            fields["error_type"], fields["error"] = self.outcome, type(self.error).__name__
        fields.update({f"{step}_ms": round(milliseconds, 1) for step, milliseconds in self.timings.items()})
        if self.session is not None:
            fields["retries"] = list(self.session.retries)
            fields["findings"] = self.session.found()
            fields["session_unrecorded"] = self.session.unrecorded
        return fields
