"""Runs a handler as Lambda does: loaded once, one invocation at a time. Imports nothing that a handler would not.

`python -m tests.support.lambda_runtime MODULE`: for each line `{"event": …, "seconds": …}` of standard input a line
`{"reply": …, "milliseconds": …}`, the time that the handler took; logs and metrics are the lines between.
"""

import importlib
import json
import sys
import time


class Context:
    """Lambda's context object: `seconds` are left."""

    def __init__(self, seconds: float = 8.0) -> None:
        self.aws_request_id = "00000000-0000-4000-8000-000000000000"
        self._milliseconds = int(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


def main() -> None:
    handler = importlib.import_module(sys.argv[1]).handler
    for line in sys.stdin:
        request = json.loads(line)
        started = time.perf_counter()
        reply = handler(request["event"], Context(request["seconds"]))
        milliseconds = (time.perf_counter() - started) * 1000
        print(json.dumps({"reply": reply, "milliseconds": milliseconds}), flush=True)  # noqa: T201 - its result


if __name__ == "__main__":
    main()
