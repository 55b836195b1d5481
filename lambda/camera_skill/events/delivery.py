"""The way of a report to Alexa's event gateway, and what follows from each of its answers (docs/architecture.md)."""

import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from camera_skill.alexa.doorbell_event_source import DOORBELL_PRESS
from camera_skill.alexa.proactive_event import with_token
from camera_skill.budget import Budget
from camera_skill.errors import RegistryError
from camera_skill.grant import GrantedToken, Grants
from camera_skill.report import Delivery, Gateway, GatewayAnswer, Outcome, Report, ReportQueues
from camera_skill.report_errors import (
    AlexaClientError,
    GatewayUnreachableError,
    GrantError,
    GrantRefusedError,
    ReportStrandedError,
)

RETRY_SECONDS = (2, 5, 12)
"""Before the second, third and fourth attempt. Alexa allows three more, at least a second apart."""
JITTER = 0.5
"""A delay grows by up to this part of it, and never shrinks."""
QUEUE_SECONDS = 2.0
"""Left over for handing a report on, whatever the gateway did."""

LATEST_SECONDS = 300.0
"""A press is announced no later, unless an operator wants it: the queue may have waited for a function that was off.

Longer than all attempts take, also where one is cut off.
"""

_GONE = {"SKILL_DISABLED", "ACCOUNT_NOT_FOUND"}
"""Codes by which the gateway says that the customer took the grant back; some have `_EXCEPTION` behind them."""
_RELINK = "the customer must disable the skill in the Alexa app and enable it again"
_OURS = "a mistake of this skill, which another attempt does not mend"
_REMEDIES = {
    "INVALID_ACCESS_TOKEN": _RELINK,
    "SKILL_NEVER_ENABLED": _RELINK,
    "SKILL_NOT_FOUND": _RELINK,
    "INSUFFICIENT_PERMISSION": 'turn "Send Alexa Events" on, on the skill\'s page Permissions',
    "INVALID_REQUEST": _OURS,
    "REQUEST_ENTITY_TOO_LARGE": _OURS,
}
"""By such codes: what an operator can do."""


class Deliverer:
    """Sends each report once, or twice where a token was refused; all else is left to the queues. Never sleeps."""

    def __init__(self, grants: Grants, gateway: Gateway, queues: ReportQueues) -> None:
        """`queues` take what cannot be delivered now, or at all."""
        self._grants = grants
        self._gateway = gateway
        self._queues = queues

    def deliver(self, report: Report, budget: Budget) -> Delivery:
        """Sends it, or hands it on.

        Raises: ReportStrandedError if it could neither be sent nor handed on.
        """
        waited = time.time() - report.at
        if report.name == DOORBELL_PRESS and not report.redriven and waited > LATEST_SECONDS:
            return self._undelivered(report, f"it waited {waited:.0f} s, and is too late to be announced", budget)
        try:
            sent = self._sent(report, budget.apart(max(0.0, budget.left() - QUEUE_SECONDS)))
        except GrantRefusedError as error:
            return Delivery(Outcome.NOT_GRANTED, str(error))
        except AlexaClientError as error:
            return self._undelivered(report, str(error), budget)
        except (GrantError, RegistryError, GatewayUnreachableError) as error:
            return self._retried(report, str(error), budget)
        if sent is None:
            return Delivery(Outcome.NOT_GRANTED)
        return self._after(report, sent, budget)

    def _sent(self, report: Report, budget: Budget) -> "_Sent | None":
        """The gateway's answer; None without a grant."""
        token = self._grants.token(report.user_id, budget)
        if token is None:
            return None
        answer = self._send(report, token, budget)
        if answer.status != 401:
            return _Sent(answer, token)
        another = self._grants.refreshed(token, budget)
        return None if another is None else _Sent(self._send(report, another, budget), another)

    def _send(self, report: Report, token: GrantedToken, budget: Budget) -> GatewayAnswer:
        return self._gateway.send(with_token(report.message, token.access_token), token, budget)

    def _after(self, report: Report, sent: "_Sent", budget: Budget) -> Delivery:
        status, reason = sent.answer.status, str(sent.answer)
        code = sent.answer.code.removesuffix("_EXCEPTION")
        if 200 <= status < 300:
            return Delivery(Outcome.DELIVERED, status=status)
        if status in {403, 404} and code in _GONE:
            return self._dropped(report, sent, reason, budget)
        if status == 429 or status >= 500:
            return self._retried(report, reason, budget, status)
        return self._undelivered(
            report, f"{reason}: {_REMEDIES[code]}" if code in _REMEDIES else reason, budget, status
        )

    def _dropped(self, report: Report, sent: "_Sent", reason: str, budget: Budget) -> Delivery:
        try:
            is_dropped = self._grants.drop(sent.token, budget)
        except RegistryError as error:  # else nobody would be left in peace
            return self._retried(report, f"{reason}, and {error}", budget, sent.answer.status)
        if not is_dropped:
            return self._retried(report, f"{reason} to a token that was replaced meanwhile", budget, sent.answer.status)
        return Delivery(Outcome.NOT_GRANTED, reason, sent.answer.status)

    def _retried(self, report: Report, reason: str, budget: Budget, status: int = 0) -> Delivery:
        """Leaves it to the next attempt, or to the operator if it had its last."""
        if report.attempt >= len(RETRY_SECONDS):
            return self._undelivered(report, f"{reason}, in the last of {report.attempt + 1} attempts", budget, status)
        seconds = RETRY_SECONDS[report.attempt] * random.uniform(1.0, 1.0 + JITTER)  # noqa: S311 - no secret
        with _stranded(reason):
            self._queues.later(report.again(), math.ceil(seconds), budget)
        return Delivery(Outcome.RETRIED, reason, status)

    def _undelivered(self, report: Report, reason: str, budget: Budget, status: int = 0) -> Delivery:
        with _stranded(reason):
            self._queues.undelivered(report, reason, budget)
        return Delivery(Outcome.UNDELIVERED, reason, status)


class _Sent(NamedTuple):
    """What the gateway said, and to which token."""

    answer: GatewayAnswer
    token: GrantedToken


@contextmanager
def _stranded(reason: str) -> Iterator[None]:
    """Whoever keeps the report is told why it was to be handed on, too."""
    try:
        yield
    except ReportStrandedError as error:
        raise ReportStrandedError(f"{reason}; and {error}") from error
