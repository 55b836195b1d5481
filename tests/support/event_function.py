"""The camera_events function without its gateway: real tables, and deliveries that note what Alexa is told."""

import io
import itertools
import json
import logging
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from camera_skill.adapters import camera_events
from camera_skill.adapters.connections import FreshClient
from camera_skill.alexa.proactive_event import with_token
from camera_skill.budget import Budget
from camera_skill.errors import CameraSkillError
from camera_skill.functions.composition import Tables, Ways, camera_events_of
from camera_skill.report import Delivery, Outcome, Report
from camera_skill.telemetry.events import EventTelemetry
from tests.support import secrets
from tests.support.alexa_schema import checked
from tests.support.deliveries import QueuesInMemory

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECONDS = 10.0
_services = itertools.count()


class Told:
    """`reports` is what Alexa was told; `spoil` is called before, with the report, and may raise, or wait."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.spoil: Callable[[Report], None] = lambda _: None

    def deliver(self, report: Report, _budget: Budget) -> Delivery:
        self.spoil(report)
        checked(with_token(report.message, "a-token"))
        self.reports.append(report)
        return Delivery(Outcome.DELIVERED, status=202)


class EventFunction:
    """One instance of the function. Several share the tables, and `told` and `queues` if they are given."""

    def __init__(self, dynamodb: "DynamoDBClient", tables: tuple[str, str], told: Told, queues: QueuesInMemory) -> None:
        service = f"events-{next(_services)}"  # a logger of its own
        self._log = io.StringIO()
        with redirect_stdout(self._log):
            telemetry = EventTelemetry(service, "CameraSkill")
        logging.getLogger(service).propagate = False
        stack = Tables(FreshClient(dynamodb), *tables)
        self._events = camera_events_of(stack, Ways(told, queues), telemetry)

    def logged(self, message: str) -> list[dict[str, Any]]:
        """The log lines of this message, up to now."""
        secrets.wrote("logs", self._log.getvalue())
        lines = [json.loads(line) for line in self._log.getvalue().splitlines()]
        return [line for line in lines if line["message"] == message]

    def __call__(self, *bodies: str) -> None:
        """Handles messages of the queues, one after another. Raises what makes Lambda bring them again."""
        for body in bodies:
            self._events.handle(camera_events.incoming(body), Budget(SECONDS))

    def handle(self, report: Report) -> None:
        """Handles a report that comes back from its queue."""
        self._events.handle(report, Budget(SECONDS))

    def begin(self, body: str) -> Callable[[], CameraSkillError | None]:
        """Handles a message in a thread of its own; gives a function that waits for its end and for its error."""
        errors: list[CameraSkillError] = []

        def run() -> None:
            try:
                self(body)
            except CameraSkillError as error:
                errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()

        def end() -> CameraSkillError | None:
            thread.join(SECONDS)
            assert not thread.is_alive()
            return errors[0] if errors else None

        return end


def changes_of(report: Report) -> dict[str, Any]:
    """What a ChangeReport says changed, and what did not: values by the properties' names."""
    said = report.message
    changed = said["event"]["payload"]["change"]["properties"]
    beside = said["context"].get("properties", [])
    return {
        "changed": {one["name"]: one["value"] for one in changed},
        "context": {one["name"]: one["value"] for one in beside},
        "cause": said["event"]["payload"]["change"]["cause"]["type"],
    }
