"""What the functions of the event path write into their logs, as it comes (docs/architecture.md)."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.events.alexa_log import AlexaLog
from cli.local_world.control_client import ControlClient

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

    from cli.target import Target

FUNCTIONS = {"camera_events": "CameraEventsFunctionName", "camera_changes": "CameraChangesFunctionName"}
"""The functions that tell Alexa of cameras, and the outputs that name them."""
LATE_SECONDS = 30.0
"""How much later than others a line may come to CloudWatch."""
Line = dict[str, Any]


@dataclass
class FunctionLog:
    """The log of one function. `function`: its name among FUNCTIONS."""

    client: "CloudWatchLogsClient"
    group: str
    function: str
    _seen: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, target: "Target", function: str) -> "FunctionLog":
        """That of one of FUNCTIONS. Raises: CommandError if the stack has no such function."""
        return cls(target.logs, log_group(target, function), function)

    def lines(self, since: float, containing: str = "") -> list[Line]:
        """The lines that were not given yet, written at `since` (seconds since 1970) or later, oldest first.

        Each is what the function wrote, with `function` and `at`, when it wrote it in seconds since 1970.
        `containing`: only those that have this text.
        """
        begin = max(int(since * 1000), self._begin_of_late())
        found: list[Line] = []
        for event in self._events(begin, containing):
            key = event.get("eventId") or f"{event.get('logStreamName')} {event['timestamp']} {event['message']}"
            if key not in self._seen:
                self._seen[key] = event["timestamp"]
                found.extend(_parsed(event, self.function))
        self._seen = {key: at for key, at in self._seen.items() if at >= self._begin_of_late()}
        return found

    def _begin_of_late(self) -> int:
        return max(self._seen.values(), default=0) - int(LATE_SECONDS * 1000)

    def _events(self, begin: int, containing: str) -> Iterator["FilteredLogEventTypeDef"]:
        pages = self.client.get_paginator("filter_log_events").paginate(
            logGroupName=self.group, startTime=begin, filterPattern=f'"{containing}"' if containing else ""
        )
        try:
            for page in pages:
                yield from page["events"]
        except self.client.exceptions.ResourceNotFoundException:  # it has not written anything yet
            return


def log_group(target: "Target", function: str) -> str:
    """The log group of one of FUNCTIONS.

    Raises:
        CommandError: the stack has no such function.
    """
    return log_group_named(target, target.output(FUNCTIONS[function]))


def log_group_named(target: "Target", name: str) -> str:
    """The log group of the function of this name.

    Raises:
        CommandError: there is none.
    """
    try:
        configuration = target.functions.get_function_configuration(FunctionName=name)
    except target.functions.exceptions.ResourceNotFoundException as error:
        raise CommandError(f"{target.place} has no function {name}: deploy it again.") from error
    return configuration.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"


def follow(
    target: "Target", since: float, *, containing: str = "", pause: float, until_quiet: bool = False
) -> Iterator[Line]:
    """The lines of all functions, and of the simulated Alexa, as they come, for ever.

    `until_quiet`: only those that there are.

    `pause`: seconds between two looks.
    """
    logs: list[FunctionLog | AlexaLog] = [FunctionLog.of(target, function) for function in FUNCTIONS]
    if target.world:
        logs.append(AlexaLog(ControlClient(target.world)))
    while True:
        lines = [line for log in logs for line in log.lines(since, containing)]
        yield from sorted(lines, key=lambda line: float(line["at"]))
        if until_quiet:
            return
        time.sleep(pause)


def _parsed(event: "FilteredLogEventTypeDef", function: str) -> Iterator[Line]:
    """The line, if the function itself wrote it: not Lambda's own (no message), and no metrics (`_aws`)."""
    try:
        line = json.loads(event["message"])
    except ValueError:
        return
    if isinstance(line, dict) and isinstance(line.get("message"), str) and "_aws" not in line:
        yield {**line, "function": function, "at": event["timestamp"] / 1000}
