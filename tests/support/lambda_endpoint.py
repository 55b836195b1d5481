"""The Invoke API of AWS Lambda for one function in processes of its own; all else of Lambda is the local AWS's."""

import json
import os
import queue
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support import secrets
from tests.support.passed_on import headers_for
from tests.support.project import ROOT
from tests.support.threaded_server import Request, threaded_server

INVOKE = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
SECONDS = 60.0


@dataclass
class Instances:
    """Processes of a function, one invocation at a time each. A new one is started where none is idle."""

    module: str
    environment: Mapping[str, str]
    seconds: float = SECONDS
    running: list["subprocess.Popen[str]"] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    _idle: "queue.LifoQueue[subprocess.Popen[str]]" = field(default_factory=queue.LifoQueue)

    def invoke(self, payload: str) -> dict[str, Any] | None:
        """The reply; None if the process ended, as after a crash or a kill."""
        process = self._take()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"event": json.loads(payload), "seconds": self.seconds}) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                message: dict[str, Any] = json.loads(line)
                if "reply" in message:
                    self._idle.put(process)
                    return dict(message["reply"])
                secrets.wrote("logs and metrics", line)
                self.lines.append(message)
        except BrokenPipeError:
            pass
        return None

    def kill(self) -> None:
        """Ends all processes as Lambda does when the time is over."""
        for process in self.running:
            process.kill()

    def close(self) -> None:
        """Ends all processes, and reads what is left of their output."""
        self.kill()
        for process in self.running:
            process.communicate()

    def _take(self) -> "subprocess.Popen[str]":
        while True:
            try:
                process = self._idle.get_nowait()
            except queue.Empty:
                return self._start()
            if process.poll() is None:
                return process

    def _start(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.lambda_runtime", self.module],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "lambda")]),
                **self.environment,
            },
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process


@contextmanager
def lambda_endpoint(function_name: str, instances: Instances, aws_url: str) -> Iterator[str]:
    """The URL of Lambda with this function in it. Calls for all other functions go on to `aws_url`."""

    def handle(request: Request) -> None:
        found = INVOKE.fullmatch(request.path.partition("?")[0])
        if not found or found["name"] != function_name:
            _pass_on(request, aws_url)
            return
        reply = instances.invoke(request.body.decode())
        if reply is None:
            error = {"errorMessage": "RequestId: 0 Error: Runtime exited", "errorType": "Runtime.ExitError"}
            request.reply(200, json.dumps(error).encode(), {"X-Amz-Function-Error": "Unhandled"})
        else:
            request.reply(200, json.dumps(reply).encode())

    try:
        with threaded_server(handle) as url:
            yield url
    finally:
        instances.close()


def _pass_on(request: Request, aws_url: str) -> None:
    url = f"{aws_url}{request.path}"
    headers = headers_for(request.command, url, dict(request.headers), request.body)
    again = urllib.request.Request(  # noqa: S310 - the local AWS
        url, request.body or None, headers, method=request.command
    )
    try:
        with urllib.request.urlopen(again, timeout=30) as response:  # noqa: S310 - the same
            request.reply(response.status, response.read(), {"Content-Type": "application/json"})
    except urllib.error.HTTPError as error:
        kept = {name: value for name, value in error.headers.items() if name.lower().startswith("x-amzn")}
        request.reply(error.code, error.read(), kept)
