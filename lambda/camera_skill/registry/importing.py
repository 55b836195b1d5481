"""Many cameras at once: rows are judged in order, then carried out side by side.

A row that is done already costs a look and no write, so that a batch may be sent again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from camera_skill.camera import CameraLink
from camera_skill.registration import Registrations
from camera_skill.registration_errors import AwsBusyError, AwsFailedError
from camera_skill.registry.adding import Adding
from camera_skill.registry.batches import Batch, Outcome, Plan, Row
from camera_skill.registry.changing import Changing
from camera_skill.registry.refusals import Code, RefusedError, refusal_of

AT_ONCE = 10
"""Cameras. Each costs two calls of KVS's control plane, of which an account has 50 a second."""
LEAST_SECONDS = 8.0
"""No row is begun with less time left."""
_OVERTAKEN = {
    Code.NAME_TAKEN,
    Code.CHANNEL_TAKEN,
    Code.THING_TAKEN,
    Code.EXTERNAL_ID_TAKEN,
    Code.ALREADY_OWNER,
    Code.CONFLICT,
}
"""Why a row that was right when it was judged may fail: another request was faster, perhaps with the same row."""


class Importing:
    """Imports batches of rows."""

    def __init__(
        self, registrations: Registrations, adding: Adding, changing: Changing, left: Callable[[], float]
    ) -> None:
        """`left`: seconds that the invocation has."""
        self._registrations = registrations
        self._adding = adding
        self._changing = changing
        self._left = left

    def run(self, rows: Sequence[Row], *, is_dry: bool) -> list[Plan]:
        """What became of each row, in their order. `is_dry`: what would become of it.

        Raises:
            AwsBusyError, AwsFailedError: of the first look at the registry, before anything was written.
        """
        plans = Batch(rows, self._registrations, self._adding).plans()
        if is_dry:
            return plans
        groups: dict[str, list[Plan]] = defaultdict(list)
        for plan in plans:
            if plan.outcome is not Outcome.REFUSED:
                groups[plan.endpoint_id].append(plan)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(self._carry_out_all, groups.values()))
        return plans

    def _carry_out_all(self, group: Iterable[Plan]) -> None:
        """The rows of one camera, one after another: what the first makes, the others share."""
        first: Plan | None = None
        for plan in group:
            if plan.is_stand_in and first is not None:
                plan.endpoint_id = first.endpoint_id
                if first.is_stand_in or first.outcome in {Outcome.REFUSED, Outcome.TRY_AGAIN}:
                    plan.outcome, plan.refusal = first.outcome, first.refusal
                    continue
            self._carry_out(plan)
            first = first or plan

    def _carry_out(self, plan: Plan) -> None:
        if plan.outcome is Outcome.ALREADY_THERE:
            return
        if self._left() < LEAST_SECONDS:
            plan.outcome = Outcome.TRY_AGAIN
            return
        try:
            if plan.outcome is Outcome.ADDED:
                self._add(plan)
            else:
                wanted = plan.row.wanted
                self._changing.share(CameraLink(wanted.user_id, plan.endpoint_id, wanted.friendly_name))
        except AwsBusyError:
            plan.outcome = Outcome.TRY_AGAIN
        except AwsFailedError as error:  # of this camera, perhaps: the others go on
            plan.outcome, plan.refusal = Outcome.REFUSED, refusal_of(error)
        except RefusedError as refusal:
            if refusal.code in _OVERTAKEN:
                self._judge_again(plan)
            else:
                plan.outcome, plan.refusal = Outcome.REFUSED, refusal

    def _add(self, plan: Plan) -> None:
        self._adding.channel_to_take_over(plan.row.wanted)
        added = self._adding.add(plan.row.wanted)
        plan.endpoint_id = added.camera.endpoint_id
        if not added.is_new:
            plan.outcome = Outcome.ALREADY_THERE

    def _judge_again(self, plan: Plan) -> None:
        try:
            (now,) = Batch([plan.row], self._registrations, self._adding).plans()
        except AwsBusyError:
            plan.outcome = Outcome.TRY_AGAIN
            return
        is_settled = now.outcome in {Outcome.ALREADY_THERE, Outcome.REFUSED}
        plan.outcome = now.outcome if is_settled else Outcome.TRY_AGAIN
        plan.refusal = now.refusal
        if now.outcome is Outcome.ALREADY_THERE:
            plan.endpoint_id = now.endpoint_id
