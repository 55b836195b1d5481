"""The camera_changes function without its gateway: the registry's own stream, and deliveries that note what is told."""

from collections.abc import Callable
from typing import Any

from camera_skill.adapters.registered_cameras import NowRegisteredCameras
from camera_skill.adapters.registry_stream import change_of
from camera_skill.adapters.tables import Registry
from camera_skill.alexa.proactive_event import with_token
from camera_skill.budget import Budget
from camera_skill.errors import CameraSkillError
from camera_skill.events.camera_changes import CameraChanges
from camera_skill.events.discovery_reports import DiscoveryReports
from camera_skill.events.record import ReportRecord
from camera_skill.events.reporting import Reporting
from camera_skill.report import Delivery, Outcome, Report
from camera_skill.report_errors import ReportStrandedError
from tests.support.alexa_schema import checked
from tests.support.registrations import Registrations
from tests.support.registry_stream import RegistryStream


class Told:
    """Deliveries that keep what is delivered, and cannot for some customers; and what is logged."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.stranded: set[str] = set()
        self.reasons: list[str] = []

    def deliver(self, report: Report, _budget: Budget) -> Delivery:
        if report.user_id in self.stranded:
            raise ReportStrandedError("no way out")
        self.reports.append(report)
        return Delivery(Outcome.DELIVERED, status=202)

    def left_out(self, _user_id: str, reason: str) -> None:
        self.reasons.append(reason)

    def report(self, record: ReportRecord) -> None:
        pass

    def event(self, record: object) -> None:
        pass

    def failure(self, what: str, error: CameraSkillError) -> None:
        pass

    def taken(self) -> set[tuple[str, str, str]]:
        """Who was told what of which cameras since the last call, each camera's name in an update."""
        for report in self.reports:
            checked(with_token(report.message, "token"))
        said = {
            (report.user_id, report.name, str(endpoint.get("friendlyName", endpoint["endpointId"])))
            for report in self.reports
            for endpoint in report.message["event"]["payload"]["endpoints"]
        }
        self.reports.clear()
        return said


class House:
    """A registry that its operator changes, and the function's work on what its stream says."""

    def __init__(self, registrations: Registrations, registry: Registry, stream: RegistryStream) -> None:
        self.registrations = registrations
        self.stream = stream
        self.told = Told()
        cameras = NowRegisteredCameras(registry)
        self.reports = DiscoveryReports(cameras, self.told)
        self.changes = CameraChanges(cameras, self.reports, Reporting(self.told, self.told))

    def handle(self, event: dict[str, Any] | None = None) -> dict[str, CameraSkillError]:
        """Which changes must be told of again."""
        records = (event or self.stream.event())["Records"]
        changes = [change for record in records if (change := change_of(record)) is not None]
        return dict(self.changes.tell(changes, Budget(55.0)))

    def told_of(self, *writes: Callable[[], object]) -> set[tuple[str, str, str]]:
        """What Alexa is told after these writes."""
        for write in writes:
            write()
        assert self.handle() == {}
        return self.told.taken()
