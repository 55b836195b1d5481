"""What the functions that report to Alexa are made of, and what they need of Lambda."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

from camera_skill.adapters import tables
from camera_skill.adapters.event_gateway import EventGateway
from camera_skill.adapters.grants.alexa_grants import alexa_grants
from camera_skill.adapters.idempotent_deliveries import IdempotentDeliveries
from camera_skill.adapters.owners import CameraOwners
from camera_skill.adapters.registered_cameras import NowRegisteredCameras
from camera_skill.adapters.report_queue import ReportQueue
from camera_skill.adapters.state_items import StateItems
from camera_skill.budget import RETURN_SECONDS, Budget
from camera_skill.events.camera_changes import CameraChanges
from camera_skill.events.camera_events import CameraEvents
from camera_skill.events.connectivity import ConnectivityDeliveries
from camera_skill.events.delivery import Deliverer
from camera_skill.events.discovery_reports import DiscoveryReports, UpToDateDeliveries
from camera_skill.events.reporting import Reporting
from camera_skill.report import Deliveries, ReportQueues
from camera_skill.settings import ReportSettings
from camera_skill.telemetry.events import EventTelemetry
from camera_skill.workers import Workers

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient


class Context(Protocol):
    """What these functions need of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""


def budget_of(context: Context, workers: Workers) -> Budget:
    """The time of an invocation, less what the runtime needs to take the reply back."""
    return Budget(context.get_remaining_time_in_millis() / 1000 - RETURN_SECONDS, workers)


class Tables(NamedTuple):
    """Both tables by name, and the client for them."""

    client: "FreshClient[DynamoDBClient]"
    registry: str
    activity: str


class Ways(NamedTuple):
    """The ways that a report can go: to the event gateway, and into the queues."""

    deliveries: Deliveries
    queues: ReportQueues


def tables_of(settings: ReportSettings, session: "boto3.Session") -> Tables:
    """The tables of the stack."""
    return Tables(tables.client(session), settings.registry_table, settings.activity_table)


def ways_of(settings: ReportSettings, session: "boto3.Session", stack: Tables) -> Ways:
    """The event gateway, by the customers' grants, and the queues of the stack."""
    grants = alexa_grants(session, stack.client, (stack.registry, stack.activity), **settings.grants._asdict())
    queues = ReportQueue(session, settings.report_queue_url, settings.undelivered_queue_url)
    return Ways(Deliverer(grants, EventGateway(settings.event_gateway_url), queues), queues)


def camera_events_of(stack: Tables, ways: Ways, telemetry: EventTelemetry) -> CameraEvents:
    """What handles events: each report once, and none that is not true any more."""
    states = StateItems(stack.client, stack.activity)
    up_to_date = UpToDateDeliveries(
        ConnectivityDeliveries(ways.deliveries, states), DiscoveryReports(_cameras(stack), telemetry)
    )
    once = IdempotentDeliveries(up_to_date, ways.queues, stack.client, stack.activity)
    return CameraEvents(CameraOwners(stack.client, stack.registry), states, Reporting(once, telemetry), telemetry)


def camera_changes_of(stack: Tables, ways: Ways, telemetry: EventTelemetry) -> CameraChanges:
    """What tells of cameras added, changed and removed."""
    cameras = _cameras(stack)
    return CameraChanges(cameras, DiscoveryReports(cameras, telemetry), Reporting(ways.deliveries, telemetry))


def _cameras(stack: Tables) -> NowRegisteredCameras:
    return NowRegisteredCameras(tables.Registry(stack.client, stack.registry, stack.activity))
