"""Whole tables, page by page, so that a million items need no memory."""

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from camera_skill.adapters.items import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from cli.target import Target


def scanned(client: "DynamoDBClient", table: str, condition: str, values: Mapping[str, str]) -> Iterator[Item]:
    """The items for which the condition holds, consistently read. `values`: texts by their names in the condition."""
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression=condition,
        ExpressionAttributeValues={name: {"S": text} for name, text in values.items()},
        ConsistentRead=True,
    )
    for page in pages:
        yield from page["Items"]


def partitions(target: "Target", beginning: str) -> Iterator[tuple[str, list[Item]]]:
    """What the registry has under each partition key that begins so, the key without this beginning.

    DynamoDB keeps the items of a partition key together, in the order of their sort keys.
    """
    table = target.output("RegistryTableName")
    found = scanned(target.dynamodb, table, "begins_with(pk, :beginning)", {":beginning": beginning})
    for key, items in itertools.groupby(found, key=_partition_key):
        yield key.removeprefix(beginning), list(items)


def first_partitions(target: "Target", beginning: str) -> list[str]:
    """The partition keys that begin so, without this beginning, of the registry's first page alone."""
    page = target.dynamodb.scan(
        TableName=target.output("RegistryTableName"),
        FilterExpression="begins_with(pk, :beginning)",
        ProjectionExpression="pk",
        ExpressionAttributeValues={":beginning": {"S": beginning}},
    )
    return [key.removeprefix(beginning) for key, _ in itertools.groupby(page["Items"], key=_partition_key)]


def _partition_key(item: Mapping[str, Any]) -> str:
    return str(item["pk"]["S"])
