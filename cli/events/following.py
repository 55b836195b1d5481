"""What became of an event that was just published: what Alexa got and did, or why it was not told."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from camera_skill.report import Outcome, message_id
from cli.events.logs import FunctionLog
from cli.events.publishing import Published
from cli.events.sentences import EVENT, REPORT, reason_of
from cli.local_world.control_client import ControlClient

if TYPE_CHECKING:
    from cli.target import Target

LOOK_SECONDS = 0.5
"""How long a look at Alexa waits: then the function's log is looked at, which may tell that nothing will come."""
DEPLOYED_PAUSE = 0.5
MARGIN_SECONDS = 5.0
"""Lines are looked for from so long before on: the clocks of this machine and of AWS differ."""
OPENING = "opening"
"""The state of a live view that is not told of yet."""
Step = Callable[[str], None]
"""Shows what is waited for."""
DONE = {Outcome.DELIVERED, Outcome.UNDELIVERED, Outcome.NOT_GRANTED, Outcome.REPEATED, Outcome.OVERTAKEN}


@dataclass
class Followed:
    """What is known so far.

    `event`: the function's log line of the event; `reports`: its last line for each customer who is told. `taken`:
    what Alexa took, and `refused`: what its gateway did not, `views`: the live views that Echos opened (local world;
    as the control API has them).
    """

    published: Published
    event: Mapping[str, Any] | None = None
    reports: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    taken: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    refused: list[Mapping[str, Any]] = field(default_factory=list)
    views: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def is_told(self) -> bool:
        """Whether Alexa was told, of every customer who is to be."""
        told = {*self.taken, *(user for user, line in self.reports.items() if line.get("outcome") in DONE)}
        # The line of the event comes after those of its reports: whoever has none by then did not want one.
        owners = self.reports if self.event else [owner["user_id"] for owner in self.published.owners]
        return told.issuperset(owners)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        if self.event is not None and self.event.get("event_outcome") != "REPORTED":
            return True
        return self.is_told and not any(
            (one.get("view") or {}).get("state") == OPENING and user not in self.views
            for user, one in self.taken.items()
        )

    def read_line(self, line: Mapping[str, Any]) -> None:
        """Takes a line of the function's log."""
        # Of an event of a thing that no camera has, the line names the thing.
        if not str(line.get("event_id")).endswith(f"/{self.published.kind.topic}/{self.published.id}"):
            return
        if line["message"] == EVENT:
            self.event = line
        elif line["message"] == REPORT:
            self.reports[str(line.get("user_id"))] = line

    def read_record(self, record: Mapping[str, Any]) -> None:
        """Takes what Alexa got, or did."""
        owners = {message_id(self.published.event_id, one["user_id"]): one["user_id"] for one in self.published.owners}
        # The record of a token that does not count any more has no user: its message says whose it was.
        user_id = owners.get(str(record.get("message_id"))) or str(record.get("user_id"))
        if record.get("message_id") in owners:
            if record.get("status") == 202:
                self.taken.setdefault(user_id, record)
            else:
                self.refused.append({**record, "user_id": user_id})
        elif record.get("of") and record.get("of") == self.taken.get(user_id, {}).get("number"):
            self.views[user_id] = record


def follow_locally(target: "Target", since: int, published: Published, seconds: float, step: Step) -> Followed:
    """Looks at what the simulated Alexa got after number `since`, and at the log, until it is over or the time is."""
    if target.world is None:
        raise TypeError("only a local world has a simulated Alexa")
    followed, control = Followed(published), ControlClient(target.world)
    log = FunctionLog.of(target, "camera_events")
    for left in _until(seconds):
        since = _read_records(control, since, min(LOOK_SECONDS, left), followed)
        if not followed.is_told:
            _read_log(log, followed, step)
        if followed.is_over:
            break
    _read_records(control, since, 0, followed)  # that came before the last line of the log
    return followed


def follow_log(target: "Target", _since: int, published: Published, seconds: float, step: Step) -> Followed:
    """Looks at the function's log until it is over, or the time is."""
    followed, log = Followed(published), FunctionLog.of(target, "camera_events")
    for left in _until(seconds):
        _read_log(log, followed, step)
        if followed.is_over:
            break
        time.sleep(min(DEPLOYED_PAUSE, left))
    return followed


def last_number(target: "Target") -> int:
    """That of the last thing that the simulated Alexa got."""
    if target.world is None:
        return 0
    return max((int(one["number"]) for one in ControlClient(target.world).alexa_events(0, 0)), default=0)


def _read_records(control: ControlClient, since: int, seconds: float, followed: Followed) -> int:
    """Reads what Alexa got after that number; returns that of the last."""
    for record in control.alexa_events(since, seconds):
        since = max(since, int(record["number"]))
        followed.read_record(record)
    return since


def _read_log(log: FunctionLog, followed: Followed, step: Step) -> None:
    for line in log.lines(followed.published.at - MARGIN_SECONDS, followed.published.id):
        followed.read_line(line)
        if line["message"] == REPORT and line.get("outcome") == Outcome.RETRIED:
            step(f"Waiting for another attempt: {reason_of(line)}")


def _until(seconds: float) -> Iterator[float]:
    """The seconds that are left, while there are."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        yield left
