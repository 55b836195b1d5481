"""One local world for all tests that need it, with the product's own template deployed.

They are one group for pytest-xdist, so that one worker starts one world; the others start none.
"""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from simulator.child_process import ChildProcess
from tests.support.command import PROGRAM, Outcome, run
from tests.support.tools import need_local_aws

START_SECONDS = 280.0  # with a build, on a machine that has other things to do


@dataclass(frozen=True)
class RunningWorld:
    """A world, started as `make world` starts it."""

    folder: Path
    process: ChildProcess

    @property
    def content(self) -> dict[str, Any]:
        """What world.json says now."""
        content: dict[str, Any] = json.loads((self.folder / "world.json").read_text())
        return content

    @property
    def outputs(self) -> dict[str, str]:
        outputs: dict[str, str] = self.content["outputs"]
        return outputs

    def run(self, *arguments: str | Path, stdin: str = "") -> Outcome:
        """Runs the command on this world, in this process."""
        return run(*arguments, "--folder", self.folder, stdin=stdin)

    def session(self) -> boto3.Session:
        """Of the account that the world's local AWS has."""
        return boto3.Session("test", "test", region_name=self.content["region"])

    def invoke(self, directive: object) -> dict[str, Any]:
        """The deployed function's reply, invoked by its alias."""
        client = self.session().client("lambda", endpoint_url=self.content["aws_endpoint_url"])
        alias = self.outputs["SmartHomeFunctionAliasArn"]
        reply = client.invoke(FunctionName=alias, Payload=json.dumps(directive))
        assert not reply.get("FunctionError")
        event: dict[str, Any] = json.load(reply["Payload"])
        return event


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    """A world with a customer who is logged in."""
    need_local_aws()
    folder = tmp_path_factory.mktemp("world")
    process = ChildProcess(
        [str(PROGRAM), "world", "start", "--foreground", "--folder", str(folder)],
        environment=os.environ,
        log=folder.with_suffix(".log"),
    )
    try:
        _wait_until_ready(process, folder)
        yield RunningWorld(folder, process)
    finally:
        process.stop()
    assert not (folder / "world.json").exists()


def _wait_until_ready(process: ChildProcess, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "is logged in" not in process.output():
        assert process.exit_code is None, process.output()
        assert time.monotonic() < deadline, process.output()
        time.sleep(0.05)
    assert (folder / "world.json").exists()
