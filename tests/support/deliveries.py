"""What a delivery needs beside a gateway, without a network: grants in memory, and queues that are lists."""

from typing import TYPE_CHECKING

from camera_skill.alexa.doorbell_event_source import doorbell_press
from camera_skill.budget import Budget
from camera_skill.grant import GatewayRegion, GrantedToken
from camera_skill.report import Report, message_id
from camera_skill.report_errors import ReportStrandedError

if TYPE_CHECKING:
    from camera_skill.errors import CameraSkillError

USER = "customer-1"
EVENT = "camera-skill-front-door/press-1"
_AT = 4_000_000_000.9
"""Late in the century, so that it is never too late to be announced."""


def press(attempt: int = 0) -> Report:
    """The report of a press on the doorbell."""
    message = doorbell_press("camera-skill-front-door", message_id(EVENT, USER), _AT)
    return Report(USER, EVENT, ("camera-skill-front-door",), _AT, message, attempt)


class GrantsInMemory:
    """One customer's grant. `failure` is raised in place of a token, or only of another one if `only_refresh`.

    `links_anew_at_drop`: whether the customer has another one before it can be dropped.
    """

    def __init__(self) -> None:
        self.granted = True
        self.refreshes = 0
        self.failure: CameraSkillError | None = None
        self.only_refresh = False
        self.links_anew_at_drop = False

    def accept(self, user_id: str, code: str, budget: Budget) -> None:
        raise NotImplementedError

    def token(self, user_id: str, _budget: Budget) -> GrantedToken | None:
        if self.failure is not None and not self.only_refresh:
            raise self.failure
        version = f"token-{self.refreshes}"
        return GrantedToken(user_id, version, GatewayRegion.EUROPE, version) if self.granted else None

    def refreshed(self, token: GrantedToken, budget: Budget) -> GrantedToken | None:
        if self.failure is not None:
            raise self.failure
        self.refreshes += 1
        return self.token(token.user_id, budget)

    def drop(self, token: GrantedToken, _budget: Budget) -> bool:
        self.refreshes += self.links_anew_at_drop
        is_that_one = self.granted and token.version == f"token-{self.refreshes}"
        self.granted = self.granted and not is_that_one
        return is_that_one


class QueuesInMemory:
    """What was handed on. `are_down`: whether they take nothing."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Report, int]] = []
        self.dead: list[tuple[Report, str]] = []
        self.are_down = False

    def later(self, report: Report, seconds: int, _budget: Budget) -> None:
        self._check()
        self.waiting.append((report, seconds))

    def undelivered(self, report: Report, reason: str, _budget: Budget) -> None:
        self._check()
        self.dead.append((report, reason))

    def _check(self) -> None:
        if self.are_down:
            raise ReportStrandedError("SQS could not be reached")
