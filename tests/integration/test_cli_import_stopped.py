"""An import that is ended in the midst of it, and run again."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psutil
import pytest

from simulator.local_aws import LocalAws
from tests.conftest import SOAK
from tests.support.command import PROGRAM
from tests.support.deployed_stack import DeployedStack, deployed_stack
from tests.support.importing import begun_in, links_in, many_cameras

CAMERAS, USERS = (10_000, 61) if SOAK else (240, 7)
KILLS = (0.15, 0.4, 0.7) if SOAK else (0.4,)
"""When it is killed: shares of the rows."""
AT_ONCE = 5.0
"""Two seconds are for what is under way, the rest for a busy machine."""
PATIENCE = 600.0 if SOAK else 30.0


@pytest.fixture
def stack(local_aws: LocalAws, tmp_path: Path) -> Iterator[DeployedStack]:
    """As fast as AWS is in the soak; faster in a sample, which is about being killed."""
    with deployed_stack(local_aws, tmp_path / "state", has_pool=False, rate_scale=1.0 if SOAK else 100.0) as deployed:
        yield deployed


class Running:
    """`cameras import` as a process."""

    def __init__(self, stack: DeployedStack, file: Path) -> None:
        environment = stack.environment
        self._service = stack.signaling
        self._before = len(stack.signaling.requests)
        self.process = subprocess.Popen(
            [PROGRAM, "cameras", "import", file, "--json", "--stack-name", stack.name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": str(Path(sys.executable).parent), **environment},
        )
        self.memory = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def calls(self) -> int:
        """Of KVS, so far."""
        return len(self._service.requests) - self._before

    @property
    def channels(self) -> int:
        """How many cameras got as far as their signaling endpoint."""
        mine = self._service.requests[self._before :]
        return sum(request.operation == "GetSignalingChannelEndpoint" for request in mine)

    async def until(self, channels: int) -> None:
        """Waits until so many have."""
        deadline = time.monotonic() + PATIENCE
        while self.channels < channels:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)

    async def end(self) -> tuple[int, dict[str, Any], str]:
        """Exit code, report and standard error of an import that comes to its end."""
        communicating = asyncio.create_task(asyncio.to_thread(self.process.communicate, timeout=PATIENCE))
        while not communicating.done():
            try:
                self.memory = max(self.memory, psutil.Process(self.process.pid).memory_info().rss)
            except psutil.NoSuchProcess:
                break
            await asyncio.sleep(0.05)
        stdout, stderr = await communicating
        return self.process.returncode, json.loads(stdout), stderr.decode()


@pytest.mark.soak
@pytest.mark.timeout(1_500 if SOAK else 60)
async def test_every_row_is_there_once_when_an_import_was_killed_and_run_again(
    stack: DeployedStack, tmp_path: Path
) -> None:
    file = tmp_path / "cameras.csv"
    content, links = many_cameras(CAMERAS, USERS)
    file.write_text(content)
    for share in KILLS:
        there = len([key for key in await asyncio.to_thread(stack.items) if key[1] == "CAMERA"])
        with Running(stack, file) as running:
            await running.until(int(share * CAMERAS) - there)
            running.process.kill()
            stack.instances.kill()
        part = links_in(await asyncio.to_thread(stack.items))
        assert part < links
    with Running(stack, file) as running:
        code, report, _ = await running.end()
        calls, memory = running.calls, running.memory
    assert code == 0, (report["stopped"], report["refused"][:3])
    assert (report["already_there"], report["added"] + report["shared"]) == (len(part), len(links) - len(part))
    assert links_in(await asyncio.to_thread(stack.items)) == links
    print(  # noqa: T201 - figures for docs/import.md, shown by pytest -s
        f"{CAMERAS:,} cameras, {len(links):,} rows, {report['rows'] / report['seconds']:.0f} rows a second "
        f"({report['added']} added in {report['seconds']} s), {calls} KVS calls, {memory / 1e6:.0f} MB"
    )
    with Running(stack, file) as running:
        code, report, _ = await running.end()
        assert (code, report["already_there"], running.calls) == (0, len(links), 0)
        print(f"again: {report['seconds']} s, {running.calls} KVS calls, {running.memory / 1e6:.0f} MB")  # noqa: T201 - the same
    items = await asyncio.to_thread(stack.items)
    made = {
        request.channel_name for request in stack.signaling.requests if request.operation == "CreateSignalingChannel"
    }
    assert (begun_in(items), len(made)) == (0, CAMERAS)  # what was begun was finished, and no channel is left over


async def test_the_report_so_far_is_told_when_an_import_is_interrupted(stack: DeployedStack, tmp_path: Path) -> None:
    file = tmp_path / "cameras.csv"
    content, links = many_cameras(300, 7)
    file.write_text(content)
    with Running(stack, file) as running:
        await running.until(30)
        running.process.send_signal(signal.SIGINT)
        interrupted = time.monotonic()
        code, report, stderr = await running.end()
        assert time.monotonic() - interrupted < AT_ONCE
    assert code == 130
    assert report["stopped"] == "It was interrupted."
    assert "Interrupted. Run the same command again to go on" in stderr
    assert "Traceback" not in stderr
    there = links_in(await asyncio.to_thread(stack.items))
    assert there < links
    assert len(there) == report["added"] + report["shared"] > 0
