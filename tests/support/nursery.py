"""Runs a function in processes that begin in a tenth of the time: forked once its imports are there, all but itself.

`python -m tests.support.nursery`: for each line `{"module": …, "environment": …, "socket": …, "stderr": …}` of standard
input a process with that environment, which loads the module as Lambda does and serves on the Unix socket as
lambda_runtime does. Only functions hold state at import, so what is shared is code.
"""

import importlib
import json
import os
import pkgutil
import signal
from pathlib import Path

import camera_skill
from tests.support import lambda_runtime


def main() -> None:
    for module in pkgutil.walk_packages(camera_skill.__path__, "camera_skill."):
        if "functions" not in module.name.split("."):
            importlib.import_module(module.name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the processes
    with Path("/dev/stdin").open("rb", buffering=0) as orders:  # what is read ahead would be the child's, too
        while line := orders.readline():
            if os.fork() == 0:
                serve(**json.loads(line))
                os._exit(0)


def serve(module: str, environment: dict[str, str], socket: str, stderr: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT), 2)
    lambda_runtime.connect(socket)
    lambda_runtime.serve(importlib.import_module(module).handler)


if __name__ == "__main__":
    main()
