"""Camera events: what is recorded of each, and who is told of it."""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from camera_skill.budget import Budget
from camera_skill.camera import Camera, CameraLink
from camera_skill.camera_event import CameraEvent, InvalidEvent, Status
from camera_skill.events.event_reports import reports
from camera_skill.events.record import EventOutcome, EventRecord, Telemetry
from camera_skill.events.reporting import Reporting
from camera_skill.events.transitions import after, is_anothers
from camera_skill.report import Report
from camera_skill.state import KnownStates, Sample, plausibly_added


class Owners(Protocol):
    """Where cameras and their owners are kept."""

    def of_thing(self, thing: str, budget: Budget) -> tuple[Camera, tuple[CameraLink, ...]] | None:
        """The camera and its owners, since when each; None if no camera has this thing. Raises: RegistryError."""

    def store_firmware(self, endpoint_id: str, version: str, budget: Budget) -> None:
        """Writes what firmware the camera has. Raises: RegistryError."""


class CameraEvents:
    """Handles what comes out of the queues: events, and reports whose time for another attempt has come."""

    def __init__(self, owners: Owners, states: KnownStates, reporting: Reporting, telemetry: Telemetry) -> None:
        """`reporting` may be given the same report again, and sends it once."""
        self._owners = owners
        self._states = states
        self._reporting = reporting
        self._telemetry = telemetry

    def handle(self, incoming: CameraEvent | InvalidEvent | Report, budget: Budget) -> None:
        """Handles one of them.

        Raises: ReportStrandedError, RegistryError: it must be handled again.
        """
        if isinstance(incoming, Report):
            self._reporting.send([replace(incoming, has_waited=True)], budget)
            return
        started = time.monotonic()
        record = EventRecord(incoming.thing, incoming.kind, incoming.at)
        found = self._owners.of_thing(incoming.thing, budget)
        camera = plausibly_added(found[0], time.time()) if found else None
        record.endpoint_id = camera.endpoint_id if camera else ""
        if isinstance(incoming, InvalidEvent):
            record.outcome, record.reason = EventOutcome.REFUSED, incoming.reason
        elif found is None or camera is None:
            record.event_id = incoming.name
            record.outcome, record.reason = EventOutcome.REFUSED, "no camera has this thing"
        else:
            self._handle_event(replace(incoming, endpoint_id=camera.endpoint_id), camera, found[1], record, budget)
        record.milliseconds = (time.monotonic() - started) * 1000
        self._telemetry.event(record)

    def _handle_event(
        self, event: CameraEvent, camera: Camera, owners: Iterable[CameraLink], record: EventRecord, budget: Budget
    ) -> None:
        record.event_id = event.name
        if is_anothers(event, camera):
            record.outcome, record.reason = EventOutcome.REFUSED, "it is of before the camera was added"
            return
        changed = self._states.change(event.endpoint_id, lambda known: after(known, event, camera, time.time()), budget)
        record.outcome, record.reason = changed.result.outcome, changed.result.reason
        if camera.damage:
            record.reason = f"{record.reason}; the camera's item has {camera.damage}".removeprefix("; ")
        self._note_firmware(event, camera, changed.state.firmware, budget)
        if record.outcome is EventOutcome.REPORTED:
            self._reporting.send([*reports(event, camera, owners, changed.state, changed.wanted_by)], budget)

    def _note_firmware(self, event: CameraEvent, camera: Camera, known: Sample[str] | None, budget: Budget) -> None:
        """Writes what firmware a camera has into its registration, if it is news."""
        told = event.happening.firmware if isinstance(event.happening, Status) else None
        if told and known == Sample(told, event.at) and told != camera.firmware_version:
            self._owners.store_firmware(camera.endpoint_id, told, budget)
