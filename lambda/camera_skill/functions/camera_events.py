"""The Lambda function that the queues of camera events and of reports invoke: tells Alexa what happened."""

import os
from functools import partial
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from camera_skill.adapters import camera_events
from camera_skill.budget import Budget
from camera_skill.events.reporting import error_of
from camera_skill.functions.composition import Context, budget_of, camera_events_of, tables_of, ways_of
from camera_skill.settings import ReportSettings
from camera_skill.telemetry.events import EventTelemetry
from camera_skill.workers import Workers

_settings = ReportSettings.from_environment(os.environ)
_telemetry = EventTelemetry(_settings.service, _settings.metrics_namespace)
_session = boto3.Session(region_name=_settings.region)
_tables = tables_of(_settings, _session)
_events = camera_events_of(_tables, ways_of(_settings, _session, _tables), _telemetry)
_workers = Workers()


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """A batch of a queue in, the messages that must come again out. They are handled all at once."""
    if not event["Records"]:  # which Powertools takes for no batch at all
        return {"batchItemFailures": []}
    _telemetry.invocation(context.aws_request_id)
    budget = budget_of(context, _workers)
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
