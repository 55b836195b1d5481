"""Each report to each customer once, whatever is handled again (docs/architecture.md, "Camera events")."""

import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
)
from botocore.exceptions import ClientError

from camera_skill.adapters import connections, items
from camera_skill.budget import RETURN_SECONDS, Budget
from camera_skill.errors import CameraSkillError
from camera_skill.report import Deliveries, Delivery, Outcome, Report, ReportQueues
from camera_skill.report_errors import ReportStrandedError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from camera_skill.adapters.connections import FreshClient

T = TypeVar("T")

REMEMBERED_SECONDS = 24 * 3600
"""Longer than any queue or camera takes to repeat itself."""
ELSEWHERE_SECONDS = 15
"""Longer than the function's timeout: by then whoever is at it now has ended, in one way or another."""
SECOND = "an attempt before this one was cut off: this may be a second announcement"


class IdempotentDeliveries:
    """Delivers through another, and remembers for each event, customer and attempt what became of it."""

    def __init__(
        self, deliveries: Deliveries, queues: ReportQueues, client: "FreshClient[DynamoDBClient]", activity_table: str
    ) -> None:
        """`queues` take a report of which nobody knows yet what becomes of it elsewhere."""
        self._deliveries = deliveries
        self._queues = queues
        self._client = client
        self._table = activity_table

    def deliver(self, report: Report, budget: Budget) -> Delivery:
        """Delivers it, unless that was done before.

        Raises: ReportStrandedError.
        """
        attempt = _Attempt(self._deliveries, report, budget)
        records = _Records(self._client, budget)
        once = idempotent_function(
            attempt.deliver,
            data_keyword_argument="key",
            persistence_store=_persistence(report, self._table, records),
            config=_config(budget),
            key_prefix="REPORT",
        )
        try:
            earlier = once(key={"user_id": report.user_id, "attempt": report.attempt, "redriven": report.redriven})
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
            self._queues.later(report, ELSEWHERE_SECONDS, budget)
            return Delivery(Outcome.RETRIED, "another invocation is at it, or was cut off")
        except IdempotencyPersistenceLayerError as error:
            if attempt.error is not None:  # what was begun could not be taken back: nobody does it until it expires
                raise attempt.error from error
            if attempt.delivery is None:
                raise ReportStrandedError("the activity table does not tell whether it was sent before") from error
        if attempt.delivery is None:
            return Delivery(Outcome.REPEATED, f"it was {earlier} before")
        if records.took_over and attempt.delivery.outcome is Outcome.DELIVERED:
            return Delivery(Outcome.DELIVERED, SECOND, attempt.delivery.status)
        return attempt.delivery


class _Attempt:
    """The delivery as Powertools calls it; what became of it is kept here, whatever becomes of the record."""

    def __init__(self, deliveries: Deliveries, report: Report, budget: Budget) -> None:
        self._deliveries = deliveries
        self._report = report
        self._budget = budget
        self.delivery: Delivery | None = None
        self.error: CameraSkillError | None = None

    def deliver(self, key: object) -> str:  # noqa: ARG002 - Powertools finds the record by it
        try:
            self.delivery = self._deliveries.deliver(self._report, self._budget)
        except CameraSkillError as error:
            self.error = error
            raise
        return str(self.delivery.outcome)


class _Records:
    """The calls of DynamoDB that Powertools makes, within the budget; and whether they found a record left behind."""

    def __init__(self, client: "FreshClient[DynamoDBClient]", budget: Budget) -> None:
        self._client = client
        self._budget = budget
        self.took_over = False

    def put_item(self, **request: Any) -> Any:  # noqa: ANN401 - boto3's
        holder = {"S": uuid.uuid4().hex}
        item = {**request.pop("Item"), "holder": holder}
        try:
            reply = self._within(
                lambda: self._client.get().put_item(**request, Item=item, ReturnValues="ALL_OLD"),
            )
        except ClientError as error:
            found: Mapping[str, object] = error.response.get("Item", {})  # type: ignore[assignment]  # of this error
            if found.get("holder") != holder:
                raise
            return {}  # the SDK asked twice, where the first reply was lost
        self.took_over = reply.get("Attributes", {}).get("status") == {"S": "INPROGRESS"}
        return reply

    def get_item(self, **request: Any) -> Any:  # noqa: ANN401 - boto3's
        return self._within(lambda: self._client.get().get_item(**request))

    def update_item(self, **request: Any) -> Any:  # noqa: ANN401 - boto3's
        return self._within(lambda: self._client.get().update_item(**request))

    def delete_item(self, **request: Any) -> Any:  # noqa: ANN401 - boto3's
        return self._within(lambda: self._client.get().delete_item(**request))

    def _within(self, call: Callable[[], T]) -> T:
        return connections.call(self._budget, call, "the record of a report")


class _Context:
    """What Powertools needs of Lambda's context: the time after which nobody is at it any more."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def get_remaining_time_in_millis(self) -> int:
        return int((self._budget.left() + RETURN_SECONDS) * 1000)


def _config(budget: Budget) -> IdempotencyConfig:
    return IdempotencyConfig(
        expires_after_seconds=REMEMBERED_SECONDS,
        hash_function="sha256",
        lambda_context=_Context(budget),  # type: ignore[arg-type]  # of the context it takes the time only
    )


def _persistence(report: Report, table: str, records: _Records) -> DynamoDBPersistenceLayer:
    """Of one event; it must not be shared, since Powertools keeps the partition key in it."""
    return DynamoDBPersistenceLayer(
        table_name=table,
        key_attr="pk",
        static_pk_value=f"EVENT#{items.name_of(report.event_id)}",
        sort_key_attr="sk",
        expiry_attr="expires_at",
        boto3_client=records,  # type: ignore[arg-type]  # of the client it makes these four calls
    )
