"""Messages as AWS IoT's rules put them into the queues, and the invocation that brings them."""

import base64
import itertools
import json
import time
from collections.abc import Mapping
from typing import Any

from tests.support.directives import ENDPOINT_ID

_numbers = itertools.count(1)


def published(
    kind: str, members: Mapping[str, object] | bytes, thing: str = ENDPOINT_ID, at: float | None = None, **more: object
) -> str:
    """What a camera published, as it comes out of a queue. `at`: seconds since 1970, now if not said."""
    payload = members if isinstance(members, bytes) else json.dumps({"id": f"e-{next(_numbers)}", **members}).encode()
    return json.dumps(
        {"payload": base64.b64encode(payload).decode(), "thing": thing, "kind": kind, "received_at": _ms(at), **more}
    )


def presence(kind: str, session: str, at: float | None = None, thing: str = ENDPOINT_ID, version: int = 0) -> str:
    """Word of a camera's connection to the broker. `kind`: connected or disconnected."""
    body = {"thing": thing, "kind": kind, "received_at": _ms(at), "session": session, "version": version}
    return json.dumps(body)


def invocation(*bodies: str) -> dict[str, Any]:
    """What Lambda invokes the function with, for a batch of these messages."""
    return {"Records": [record(body) for body in bodies]}


def record(body: str) -> dict[str, Any]:
    """A message of SQS, as Lambda hands it over."""
    return {
        "messageId": f"message-{next(_numbers)}",
        "receiptHandle": "receipt",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(_ms(None))},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:camera-events",
        "awsRegion": "us-east-1",
    }


def _ms(at: float | None) -> int:
    return round((time.time() if at is None else at) * 1000)
