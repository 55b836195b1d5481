"""The Lambda function that the registry's stream invokes: tells Alexa of cameras added, changed and removed."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from camera_skill.adapters.registry_stream import change_of
from camera_skill.camera_change import Change
from camera_skill.errors import RegistryError
from camera_skill.functions.composition import Context, budget_of, camera_changes_of, tables_of, ways_of
from camera_skill.settings import ReportSettings
from camera_skill.telemetry.events import EventTelemetry
from camera_skill.workers import Workers

_settings = ReportSettings.from_environment(os.environ)
_telemetry = EventTelemetry(_settings.service, _settings.metrics_namespace)
_session = boto3.Session(region_name=_settings.region)
_tables = tables_of(_settings, _session)
_changes = camera_changes_of(_tables, ways_of(_settings, _session, _tables), _telemetry)
_workers = Workers()


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """A batch of the stream in, the records that must come again out: those of whom Alexa could not be told."""
    if not event["Records"]:  # which Powertools takes for no batch at all
        return {"batchItemFailures": []}
    _telemetry.invocation(context.aws_request_id)
    budget = budget_of(context, _workers)
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
