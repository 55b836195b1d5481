"""Camera events through everything but the gateway: tables of the local AWS, and what Alexa would be told."""

import itertools
import logging
from typing import TYPE_CHECKING

import pytest

from camera_skill.adapters import camera_events
from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.known_states import CameraKnownStates
from camera_skill.adapters.once import OnceDeliveries
from camera_skill.adapters.owners import CameraOwners
from camera_skill.alexa.report import with_token
from camera_skill.budget import Budget
from camera_skill.errors import ReportStrandedError
from camera_skill.events.camera_events import CameraEvents
from camera_skill.events.reporting import Reporting
from camera_skill.report import Delivery, Outcome, Report
from camera_skill.telemetry.events import EventTelemetry
from tests.conftest import AddCamera
from tests.support.account_server import USER_ID
from tests.support.alexa_schema import checked
from tests.support.camera_events import published

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OTHER = "another-user"
_services = itertools.count()


class Told:
    """Deliveries that note what Alexa is told, and strand for whom they are told to."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.stranded: set[str] = set()

    def deliver(self, report: Report, _budget: Budget) -> Delivery:
        if report.user_id in self.stranded:
            raise ReportStrandedError("the queue is down")
        checked(with_token(report.message, "a-token"))
        self.reports.append(report)
        return Delivery(Outcome.DELIVERED, status=202)

    def names(self) -> list[str]:
        return [report.name for report in self.reports]


class Queue:
    """Where reports go that another invocation is at."""

    def __init__(self) -> None:
        self.later_: list[tuple[Report, int]] = []

    def later(self, report: Report, seconds: int, _budget: Budget) -> None:
        self.later_.append((report, seconds))

    def undelivered(self, report: Report, reason: str, budget: Budget) -> None:
        raise NotImplementedError


class Events:
    """The function without its gateway."""

    def __init__(self, dynamodb: "DynamoDBClient", registry: str, activity: str) -> None:
        self.told, self.queue = Told(), Queue()
        service = f"events-{next(_services)}"
        telemetry = EventTelemetry(service, "CameraSkill")
        logging.getLogger(service).propagate = False
        client = FreshClient(dynamodb)
        once = OnceDeliveries(self.told, self.queue, client, activity)
        self._events = CameraEvents(
            CameraOwners(client, registry),
            CameraKnownStates(client, activity),
            Reporting(once, telemetry),
            telemetry,
        )

    def __call__(self, *bodies: str) -> None:
        for body in bodies:
            self._events.handle(camera_events.incoming(body), Budget(5.0))


@pytest.fixture
def events(dynamodb: "DynamoDBClient", table_names: tuple[str, str]) -> Events:
    return Events(dynamodb, *table_names)


def test_each_owner_is_told_once_when_the_same_press_comes_twice(events: Events, add_camera: AddCamera) -> None:
    add_camera("https://example", is_doorbell=True)
    add_camera("https://example", is_doorbell=True, user_id=OTHER)
    press = published("doorbell", {"id": "1"})
    events(press, press)
    assert sorted(report.user_id for report in events.told.reports) == sorted([OTHER, USER_ID])
    assert len({report.message["event"]["header"]["messageId"] for report in events.told.reports}) == 2
