from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulator.credentials import Credentials
from simulator.local_aws import LocalAws
from tests.support.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  PythonRuntime: {Type: String}
  LocalJwksUrl: {Type: String}
Resources:
  Sleeper:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: lambda/
      Handler: sleeper.handler
      Runtime: !Ref PythonRuntime
      Timeout: 60
Outputs:
  SleeperName: {Value: !Ref Sleeper}
  JwksUrl: {Value: !Ref LocalJwksUrl}
"""

FUNCTION = """
import time
def handler(event, context):
    time.sleep(event["seconds"])
    return event
"""


def small_project(folder: Path) -> Path:
    """A project that is built and deployed in seconds: one function that sleeps for the seconds it is told."""
    (folder / "lambda").mkdir(parents=True)
    (folder / "infrastructure").mkdir()
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "lambda" / "sleeper.py").write_text(FUNCTION)
    (folder / "lambda" / "requirements.txt").write_text("")
    return folder


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Waits for the condition, at most so long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
        time.sleep(0.02)


def aws_of(folder: Path, content: Mapping[str, Any]) -> LocalAws:
    """The local AWS of a world that another process runs. `content`: of its world.json."""
    key = Credentials(content["access_key_id"], content["secret_access_key"])
    return LocalAws(folder, port=urlsplit(content["aws_endpoint_url"]).port or 0, credentials=key)


@dataclass
class WorldProcess:
    """A supervisor that a test started. `output` is what it wrote so far, standard error included."""

    process: subprocess.Popen[bytes]
    folder: Path
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text()

    @property
    def content(self) -> dict[str, Any]:
        """What world.json says."""
        content: dict[str, Any] = json.loads((self.folder / "world.json").read_text())
        return content

    def wait_until_ready(self, seconds: float = 90) -> None:
        wait_until(lambda: self.process.poll() is not None or self.is_ready(), seconds)
        assert self.process.poll() is None, self.output

    def is_ready(self) -> bool:
        """Whether world.json is there and its own, not that of a world that crashed before it."""
        return (self.folder / "world.json").exists() and self.content["pid"] == self.process.pid

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and JSON of an answer of the control API."""
        request = urllib.request.Request(  # noqa: S310  # the world's own URL
            self.content["control_url"] + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=40) as response:  # noqa: S310  # the same
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def create_channel(self, name: str) -> None:
        """Creates a signaling channel, as the command does before it starts a camera."""
        session = aws_of(self.folder, self.content).session()
        with closing(session.client("kinesisvideo", endpoint_url=self.content["signaling_endpoint_url"])) as client:
            client.create_signaling_channel(ChannelName=name)

    def start_camera(self, endpoint_id: str, friendly_name: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer. Its channel is `channel-ENDPOINT_ID`, and its thing `thing-ENDPOINT_ID`."""
        names = {"channel_name": f"channel-{endpoint_id}", "thing_name": f"thing-{endpoint_id}"}
        return self.ask("POST", "/cameras", {"endpoint_id": endpoint_id, "friendly_name": friendly_name, **names})

    def kill(self) -> None:
        """Ends it in the way that leaves it no time for anything; returns when it is gone."""
        self.process.kill()
        self.process.wait(10)

    def end(self) -> int:
        """Ends it as `camera-skill world stop` does; its exit code."""
        self.process.terminate()
        return self.process.wait(30)


def start_world(folder: Path, project: Path, *options: str, log: Path | None = None) -> WorldProcess:
    """Starts a supervisor; it is not ready yet."""
    log = log or folder.with_suffix(".output")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator.world", f"--folder={folder}", f"--project={project}", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
        )
    return WorldProcess(process, folder, log)
