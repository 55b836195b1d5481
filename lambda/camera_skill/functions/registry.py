"""The Lambda function that makers' clouds and the command invoke: the only writer of customers' cameras."""

import os
from typing import Any, Protocol

import boto3

from camera_skill.adapters import tables
from camera_skill.adapters.connections import FreshClient, bounded
from camera_skill.adapters.registration.activity import ActivityTable
from camera_skill.adapters.registration.aws_calls import CONFIG, Patience
from camera_skill.adapters.registration.beginnings import BeginningRows
from camera_skill.adapters.registration.channels import KvsChannels
from camera_skill.adapters.registration.lists import RegistryLists
from camera_skill.adapters.registration.registrations import RegistrationTable
from camera_skill.adapters.registration.requests import RequestTable
from camera_skill.adapters.registration.things import IotThings
from camera_skill.adapters.registration.user_rows import UserRowsOfRegistry
from camera_skill.adapters.states import CameraStates
from camera_skill.budget import RETURN_SECONDS
from camera_skill.registry.adding import Adding
from camera_skill.registry.api import Api
from camera_skill.registry.changing import Changing
from camera_skill.registry.ending import Ending
from camera_skill.registry.erasing import Erasing, Kept
from camera_skill.registry.importing import Importing
from camera_skill.registry.operations import Operations
from camera_skill.registry.reading import Reading
from camera_skill.registry.stack import Stack
from camera_skill.settings import RegistrySettings
from camera_skill.telemetry.registry import AuditTelemetry


class Context(Protocol):
    """What this function needs of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""


def build(settings: RegistrySettings, session: boto3.Session, patience: Patience) -> Api:
    """The API with everything that it talks to."""
    client = session.client("dynamodb", config=CONFIG)
    bounded(client)
    patience.teach(client)
    dynamodb = FreshClient(client)
    registry_table, activity_table = settings.registry_table, settings.activity_table
    stack = Stack(
        settings.region,
        settings.account_id,
        settings.channel_name_prefix,
        settings.existing_channel_names,
        settings.existing_thing_names,
    )
    channels = KvsChannels(session, settings.region, settings.stack_name, patience)
    things = IotThings(session, settings.stack_name, patience)
    requests = RequestTable(dynamodb, activity_table)
    registrations = RegistrationTable(dynamodb, registry_table, requests)
    beginnings = BeginningRows(dynamodb, registry_table)
    activity = ActivityTable(dynamodb, activity_table)
    states = CameraStates(tables.Registry(dynamodb, registry_table, activity_table), dynamodb, activity_table)
    adding = Adding(stack, registrations, beginnings, channels, things)
    changing = Changing(registrations, channels)
    ending = Ending(stack, registrations, activity, channels, things)
    kept = Kept(registrations, beginnings, UserRowsOfRegistry(dynamodb, registry_table), activity)
    operations = Operations(
        registrations,
        channels,
        adding,
        changing,
        ending,
        Importing(registrations, adding, changing, patience.left),
        Erasing(kept, adding, ending, patience.left),
        Reading(registrations, RegistryLists(dynamodb, registry_table), states, channels),
    )
    return Api(operations.table(), requests, AuditTelemetry(settings.service, settings.metrics_namespace))


_settings = RegistrySettings.from_environment(os.environ)
_patience = Patience()
_api = build(_settings, boto3.Session(region_name=_settings.region), _patience)


def handler(event: object, context: Context) -> dict[str, Any]:
    """A request of the registry API in, its response out (docs/reference/registry-api.md)."""
    _patience.begin(context.get_remaining_time_in_millis() / 1000 - RETURN_SECONDS)
    return _api.handle(event, context.aws_request_id)
