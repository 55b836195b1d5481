"""The record of each session in the table `activity` (docs/architecture.md, "Data").

Every write is an update that makes the item if there is none and says all that it knows, so that writes may come in
any order, more than once, or not at all: Alexa leaves out SessionConnected, repeats directives and session ids. Of
several offers of one session the one that began last counts, and word of a session only if it is younger than that.
"""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from camera_skill.adapters import connections, items
from camera_skill.adapters.replies import MALFORMED
from camera_skill.budget import Budget
from camera_skill.errors import ANSWERED, CameraSkillError, DeadlineExceededError, UnforeseenError, outcome_of
from camera_skill.session import RECORD_SECONDS, Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

KEPT_SECONDS = 30 * 24 * 3600
"""How long a record is of use to whoever looks for what went wrong."""
NOTICE_SECONDS = 1.0
"""How long the reply to SessionConnected or SessionDisconnected waits for it: nobody is waiting then."""
_MOST_TEXT = 256
_FAILURES = (BotoCoreError, ClientError, DeadlineExceededError, *MALFORMED)
_BEGAN_LAST = "attribute_not_exists(started_at) OR started_at <= :started_at"
_NOT_WRITTEN_YET = "attribute_not_exists(unanswered_at) OR unanswered_at <> :unanswered_at"
"""The SDK repeats a write whose reply was lost; with the last silence it would write it for the one before, too."""
_serialize = TypeSerializer().serialize


class SessionRecords:
    """Writes sessions to the table."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", activity_table: str) -> None:
        """The table by name."""
        self._client = client
        self._table = activity_table

    def recorded(self, session: Session, budget: Budget) -> AbstractContextManager[None]:
        """Writes the session's beginning while the context's body runs, and its outcome when it ends."""
        return _Recorded(self, session, budget)

    def connected(self, session: Session, budget: Budget) -> None:
        """Writes when the session connected."""
        self._set_time("connected_at", session, budget)

    def disconnected(self, session: Session, budget: Budget) -> None:
        """Writes when the session ended; the first word of that tells whether it had connected."""
        before = self._set_time("disconnected_at", session, budget)
        started_at = _time(before, "started_at")
        is_known = any(_time(before, name) > started_at for name in ("connected_at", "disconnected_at"))
        session.never_connected = before.get("outcome") == {"S": ANSWERED} and not is_known

    def _set_time(self, name: str, session: Session, budget: Budget) -> Mapping[str, Any]:
        """Writes the time; returns the item as it was, empty where nothing is known."""
        capped = budget.apart(min(NOTICE_SECONDS, budget.left()))
        try:
            return self.begin(session, capped, {name: round(time.time(), 3)}).result()
        except _FAILURES as error:
            session.unrecorded = type(error).__name__
            return {}

    def begin(
        self, session: Session, budget: Budget, values: Mapping[str, object], condition: str = ""
    ) -> connections.Begun[Mapping[str, Any]]:
        """Begins to set `values`, if the `condition` holds.

        `unanswered_at` comes with `unanswered_before`, since it takes two offers to tell that a camera is gone, and is
        written once. The result is the item as it was before, empty if the condition does not hold.
        """
        values = {
            "session_id": session.session_id[:_MOST_TEXT],
            "user_id": session.user_id,
            "expires_at": int(time.time()) + KEPT_SECONDS,
            **values,
        }
        settings = [f"#{name} = :{name}" for name in values]
        names = {f"#{name}": name for name in values}
        if "unanswered_at" in values:
            settings.append("#unanswered_before = if_not_exists(#unanswered_at, :unanswered_at)")
            names["#unanswered_before"] = "unanswered_before"
            condition = f"({condition}) AND ({_NOT_WRITTEN_YET})"
        request = {
            "TableName": self._table,
            "Key": items.session_key(session),
            "UpdateExpression": "SET " + ", ".join(settings),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{name}": _value(value) for name, value in values.items()},
            "ReturnValues": "ALL_OLD",
            **({"ConditionExpression": condition} if condition else {}),
        }
        client = self._client.get()

        def write() -> Mapping[str, Any]:
            try:
                return client.update_item(**request).get("Attributes", {})  # type: ignore[arg-type]  # built above
            except client.exceptions.ConditionalCheckFailedException:
                return {}

        return connections.begin(budget, write, f"record of a session of camera {session.endpoint_id}")


class _Recorded(AbstractContextManager[None]):
    """The time between an offer and its reply."""

    def __init__(self, records: SessionRecords, session: Session, budget: Budget) -> None:
        self._records = records
        self._session = session
        self._budget = budget

    def __enter__(self) -> None:
        self._writes: list[connections.Begun[Mapping[str, Any]]] = []
        self._begin(self._budget, self._beginning())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        capped = self._budget.apart(RECORD_SECONDS)
        failure = None if error is None else UnforeseenError.of(error)
        self._begin(capped, {**self._outcome(failure), **self._health(failure)})
        for write in self._writes:
            try:
                write.result(capped)
                self._session.unrecorded = ""  # the outcome repeats what the beginning said
            except _FAILURES as failure:
                self._session.unrecorded = type(failure).__name__

    def _begin(self, budget: Budget, values: Mapping[str, object]) -> None:
        try:
            self._writes.append(self._records.begin(self._session, budget, values, _BEGAN_LAST))
        except _FAILURES as failure:  # no thread could be started, for one
            self._session.unrecorded = type(failure).__name__

    def _beginning(self) -> dict[str, object]:
        return {"started_at": round(self._session.started_at, 3)}

    def _health(self, failure: CameraSkillError | None) -> dict[str, object]:
        """What the offer told of the camera, at the time of the offer; nothing if it did not get that far."""
        answered = failure is None or failure.camera_answered
        if answered is None:
            return {}
        return {"answered_at" if answered else "unanswered_at": self._beginning()["started_at"]}

    def _outcome(self, failure: CameraSkillError | None) -> dict[str, object]:
        values = self._beginning()
        values["outcome"] = outcome_of(failure)
        values["error"] = "" if failure is None else type(failure).__name__
        values["timings"] = {step: round(milliseconds, 1) for step, milliseconds in self._session.timings.items()}
        values["retries"] = self._session.retries
        values["findings"] = self._session.found()
        return values


def _time(item: Mapping[str, Any], name: str) -> float:
    """A time in the item, before all others if there is none."""
    return float(item.get(name, {}).get("N", "-inf"))


def _value(value: object) -> Any:  # noqa: ANN401 - DynamoDB's own form
    return _serialize(_with_decimals(value))


def _with_decimals(value: object) -> object:
    """DynamoDB's numbers are decimal, and the serializer takes no other."""
    if isinstance(value, dict):
        return {name: _with_decimals(inner) for name, inner in value.items()}
    return Decimal(str(value)) if isinstance(value, float) else value
