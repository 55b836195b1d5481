"""The Lambda function that the queues of camera events and of reports invoke: tells Alexa what happened."""

import os
from functools import partial
from typing import Any, Protocol

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from camera_skill.adapters import camera_events, tables
from camera_skill.adapters.event_gateway import EventGateway
from camera_skill.adapters.grants.alexa_grants import alexa_grants
from camera_skill.adapters.known_states import CameraKnownStates
from camera_skill.adapters.once import OnceDeliveries
from camera_skill.adapters.owners import CameraOwners
from camera_skill.adapters.registered_cameras import NowRegisteredCameras
from camera_skill.adapters.report_queue import ReportQueue
from camera_skill.budget import RETURN_SECONDS, Budget
from camera_skill.events.camera_events import CameraEvents
from camera_skill.events.camera_reports import CameraReports, UpToDateDeliveries
from camera_skill.events.connectivity import ConnectivityDeliveries
from camera_skill.events.delivery import Deliverer
from camera_skill.events.reporting import Reporting, error_of
from camera_skill.settings import ReportSettings
from camera_skill.telemetry.events import EventTelemetry
from camera_skill.workers import Workers


class Context(Protocol):
    """What this function needs of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""


def build(settings: ReportSettings, session: boto3.Session, telemetry: EventTelemetry) -> CameraEvents:
    """What handles events, with everything that it talks to."""
    dynamodb = tables.client(session)
    registry_table, activity_table = settings.registry_table, settings.activity_table
    grants = alexa_grants(session, dynamodb, (registry_table, activity_table), **settings.grants._asdict())
    queues = ReportQueue(session, settings.report_queue_url, settings.undelivered_queue_url)
    deliverer = Deliverer(grants, EventGateway(settings.event_gateway_url), queues)
    cameras = NowRegisteredCameras(tables.Registry(dynamodb, registry_table, activity_table))
    states = CameraKnownStates(dynamodb, activity_table)
    up_to_date = UpToDateDeliveries(ConnectivityDeliveries(deliverer, states), CameraReports(cameras, telemetry))
    reporting = Reporting(OnceDeliveries(up_to_date, queues, dynamodb, activity_table), telemetry)
    owners = CameraOwners(dynamodb, registry_table)
    return CameraEvents(owners, states, reporting, telemetry)


_settings = ReportSettings.from_environment(os.environ)
_telemetry = EventTelemetry(_settings.service, _settings.metrics_namespace)
_events = build(_settings, boto3.Session(region_name=_settings.region), _telemetry)
_workers = Workers()


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """A batch of a queue in, the messages that must come again out. They are handled all at once."""
    if not event["Records"]:  # which Powertools takes for no batch at all
        return {"batchItemFailures": []}
    _telemetry.invocation(context.aws_request_id)
    budget = Budget(context.get_remaining_time_in_millis() / 1000 - RETURN_SECONDS, _workers)
    begun = {
        record["messageId"]: budget.begin(partial(_handle, record["body"], budget), "a message of a queue")
        for record in event["Records"]
    }

    def finish(record: SQSRecord) -> None:
        error = error_of(begun[record.message_id].result)
        if error is not None:
            _telemetry.failure(f"message {record.message_id}", error)
            raise error

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event=event, record_handler=finish, processor=processor))


def _handle(body: str, budget: Budget) -> None:
    _events.handle(camera_events.incoming(body), budget)
