"""The registry's stream, as Lambda hands it to the camera_changes function: records that pass the template's filter."""

import json
import time
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.support.cloudformation import Template

if TYPE_CHECKING:
    import boto3

_SECONDS = 10.0


class RegistryStream:
    """The stream of a table, switched on now."""

    def __init__(self, session: "boto3.Session", endpoint_url: str, table: str) -> None:
        dynamodb = session.client("dynamodb", endpoint_url=endpoint_url)
        reply = dynamodb.update_table(
            TableName=table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        )
        self._arn = reply["TableDescription"]["LatestStreamArn"]
        self._client: Any = session.client("dynamodbstreams", endpoint_url=endpoint_url)
        self._seen: set[str] = set()

    def event(self) -> dict[str, Any]:
        """All that happened since the last call, as one event of Lambda's."""
        return {"Records": [record for record in self._new() if _passes(record)]}

    def _new(self) -> Iterator[dict[str, Any]]:
        for shard in self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]:
            iterator: str | None = self._client.get_shard_iterator(
                StreamArn=self._arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            deadline = time.monotonic() + _SECONDS
            while iterator and time.monotonic() < deadline:
                page = self._client.get_records(ShardIterator=iterator)
                yield from (_as_lambda_has_it(one) for one in page["Records"] if self._is_new(one["eventID"]))
                iterator = page.get("NextShardIterator") if page["Records"] else None

    def _is_new(self, event_id: str) -> bool:
        if event_id in self._seen:
            return False
        self._seen.add(event_id)
        return True


def _as_lambda_has_it(record: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's
    change = record["dynamodb"]
    at = change["ApproximateCreationDateTime"].timestamp()
    return {**record, "eventSourceARN": "stream", "dynamodb": {**change, "ApproximateCreationDateTime": at}}


@cache
def _patterns() -> list[dict[str, Any]]:
    function = Template("template.yaml").properties("CameraChangesFunction")
    filters = function["Events"]["RegistryChange"]["Properties"]["FilterCriteria"]["Filters"]
    return [json.loads(one["Pattern"]) for one in filters]


def _passes(record: dict[str, Any]) -> bool:
    return any(_matches(pattern, record) for pattern in _patterns())


def _matches(pattern: Any, value: Any) -> bool:  # noqa: ANN401 - JSON
    """Lambda's filter rules, of which there are a prefix and the text itself here."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(_matches(part, value.get(name)) for name, part in pattern.items())
    return isinstance(value, str) and any(
        value.startswith(rule["prefix"]) if isinstance(rule, dict) else value == rule for rule in pattern
    )
