"""Reports of which cameras a customer has: made from what the registry says now, also when they are sent again."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from camera_skill.alexa import discovery
from camera_skill.alexa.directive import Json
from camera_skill.alexa.discovery import Endpoint
from camera_skill.budget import Budget
from camera_skill.camera_change import RegisteredCameras, Shown, Unreadable
from camera_skill.errors import RegistryError
from camera_skill.interfaces.endpoint import endpoint_of
from camera_skill.report import Deliveries, Delivery, Outcome, Report, message_id
from camera_skill.report_errors import ReportStrandedError


class Telemetry(Protocol):
    """Where it is logged what Alexa is not told of."""

    def left_out(self, user_id: str, reason: str) -> None:
        """That a customer's camera is in no report, and why."""


class DiscoveryReports:
    """Makes them."""

    def __init__(self, cameras: RegisteredCameras, telemetry: Telemetry) -> None:
        """Reads `cameras` anew each time."""
        self._cameras = cameras
        self._telemetry = telemetry

    def of(
        self, user_id: str, endpoint_ids: Collection[str], event_id: str, at: float, budget: Budget
    ) -> Iterator[Report]:
        """What is to be said of these cameras: of those that the user has, and of those that are gone.

        `at`: when this came to be so. Raises: RegistryError.
        """
        shown, gone = self._now(user_id, endpoint_ids, budget)
        for number, batch in enumerate(discovery.batches(shown)):
            name = f"{event_id}/update/{number}"
            ids = tuple(endpoint.endpoint_id for endpoint in batch)
            message = discovery.add_or_update_report(message_id(name, user_id), batch)
            yield Report(user_id, name, ids, at, message)
        for begin in range(0, len(gone), discovery.MOST_AT_ONCE):
            name, ids = f"{event_id}/delete/{begin}", tuple(gone[begin : begin + discovery.MOST_AT_ONCE])
            yield Report(user_id, name, ids, at, discovery.delete_report(message_id(name, user_id), ids))

    def renewed(self, report: Report, budget: Budget) -> Report | None:
        """What there is to say of it still: None if of all its cameras another report tells by now.

        Raises: RegistryError.
        """
        shown, gone = self._now(report.user_id, report.endpoint_ids, budget)
        name = message_id(report.event_id, report.user_id)
        if report.name == discovery.DELETE_REPORT:
            return _about(report, gone, discovery.delete_report(name, gone)) if gone else None
        ids = [endpoint.endpoint_id for endpoint in shown]
        return _about(report, ids, discovery.add_or_update_report(name, shown)) if shown else None

    def concern(self, report: Report, budget: Budget) -> bool:
        """Whether its customer has a camera that it tells of still. Raises: RegistryError."""
        return bool(self._cameras.linked(report.user_id, report.endpoint_ids, budget))

    def _now(self, user_id: str, endpoint_ids: Collection[str], budget: Budget) -> tuple[list[Endpoint], list[str]]:
        there = self._cameras.linked(user_id, endpoint_ids, budget)
        shown = [*self._shown(user_id, there)]
        return shown, sorted({*endpoint_ids} - there.keys())

    def _shown(self, user_id: str, there: Mapping[str, Shown | Unreadable]) -> Iterator[Endpoint]:
        for endpoint_id, found in there.items():
            if isinstance(found, Unreadable):
                self._telemetry.left_out(user_id, found.reason)
                continue
            endpoint = endpoint_of(found.link, found.camera)
            if defect := endpoint.defect():
                self._telemetry.left_out(user_id, f"Alexa would not take camera {endpoint_id}: {defect}")
            else:
                yield endpoint


class UpToDateDeliveries:
    """Deliveries by which a report that waited says what is so by now, and to nobody whose camera it is not any more.

    One that tells of a camera that was taken from the customer meanwhile would bring it back, or tell of somebody
    else's visitors, hours after where an operator had it sent again.
    """

    def __init__(self, deliveries: Deliveries, reports: DiscoveryReports) -> None:
        """`deliveries` do the rest."""
        self._deliveries = deliveries
        self._reports = reports

    def deliver(self, report: Report, budget: Budget) -> Delivery:
        """Sends it, or hands it on. Raises: ReportStrandedError."""
        if not (report.has_waited or report.redriven):
            return self._deliveries.deliver(report, budget)
        try:
            renewed = self._renewed(report, budget)
        except RegistryError as error:
            raise ReportStrandedError(f"nothing true can be said of {report.event_id}: {error}") from error
        if renewed is None:
            return Delivery(Outcome.OVERTAKEN, "the registry says otherwise by now, of which another report tells")
        return self._deliveries.deliver(renewed, budget)

    def _renewed(self, report: Report, budget: Budget) -> Report | None:
        if report.name in discovery.REPORTS:
            return self._reports.renewed(report, budget)
        return report if self._reports.concern(report, budget) else None


def _about(report: Report, endpoint_ids: Iterable[str], message: Json) -> Report:
    return replace(report, endpoint_ids=tuple(endpoint_ids), message=message)
