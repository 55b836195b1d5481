"""What an offer needs around it: local AWS with the tables, a signaling service with a master, an account server."""

import asyncio
import json
import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from camera_skill.camera import Camera, CameraLink
from simulator.credentials import PROCESS_CREDENTIALS, inheritance
from simulator.local_aws import LocalAws
from simulator.signaling import SignalingService, SignalingSettings
from tests.support.account_server import USER_ID, running_account_server
from tests.support.directives import ANSWER, ENDPOINT_ID, OFFERS, initiate, read_sdp
from tests.support.function import environment
from tests.support.master import answer_with, create_channel, running_master
from tests.support.registrations import Registrations
from tests.support.tables import create_tables

RECORD = json.dumps(
    {
        "TableName": "activity",
        "Key": {"pk": {"S": f"CAMERA#{ENDPOINT_ID}"}, "sk": {"S": "SESSION#bare"}},
        "UpdateExpression": "SET #outcome = :outcome, #started_at = :started_at, #expires_at = :expires_at",
        "ExpressionAttributeNames": {f"#{name}": name for name in ("outcome", "started_at", "expires_at")},
        "ExpressionAttributeValues": {
            ":outcome": {"S": "ANSWERED"},
            ":started_at": {"N": "1700000000.123"},
            ":expires_at": {"N": "1700000000"},
        },
        "ReturnValues": "ALL_OLD",
    }
)
"""What the bare function writes of a session."""


@contextmanager
def surroundings() -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """The environment for the function and for the bare one, and a directive with an offer.

    BENCH_RECORD is not in it: RECORD is what it may be set to.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalAws(Path(folder), is_forwarded=True) as aws,
        _signaling() as (endpoint, arn),
        running_account_server() as accounts,
    ):
        _fill_tables(aws, Camera(ENDPOINT_ID, arn, "us-east-1", endpoint))
        keys = {
            "registry": [_key(f"USER#{USER_ID}", f"CAMERA#{ENDPOINT_ID}"), _key(f"CAMERA#{ENDPOINT_ID}", "CAMERA")],
            "activity": [_key(f"CAMERA#{ENDPOINT_ID}", "STATE")],
        }
        wanted = {table: {"Keys": items, "ConsistentRead": True} for table, items in keys.items()}
        bare = {
            "BENCH_SIGNALING_ENDPOINT": endpoint,
            "BENCH_CHANNEL_ARN": arn,
            "BENCH_KEYS": json.dumps(wanted),
        }
        issuer = {"TOKEN_ISSUER": accounts.issuer, "TOKEN_JWKS_URL": accounts.jwks_url}
        yield (
            {**environment(AWS_ENDPOINT_URL=aws.url, **issuer), **bare},
            initiate(accounts.token(), read_sdp(OFFERS[0])),
        )


def _key(pk: str, sk: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _fill_tables(aws: LocalAws, camera: Camera) -> None:
    dynamodb = aws.session().client("dynamodb", endpoint_url=aws.url)
    create_tables(dynamodb, "registry", "activity")
    Registrations(dynamodb, "registry").register(camera, CameraLink(USER_ID, camera.endpoint_id, "Front Door"))


@contextmanager
def _signaling() -> Iterator[tuple[str, str]]:
    """A signaling service with an answering master, in its own process: its data plane, the channel's ARN."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    os.environ.update(inheritance(PROCESS_CREDENTIALS))
    process.start()
    try:
        endpoint, arn = here.recv()
        yield endpoint, arn
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection) -> None:
    asyncio.run(_serve_until_terminated(pipe))


async def _serve_until_terminated(pipe: Connection) -> None:
    async with SignalingService(SignalingSettings(rates=False)) as service:
        arn = await asyncio.to_thread(create_channel, service)
        async with running_master(service.master_url, arn, answer_with(ANSWER)):
            pipe.send((service.data_plane_url, arn))
            await asyncio.Event().wait()
