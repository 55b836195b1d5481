"""The yardstick: imports what the function imports, makes its clients and the calls that it waits for, and no more.

With BENCH_RECORD it also writes a record of the session, as the function does before it returns.
"""

import base64
import json
import os
import uuid
from typing import Any

import boto3
import jwt
import urllib3
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics
from botocore.config import Config

IMPORTED = jwt, urllib3, Logger, EphemeralMetrics

CONFIG = Config(connect_timeout=1.0, read_timeout=6.0, retries={"total_max_attempts": 1})
SESSION = boto3.Session(region_name=os.environ["AWS_REGION"])
DYNAMODB = SESSION.client("dynamodb", config=CONFIG)
SIGNALING = SESSION.client(
    "kinesis-video-signaling", endpoint_url=os.environ["BENCH_SIGNALING_ENDPOINT"], config=CONFIG
)
KEYS = json.loads(os.environ["BENCH_KEYS"])
RECORD = json.loads(os.environ.get("BENCH_RECORD", "null"))


def handler(event: Any, _context: object) -> dict[str, str]:  # noqa: ANN401 - nobody checks what it looks like
    """The camera's answer to the directive's offer, without any care."""
    DYNAMODB.batch_get_item(RequestItems=KEYS)
    message = json.dumps({"type": "offer", "sdp": event["directive"]["payload"]["offer"]["value"]})
    response = SIGNALING.send_alexa_offer_to_master(
        ChannelARN=os.environ["BENCH_CHANNEL_ARN"],
        SenderClientId=str(uuid.uuid4()),
        MessagePayload=base64.b64encode(message.encode()).decode(),
    )
    if RECORD:
        DYNAMODB.update_item(**RECORD)
    return {"answer": json.loads(base64.b64decode(response["Answer"]))["sdp"]}
