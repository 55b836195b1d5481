"""What Alexa is told of cameras that were added, changed or removed: the registry's changes as reports."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

from camera_skill.budget import Budget
from camera_skill.camera import CameraLink
from camera_skill.camera_change import CameraChange, Change, LinkChange, RegisteredCameras
from camera_skill.errors import CameraSkillError, DeadlineExceededError
from camera_skill.events.discovery_reports import DiscoveryReports
from camera_skill.events.reporting import Reporting, error_of
from camera_skill.interfaces.endpoint import endpoint_of
from camera_skill.report_errors import ReportStrandedError

AT_ONCE = 10
"""Customers who are told at the same time."""
LEAST_SECONDS = 10.0
"""Nobody's reports are begun with less: they come again, and have the whole time then."""

_ANYBODYS = CameraLink("", "", "")
_Concerned = dict[str, list[Change]]
"""Changes by the user ids of whom they concern."""


class CameraChanges:
    """Tells every customer concerned, of all that changed at once.

    A change only says where to look: what is reported is what the registry says then. So an old change, one that
    comes again and one that was overtaken all end in the same report, a true one.
    """

    def __init__(self, cameras: RegisteredCameras, reports: DiscoveryReports, reporting: Reporting) -> None:
        """`cameras`: for whose they are."""
        self._cameras = cameras
        self._reports = reports
        self._reporting = reporting

    def tell(self, changes: Sequence[Change], budget: Budget) -> Mapping[str, CameraSkillError]:
        """Tells of all changes that Alexa can see; a customer whose reports fail keeps nobody else from theirs.

        Returns which changes must be told of again, by their ids, and why.
        """
        failed: dict[str, CameraSkillError] = {}
        concerned: _Concerned = defaultdict(list)
        for change in changes:
            if error := error_of(partial(self._note, change, concerned, budget)):
                failed[change.id] = error
        users = list(concerned)
        for begin in range(0, len(users), AT_ONCE):
            for user_id, error in self._failures(users[begin : begin + AT_ONCE], concerned, budget):
                failed.update({change.id: error for change in concerned[user_id]})
        return failed

    def _note(self, change: Change, concerned: _Concerned, budget: Budget) -> None:
        """Adds the change to those of every customer whom it concerns, if it can be seen. Raises: RegistryError."""
        if isinstance(change, LinkChange):
            users: Collection[str] = [change.user_id] if change.before != change.after else []
        else:
            users = self._cameras.owners(change.endpoint_id, budget) if _is_visible(change) else []
        for user_id in users:
            concerned[user_id].append(change)

    def _failures(
        self, users: Sequence[str], concerned: _Concerned, budget: Budget
    ) -> Iterator[tuple[str, CameraSkillError]]:
        """Tells these users at the same time; those of them for whom it failed, and why."""
        if budget.left() < LEAST_SECONDS:
            yield from ((user_id, ReportStrandedError("there was no time left for reports")) for user_id in users)
            return
        begun = [
            (user_id, budget.begin(partial(error_of, partial(self._tell, user_id, concerned[user_id], budget)), "it"))
            for user_id in users
        ]
        for user_id, call in begun:
            try:
                error = call.result()
            except DeadlineExceededError as late:
                error = late
            if error is not None:
                yield user_id, error

    def _tell(self, user_id: str, changes: Sequence[Change], budget: Budget) -> None:
        """Raises: RegistryError, ReportStrandedError."""
        digest = hashlib.sha256("\n".join(sorted(change.id for change in changes)).encode()).hexdigest()[:32]
        endpoint_ids = {change.endpoint_id for change in changes}
        at = min(change.at for change in changes)
        self._reporting.send([*self._reports.of(user_id, endpoint_ids, f"registry/{digest}", at, budget)], budget)


def _is_visible(change: CameraChange) -> bool:
    """Whether the camera looks otherwise to Alexa; where that cannot be told, yes."""
    if change.before is None or change.after is None:
        return True
    return endpoint_of(_ANYBODYS, change.before) != endpoint_of(_ANYBODYS, change.after)
