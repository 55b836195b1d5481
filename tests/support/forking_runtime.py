"""Runs a function as Lambda runs many of it: in processes forked after its import, one invocation at a time each.

`python -m tests.support.forking_runtime MODULE SOCKET COUNT`: each process connects to the Unix socket and serves there
as lambda_runtime does, until the connection ends. Imports nothing that a handler would not.
"""

import importlib
import os
import sys

from tests.support import lambda_runtime


def main() -> None:
    module, path, count = sys.argv[1:]
    handler = importlib.import_module(module).handler
    for _ in range(int(count)):
        if os.fork() == 0:
            lambda_runtime.connect(path)
            lambda_runtime.serve(handler)
            os._exit(0)  # Lambda takes no process apart either, and so many at once take minutes for it
    sys.exit(any(os.wait()[1] for _ in range(int(count))))


if __name__ == "__main__":
    main()
