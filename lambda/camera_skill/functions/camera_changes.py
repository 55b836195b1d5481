"""The Lambda function that the registry's stream invokes: tells Alexa of cameras added, changed and removed."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from camera_skill.adapters import tables
from camera_skill.adapters.event_gateway import EventGateway
from camera_skill.adapters.grants.alexa_grants import alexa_grants
from camera_skill.adapters.registered_cameras import NowRegisteredCameras
from camera_skill.adapters.registry_stream import change_of
from camera_skill.adapters.report_queue import ReportQueue
from camera_skill.budget import RETURN_SECONDS, Budget
from camera_skill.change import Change
from camera_skill.errors import RegistryError
from camera_skill.events.camera_reports import CameraReports
from camera_skill.events.changes import Changes
from camera_skill.events.delivery import Deliverer
from camera_skill.events.reporting import Reporting
from camera_skill.settings import ReportSettings
from camera_skill.telemetry.events import EventTelemetry
from camera_skill.workers import Workers


class Context(Protocol):
    """What this function needs of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""


def build(settings: ReportSettings, session: boto3.Session, telemetry: EventTelemetry) -> Changes:
    """What tells of changes, with everything that it talks to."""
    dynamodb = tables.client(session)
    registry_table, activity_table = settings.registry_table, settings.activity_table
    grants = alexa_grants(session, dynamodb, (registry_table, activity_table), **settings.grants._asdict())
    queues = ReportQueue(session, settings.report_queue_url, settings.undelivered_queue_url)
    deliverer = Deliverer(grants, EventGateway(settings.event_gateway_url), queues)
    cameras = NowRegisteredCameras(tables.Registry(dynamodb, registry_table, activity_table))
    return Changes(cameras, CameraReports(cameras, telemetry), Reporting(deliverer, telemetry))


_settings = ReportSettings.from_environment(os.environ)
_telemetry = EventTelemetry(_settings.service, _settings.metrics_namespace)
_changes = build(_settings, boto3.Session(region_name=_settings.region), _telemetry)
_workers = Workers()


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """A batch of the stream in, the records that must come again out: those of whom Alexa could not be told."""
    if not event["Records"]:  # which Powertools takes for no batch at all
        return {"batchItemFailures": []}
    _telemetry.invocation(context.aws_request_id)
    budget = Budget(context.get_remaining_time_in_millis() / 1000 - RETURN_SECONDS, _workers)
    failed = _changes.tell([*_changes_in(event["Records"])], budget)
    for error in {id(error): error for error in failed.values()}.values():  # one for all records of a customer
        _telemetry.failure("changes of the registry", error)

    def finish(record: DynamoDBRecord) -> None:
        change = change_of(record.raw_event)
        if change is not None and change.id in failed:
            raise failed[change.id]

    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event=event, record_handler=finish, processor=processor))


def _changes_in(records: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
    for record in records:
        try:
            change = change_of(record)
        except RegistryError as error:  # comes again, and is a dead letter in the end
            _telemetry.failure("record of the registry's stream", error)
            continue
        if change is not None:
            yield change
