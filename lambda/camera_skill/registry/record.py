"""What the audit log says of a request to the registry function: who, what, when; no names of people."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from camera_skill.errors import CameraSkillError
from camera_skill.registry.identity import is_random

BEGUN, DONE = "BEGUN", "DONE"


@dataclass
class AuditRecord:
    """A request. `users`: digests of user ids, which an account server may make of names.

    `outcome`: DONE, or the error's code. `counts`: how many rows of a batch had which outcome. `is_repeated`: whether
    the response is that of an earlier attempt.
    """

    request_id: str
    operation: str
    actor: str = ""
    idempotency_key: str = ""
    is_dry: bool = False
    endpoint_ids: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    outcome: str = DONE
    counts: dict[str, int] = field(default_factory=dict)
    is_repeated: bool = False
    error: CameraSkillError | None = field(default=None, repr=False)
    milliseconds: float = 0.0

    @property
    def alarm(self) -> bool:
        """Whether the operator must look at it."""
        return self.error is not None and self.error.alarm

    def concerns(self, user_ids: Iterable[str]) -> None:
        """Notes users whom the request is about."""
        self.users = sorted({*self.users, *(digest_of(user_id) for user_id in user_ids)})

    def fields(self) -> dict[str, object]:
        """The log line's own fields, what there is of them."""
        fields: dict[str, object] = {
            "operation": self.operation,
            "outcome": self.outcome,
            "actor": self.actor,
            "idempotency_key": self.idempotency_key,
            "dry_run": self.is_dry,
            "endpoint_ids": [_in_audit(endpoint_id) for endpoint_id in self.endpoint_ids],
            "users": self.users,
            "counts": self.counts,
            "repeated": self.is_repeated,
        }
        return {name: value for name, value in fields.items() if value} | {"duration_ms": round(self.milliseconds, 1)}


class Audit(Protocol):
    """Where requests are logged and counted."""

    def begun(self, record: AuditRecord) -> None:
        """Once per attempt of a request, before anything is written."""

    def request(self, record: AuditRecord) -> None:
        """Once per request, after its response was made."""


def digest_of(name: str) -> str:
    """A name for a user that says nothing of a person: the first 32 hexadecimal digits of SHA-256 of the id."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _in_audit(endpoint_id: str) -> str:
    """The endpoint id. One from before they were random is made of what somebody called the camera: its digest."""
    return endpoint_id if is_random(endpoint_id) else digest_of(endpoint_id)
