"""What the function adds to an offer, warm and cold, as ratios against a bare one in the same run.

`python -m bench.offer [--warm N] [--cold N] [--json] [--check]`
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.surroundings import RECORD, surroundings

FUNCTION, BARE = "camera_skill.functions.smart_home", "bench.bare_function"
ROOT = Path(__file__).parent.parent
WARM_BOUND, COLD_BOUND = 1.15, 1.10
WARM = f"warm offer against its three bare calls (bound {WARM_BOUND})"
COLD = f"cold start against a bare function (bound {COLD_BOUND})"
BOTO3_ALONE = """
import boto3
session = boto3.Session(region_name="us-east-1")
session.client("dynamodb")
session.client("kinesis-video-signaling")
"""


class Process:
    """A function in a process of its own, invoked over its standard input."""

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.lambda_runtime", module],
            env={**environment, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "lambda")])},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def invoke(self, event: object) -> tuple[float, float]:
        """The milliseconds that the handler took, and those of CPU time."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the process has no pipes")
        stdin.write(json.dumps({"event": event, "seconds": 8.0}) + "\n")
        stdin.flush()
        for line in stdout:
            message = json.loads(line)
            if "reply" in message:
                if "answer" not in json.dumps(message["reply"]):
                    raise RuntimeError(f"no answer came: {line}")
                return float(message["milliseconds"]), float(message["cpu_milliseconds"])
        raise RuntimeError("the process ended")

    def end(self) -> None:
        """Closes its input, and waits for its end."""
        self._process.communicate()


@contextmanager
def running(module: str, environment: Mapping[str, str]) -> Iterator[Process]:
    """A process for as long as the context lasts."""
    process = Process(module, environment)
    try:
        yield process
    finally:
        process.end()


def warm(environment: Mapping[str, str], event: object, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of warm handlers, in turn; the bare one with and without the session's record."""
    wanted = {
        "function": (FUNCTION, environment),
        "bare": (BARE, {**environment, "BENCH_RECORD": RECORD}),
        "two calls": (BARE, environment),
    }
    with ExitStack() as stack:
        processes = {}
        for name, (module, its_environment) in wanted.items():
            processes[name] = stack.enter_context(running(module, its_environment))
            for _ in range(20):  # before the next is loaded: a cold start takes from the function's time
                processes[name].invoke(event)
        times: dict[str, list[float]] = {f"{name}{kind}": [] for name in processes for kind in ("", " CPU")}
        for _ in range(rounds):
            for name, process in processes.items():
                milliseconds, cpu_milliseconds = process.invoke(event)
                times[name].append(milliseconds)
                times[f"{name} CPU"].append(cpu_milliseconds)
    return times


def cold(environment: Mapping[str, str], event: object, rounds: int) -> dict[str, list[float]]:
    """Milliseconds from starting a process to its first answer, in turn; CPU milliseconds of the same."""
    times: dict[str, list[float]] = {"function": [], "bare": [], "boto3": [], "function CPU": [], "bare CPU": []}
    for _ in range(rounds):
        for name, module in (("function", FUNCTION), ("bare", BARE)):
            cpu, started = _children_cpu(), time.perf_counter()
            with running(module, environment) as process:
                process.invoke(event)
                times[name].append((time.perf_counter() - started) * 1000)
            times[f"{name} CPU"].append(_children_cpu() - cpu)
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", BOTO3_ALONE], env=dict(environment), check=True)
        times["boto3"].append((time.perf_counter() - started) * 1000)
    return times


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (usage.ru_utime + usage.ru_stime) * 1000


def ratio(times: Mapping[str, list[float]], one: str, other: str) -> dict[str, float]:
    """Median of each in milliseconds, and the median of their ratios, pair by pair."""
    ratios = [a / b for a, b in zip(times[one], times[other], strict=True)]
    return {
        f"{one} ms": round(statistics.median(times[one]), 2),
        f"{other} ms": round(statistics.median(times[other]), 2),
        "ratio": round(statistics.median(ratios), 3),
    }


def main() -> None:
    """Runs both benches, prints their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warm", type=int, default=500, help="pairs of warm offers")
    parser.add_argument("--cold", type=int, default=15, help="pairs of cold starts")
    parser.add_argument("--check", action="store_true", help="fail where a bound is exceeded")
    parser.add_argument("--json", action="store_true", help="for machines")
    arguments = parser.parse_args()
    with surroundings() as (environment, event):
        warm_times = warm(environment, event, arguments.warm)
        cold_times = cold(environment, event, arguments.cold)
    result: dict[str, Any] = {
        WARM: ratio(warm_times, "function", "bare"),
        "the same, CPU time": ratio(warm_times, "function CPU", "bare CPU"),
        "warm offer against two calls, without a record": ratio(warm_times, "function", "two calls"),
        COLD: ratio(cold_times, "function", "bare"),
        "cold start, CPU time": ratio(cold_times, "function CPU", "bare CPU"),
        "cold start against boto3 and two clients alone": ratio(cold_times, "function", "boto3"),
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, figures in result.items():
            print(f"{name:52} " + "  ".join(f"{key} {value:g}" for key, value in figures.items()))
    if arguments.check and (result[WARM]["ratio"] > WARM_BOUND or result[COLD]["ratio"] > COLD_BOUND):
        sys.exit("a bound is exceeded")


if __name__ == "__main__":
    main()
