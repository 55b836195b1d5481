"""The tables of infrastructure/data.yaml, made in a local AWS."""

from functools import cache
from typing import TYPE_CHECKING, Any

from tests.support.cloudformation import data_stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_OF_THE_TABLE = ("BillingMode", "AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes")


def create_tables(dynamodb: "DynamoDBClient", registry: str, activity: str) -> None:
    """Makes both, with the keys and indexes of the template, so that what AWS would refuse is refused here."""
    create_table(dynamodb, "Registry", registry)
    create_table(dynamodb, "Activity", activity)


def create_table(dynamodb: "DynamoDBClient", resource: str, name: str) -> None:
    """Makes one of them. `resource`: as the template calls it."""
    dynamodb.create_table(TableName=name, **_wanted(resource))


@cache
def _wanted(resource: str) -> dict[str, Any]:
    properties = data_stack().properties(resource)
    return {part: properties[part] for part in _OF_THE_TABLE if part in properties}
