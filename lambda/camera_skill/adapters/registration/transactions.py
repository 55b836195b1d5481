"""A DynamoDB transaction with labels that tell which of its conditions did not hold."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from camera_skill.adapters.items import Item, Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Transaction:
    """Writes to a table, of which all are made or none.

    Each has a `label`. In conditions, `:x` stands for the text or number that is given as `x`.
    """

    def __init__(self, table: str) -> None:
        """The table by name; single writes may go to another one."""
        self._table = table
        self._writes: list[tuple[str, dict[str, Any]]] = []

    def put(self, label: str, /, item: Item, condition: str = "", table: str = "", **values: str | int) -> None:
        """Puts an item."""
        self._add(label, "Put", {"Item": item}, condition, values, table)

    def delete(self, label: str, /, key: Key, condition: str = "", **values: str | int) -> None:
        """Deletes an item."""
        self._add(label, "Delete", {"Key": key}, condition, values)

    def check(self, label: str, /, key: Key, condition: str, **values: str | int) -> None:
        """Only checks a condition of an item that no other write touches."""
        self._add(label, "ConditionCheck", {"Key": key}, condition, values)

    def update(
        self, label: str, /, key: Key, attributes: Mapping[str, Any], condition: str, **values: str | int
    ) -> None:
        """Sets attributes of an item."""
        update = {
            "Key": key,
            "UpdateExpression": "SET " + ", ".join(f"#{each} = :new_{each}" for each in attributes),
            "ExpressionAttributeNames": {f"#{each}": each for each in attributes},
            "ExpressionAttributeValues": {f":new_{each}": value for each, value in attributes.items()},
        }
        self._add(label, "Update", update, condition, values)

    def run(self, client: "DynamoDBClient") -> Collection[str]:
        """Writes all of it, or nothing: then returns the labels of the conditions that did not hold.

        Raises: botocore's exceptions.
        """
        try:
            client.transact_write_items(TransactItems=[write for _, write in self._writes])  # type: ignore[misc]  # built above
        except client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            failed = {
                label
                for (label, _), reason in zip(self._writes, reasons, strict=False)
                if reason == "ConditionalCheckFailed"
            }
            if not failed:
                raise
            return failed
        return ()

    def _add(
        self,
        label: str,
        kind: str,
        write: Mapping[str, Any],
        condition: str,
        values: Mapping[str, str | int],
        table: str = "",
    ) -> None:
        whole: dict[str, Any] = {"TableName": table or self._table, **write}
        if condition:
            whole["ConditionExpression"] = condition
        if values:
            plain = {f":{each}": {"S" if isinstance(value, str) else "N": str(value)} for each, value in values.items()}
            whole["ExpressionAttributeValues"] = {**whole.get("ExpressionAttributeValues", {}), **plain}
        self._writes.append((label, {kind: whole}))
