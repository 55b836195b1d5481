"""A report: what Alexa is told unasked, for one customer."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from camera_skill.budget import Budget
from camera_skill.grant import GrantedToken

_NAMES = uuid.UUID("8d5c1f0e-3a77-4d0b-9c50-6a5f0a2f7b11")
"""The namespace of message ids (RFC 9562, version 5): drawn once, at random."""


@dataclass(frozen=True)
class Report:
    """A message for the event gateway; the token comes into it when it is sent.

    `event_id` names what happened, whoever is told of it: of a camera's event `<endpoint_id>/<the camera's id>`.
    `at`: when that was, in seconds since 1970, by the broker or the table. `attempt`: how often it was sent before.
    `redriven`: how often an operator had it sent again. `has_waited`: in a queue, for whatever reason. `message`:
    Alexa's JSON, without a scope.
    """

    user_id: str
    event_id: str
    endpoint_ids: tuple[str, ...]
    at: float
    message: Mapping[str, Any] = field(repr=False)
    attempt: int = 0
    redriven: int = 0
    has_waited: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """What Alexa calls the message: DoorbellPress, ChangeReport, AddOrUpdateReport and so on."""
        return str(self.message["event"]["header"]["name"])

    def again(self) -> "Report":
        """The same, for the next attempt."""
        return replace(self, attempt=self.attempt + 1, has_waited=True)


class Outcome(StrEnum):
    """What became of a report, for now."""

    DELIVERED = "DELIVERED"
    """Alexa took it (202), which does not say that it announced anything."""
    RETRIED = "RETRIED"
    """It waits in the report queue for another attempt."""
    UNDELIVERED = "UNDELIVERED"
    """It is in the dead-letter queue, with the reason."""
    NOT_GRANTED = "NOT_GRANTED"
    """The customer has no grant, or none any more, and is left in peace."""
    REPEATED = "REPEATED"
    """The same report went its way before."""
    OVERTAKEN = "OVERTAKEN"
    """It had to wait, and is not true any more; another report tells of what is so by now."""


@dataclass(frozen=True)
class Delivery:
    """What became of a report, and why if it was not delivered. `status`: the gateway's, 0 if it gave none.

    With NOT_GRANTED, the reason says why the grant is gone, if it went just now; it is empty if there was none.
    """

    outcome: Outcome
    reason: str = ""
    status: int = 0


@dataclass(frozen=True)
class GatewayAnswer:
    """What the event gateway says to a message: a status, and the code that its body names, if it does."""

    status: int
    code: str = ""

    def __str__(self) -> str:
        """For a reason."""
        return f"the event gateway answered HTTP {self.status} {self.code or '(no code)'}"


class Gateway(Protocol):
    """Alexa's event gateway."""

    def send(self, message: Mapping[str, Any], token: GrantedToken, budget: Budget) -> GatewayAnswer:
        """What it says to a message that has the token in its scope, whatever that is.

        Raises: GatewayUnreachableError.
        """


class ReportQueues(Protocol):
    """Where reports go that were not delivered: to be sent later, or to the dead letters."""

    def later(self, report: Report, seconds: int, budget: Budget) -> None:
        """Has the report come back after so many seconds. Raises: ReportStrandedError."""

    def undelivered(self, report: Report, reason: str, budget: Budget) -> None:
        """Keeps the report for the operator. Raises: ReportStrandedError."""


class Deliveries(Protocol):
    """What brings reports to Alexa."""

    def deliver(self, report: Report, budget: Budget) -> Delivery:
        """Sends it, or hands it on to be sent later; never sleeps.

        Raises: ReportStrandedError if it could neither be sent nor handed on: whoever had it must keep it.
        """


def message_id(event_id: str, user_id: str) -> str:
    """The message's id: the same whenever the same customer is told of the same event."""
    return str(uuid.uuid5(_NAMES, f"{event_id}\n{user_id}"))
