"""Runs a handler as Lambda does: loaded once, one invocation at a time. Imports nothing that a handler would not.

`python -m tests.support.lambda_runtime MODULE`: for each line `{"event": …, "seconds": …}` of standard input a line
`{"reply": …, "milliseconds": …, "cpu_milliseconds": …}`, the time that the handler took, and the CPU time of all its
threads; logs and metrics are the lines between.
"""

import importlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Any


class Context:
    """Lambda's context object: `seconds` are left."""

    def __init__(self, seconds: float = 8.0) -> None:
        self.aws_request_id = "00000000-0000-4000-8000-000000000000"
        self._milliseconds = int(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


def serve(handler: Callable[[Any, Context], Any]) -> None:
    """Answers the lines of standard input until it ends."""
    for line in sys.stdin:
        request = json.loads(line)
        started, cpu_started = time.perf_counter(), time.process_time()
        reply = handler(request["event"], Context(request["seconds"]))
        took, cpu_took = time.perf_counter() - started, time.process_time() - cpu_started
        result = {"reply": reply, "milliseconds": took * 1000, "cpu_milliseconds": cpu_took * 1000}
        print(json.dumps(result), flush=True)  # noqa: T201 - what it is asked for


def connect(path: str) -> None:
    """Makes a connection to the Unix socket standard input and output, also for what took the latter before."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        os.dup2(connection.fileno(), 0)
        os.dup2(connection.fileno(), 1)


if __name__ == "__main__":
    serve(importlib.import_module(sys.argv[1]).handler)
