"""One local world for all tests that need it, with the product's own template deployed.

They are one group for pytest-xdist, so that one worker starts one world; the others start none.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from simulator.child_process import ChildProcess
from tests.support import secrets
from tests.support.command import PROGRAM, Outcome, run
from tests.support.tools import need_local_aws

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

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
        return boto3.Session(
            self.content["access_key_id"], self.content["secret_access_key"], region_name=self.content["region"]
        )

    def invoke(self, directive: object) -> dict[str, Any]:
        """The deployed function's reply, invoked by its alias."""
        secrets.learn_event(directive)
        reply = self._functions.invoke(FunctionName=self._alias, Payload=json.dumps(directive))
        assert not reply.get("FunctionError")
        event: dict[str, Any] = json.load(reply["Payload"])
        secrets.learn_reply(event)
        return event

    @cached_property
    def _functions(self) -> "LambdaClient":
        """Made once: that takes a part of the time that tests allow for a reply."""
        return self.session().client("lambda", endpoint_url=self.content["aws_endpoint_url"])

    @cached_property
    def _alias(self) -> str:
        return self.outputs["SmartHomeFunctionAliasArn"]

    def log(self, since: float) -> list[str]:
        """What the deployed functions wrote since then, in seconds since 1970."""
        logs = self.session().client("logs", endpoint_url=self.content["aws_endpoint_url"])
        groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
        return [
            event["message"]
            for group in groups
            for page in logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"], startTime=int(since * 1000)
            )
            for event in page["events"]
        ]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    """A world with a customer who is logged in."""
    with running_world(tmp_path_factory.mktemp("world")) as world:
        yield world


@contextmanager
def running_world(folder: Path, *parameters: str) -> Iterator[RunningWorld]:
    """A world in a folder, with parameters of the template as NAME=VALUE; a customer is logged in."""
    need_local_aws()
    options = [word for parameter in parameters for word in ("--parameter", parameter)]
    process = ChildProcess(
        [str(PROGRAM), "world", "start", "--foreground", "--folder", str(folder), *options],
        environment=os.environ,
        log=folder.with_suffix(".log"),
    )
    try:
        _wait_until_ready(process, folder)
        yield RunningWorld(folder, process)
    finally:
        process.stop()
    assert not (folder / "world.json").exists()


@pytest.fixture(autouse=True)
def _logs_are_searched(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test may let a deployed function log a secret."""
    started = time.time()
    yield
    if "world" in request.fixturenames:
        running: RunningWorld = request.getfixturevalue("world")
        for message in running.log(started):
            secrets.wrote("log of a deployed function", message)


def _wait_until_ready(process: ChildProcess, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "is logged in" not in process.output():
        assert process.exit_code is None, process.output()
        assert time.monotonic() < deadline, process.output()
        time.sleep(0.05)
    assert (folder / "world.json").exists()


def channel_of(endpoint_id: str) -> str:
    """The name of the channel that the stack made for a camera."""
    return f"camera-skill-{endpoint_id}"
