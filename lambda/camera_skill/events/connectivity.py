"""Reports of whether a camera is there, some of which wait until they are not true any more."""

from camera_skill.alexa import endpoint_health
from camera_skill.budget import Budget
from camera_skill.errors import RegistryError
from camera_skill.report import Deliveries, Delivery, Outcome, Report
from camera_skill.report_errors import ReportStrandedError
from camera_skill.state import KnownState, KnownStates, Transition


class ConnectivityDeliveries:
    """Deliveries by which a report that waited is dropped once the camera came back, or went again.

    Another report tells of that, and may be there already: this one would have the last word, and be wrong.
    """

    def __init__(self, deliveries: Deliveries, states: KnownStates) -> None:
        """`deliveries` do the rest."""
        self._deliveries = deliveries
        self._states = states

    def deliver(self, report: Report, budget: Budget) -> Delivery:
        """Sends it, or hands it on. Raises: ReportStrandedError."""
        if endpoint_health.is_changed_in(report.message):
            try:
                said = self._states.change(report.endpoint_ids[0], _as_it_is, budget).result
            except RegistryError as error:
                raise ReportStrandedError(f"nothing true can be said of {report.event_id}: {error}") from error
            if said is not None and said.event != report.event_id and said.at > report.at:
                return Delivery(
                    Outcome.OVERTAKEN, "the camera came back or went since then, of which another report tells"
                )
        return self._deliveries.deliver(report, budget)


def _as_it_is(known: KnownState) -> tuple[KnownState, Transition[bool] | None]:
    return known, known.connectivity
