"""A signaling service with many cameras, in a process of its own.

`python -m tests.support.many_masters COUNT FAULT…`: writes a line with the addresses and the cameras, then a line of
counts for each line that it reads. A third of the cameras has faults, in turn those named; the fault `silent` is a
camera that says nothing. Each answer names its camera and repeats the session name of the offer that it answers.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import boto3
import psutil

from simulator.credentials import PROCESS_CREDENTIALS, inheritance
from simulator.signaling import Assumptions, SignalingService, SignalingSettings
from simulator.signaling.faults import Fault
from tests.support.directives import ANSWER
from tests.support.master import Answer, Master, running_master
from tests.support.project import ROOT

BLOCK_SECONDS = 7.0
"""How long the service waits for an answer: longer than the function."""
_NAME = re.compile(r"^s=(.*?)\r?$", re.MULTILINE)


@dataclass(frozen=True)
class MarkedCamera:
    """A camera with its channel. `fault`: what is wrong with it, empty for nothing."""

    endpoint_id: str
    channel_arn: str
    fault: str


def marked(offer: str, mark: str) -> str:
    """The offer with another session name."""
    return _NAME.sub(f"s={mark}", offer, count=1)


def mark_of(sdp: str) -> str:
    """The session name of an SDP."""
    found = _NAME.search(sdp)
    return found[1] if found else ""


class ManyMasters:
    """The process. `data_plane_url` and `control_plane_url` are the service's."""

    def __init__(self, process: asyncio.subprocess.Process, started: dict[str, Any]) -> None:
        self._process = process
        self.data_plane_url: str = started["data_plane_url"]
        self.control_plane_url: str = started["control_plane_url"]
        self.cameras = [MarkedCamera(**camera) for camera in started["cameras"]]

    async def counts(self) -> dict[str, Any]:
        """`waiting` calls, `offers` that came by camera, `connections` of callers."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        port = urlsplit(self.data_plane_url).port
        sockets = psutil.Process(self._process.pid).net_connections("tcp")
        callers = [one for one in sockets if one.laddr.port == port and one.status == psutil.CONN_ESTABLISHED]
        return {**await _line(self._process), "connections": len(callers)}


@asynccontextmanager
async def running_masters(count: int, faults: Sequence[str]) -> AsyncIterator[ManyMasters]:
    """So many cameras, connected."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.many_masters",
        str(count),
        *faults,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **inheritance(PROCESS_CREDENTIALS)},
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        yield ManyMasters(process, await _line(process))
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 60) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(await process.stdout.readline())
    return line


async def _serve(count: int, faults: Sequence[str]) -> None:
    settings = SignalingSettings(rates=False, assumptions=Assumptions(block_seconds=BLOCK_SECONDS))
    async with SignalingService(settings) as service, AsyncExitStack() as connected:
        names = [f"camera-skill-{number}" for number in range(count)]
        arns = await asyncio.to_thread(_create_channels, service, names)
        turns = cycle(faults)
        cameras = [
            MarkedCamera(name, arn, next(turns) if number % 3 == 2 else "")
            for number, (name, arn) in enumerate(zip(names, arns, strict=True))
        ]
        masters: dict[str, Master] = {}
        for camera in cameras:
            if camera.fault not in {"", "silent"}:
                service.faults.set(Fault.parse(camera.fault), camera.endpoint_id)
            masters[camera.endpoint_id] = await connected.enter_async_context(
                running_master(service.master_url, camera.channel_arn, _answer_of(camera))
            )
        _write(
            data_plane_url=service.data_plane_url,
            control_plane_url=service.control_plane_url,
            cameras=[vars(camera) for camera in cameras],
        )
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while await reader.readline():
            _write(
                waiting=sum(len(channel._calls) for channel in service._channels) + service.faults.under_way,
                offers={name: len(master.offers) for name, master in masters.items()},
            )


def _create_channels(service: SignalingService, names: Sequence[str]) -> list[str]:
    client = boto3.client(
        "kinesisvideo",
        endpoint_url=service.control_plane_url,
        region_name="us-east-1",
        aws_access_key_id=PROCESS_CREDENTIALS.access_key_id,
        aws_secret_access_key=PROCESS_CREDENTIALS.secret_access_key,
    )
    return [client.create_signaling_channel(ChannelName=name)["ChannelARN"] for name in names]


def _answer_of(camera: MarkedCamera) -> Answer:
    def answer(message: dict[str, str]) -> str | None:
        if camera.fault == "silent":
            return None
        mark = f"{camera.endpoint_id} {mark_of(message['sdp'])}"
        return json.dumps({"type": "answer", "sdp": marked(ANSWER, mark)})

    return answer


def _write(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2:]))
