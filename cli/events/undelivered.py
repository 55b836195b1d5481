"""What is in the dead-letter queue (docs/architecture.md, "Camera events"), and where it goes when it is redriven."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REPORT, EVENT, RULE, UNREADABLE = "report", "event", "rule", "unreadable"
MOST_SHOWN = 200
_CAMERA_TOPIC = re.compile(r"cameras/(?P<thing>[^/]+)/events/(?P<kind>[^/]+)")
_PRESENCE_TOPIC = re.compile(r"\$aws/events/presence/(?P<kind>connected|disconnected)/(?P<thing>.+)")


@dataclass(frozen=True)
class Undelivered:
    """A message of the dead-letter queue.

    `kind`: a report that Alexa did not take; an event that the function could not handle; an event that an IoT rule
    could not hand on; or what cannot be sent again. `again`: the body by which it is tried once more, None if there is
    none. `sent_at`: when it came into the queue, in seconds since 1970. `name`: the same as that of another only if
    both tell the same, and were redriven as often; `name_again` will be its name if it fails once more.
    """

    message_id: str
    kind: str
    reason: str
    sent_at: float
    again: Mapping[str, Any] | None
    what: Mapping[str, Any]
    name: str = ""
    name_again: str = ""

    def as_row(self) -> dict[str, Any]:
        """For machines."""
        row = {"message_id": self.message_id, "kind": self.kind, "reason": self.reason, "undelivered_at": self.sent_at}
        return {**row, **self.what}


def read(message_id: str, body: str, sent_at: float) -> Undelivered:
    """The message; `sent_at` in seconds since 1970."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    match value:
        case {"report": {"user_id": str(), "event_id": str(), "message": dict()} as report}:
            return _report(message_id, report, str(value.get("reason") or _GIVEN_UP), sent_at)
        case {"thing": str(), "kind": str()}:
            return _event(message_id, EVENT, value, _GIVEN_UP, sent_at)
        case {"ruleName": str(rule), "topic": str(topic), "base64OriginalPayload": str(payload)}:
            event = _event_of_rule(topic, payload, sent_at)
            if event is not None:
                return _event(message_id, RULE, event, f"the rule {rule} failed: {_failures(value)}", sent_at)
        case {"DDBStreamBatchInfo": {"batchSize": int(size)}}:
            reason = f"{size} change{'s' * (size > 1)} of the registry: Alexa learns of them when it next asks"
            return Undelivered(message_id, UNREADABLE, reason, sent_at, None, {"name": "changes of the registry"})
    reason = "no part of this skill wrote it"
    return Undelivered(message_id, UNREADABLE, reason, sent_at, None, {"body": body[:MOST_SHOWN]})


_GIVEN_UP = "the function gave it up: its log tells why"


def _report(message_id: str, report: Mapping[str, Any], reason: str, sent_at: float) -> Undelivered:
    again = {**report, "attempt": 0, "redriven": _number(report.get("redriven")) + 1}
    header = report["message"].get("event", {}).get("header", {})
    names = ("user_id", "event_id", "endpoint_ids", "at", "attempt", "redriven")
    what = {"name": str(header.get("name", "")), **{name: report.get(name) for name in names}}
    same = {name: again[name] for name in ("user_id", "event_id")}  # the rest may be another after it was tried
    return Undelivered(message_id, REPORT, reason, sent_at, {"report": again}, what, *_names(same, again["redriven"]))


def _event(message_id: str, kind: str, event: Mapping[str, Any], reason: str, sent_at: float) -> Undelivered:
    again = {**event, "redriven": _number(event.get("redriven")) + 1}
    what = {"name": event["kind"], "endpoint_ids": [event["thing"]], "redriven": event.get("redriven", 0)}
    return Undelivered(message_id, kind, reason, sent_at, again, what, *_names(event, again["redriven"]))


def _names(same: Mapping[str, Any], redrives: int) -> tuple[str, str]:
    before, after = (json.dumps({**same, "redriven": number}, sort_keys=True) for number in (redrives - 1, redrives))
    return before, after


def _event_of_rule(topic: str, payload: str, sent_at: float) -> dict[str, Any] | None:
    """The body that the rule would have sent, None if no rule of this skill was at that topic.

    Of what a camera published the rule's own time is lost: that of the failure, right after it, stands for it.
    """
    if camera := _CAMERA_TOPIC.fullmatch(topic):
        return {"payload": payload, **camera.groupdict(), "received_at": int(sent_at * 1000)}
    presence = _PRESENCE_TOPIC.fullmatch(topic)
    if not presence:
        return None
    try:
        said = json.loads(base64.b64decode(payload, validate=True))
        at, session, version = int(said["timestamp"]), str(said["sessionIdentifier"]), int(said["versionNumber"])
    except (ValueError, KeyError, TypeError):
        return None
    return {**presence.groupdict(), "received_at": at, "session": session, "version": version}


def _failures(document: Mapping[str, Any]) -> str:
    failures = document.get("failures")
    said = [str(one.get("errorMessage", "")) for one in failures if isinstance(one, dict)] if failures else []
    return "; ".join(text for text in said if text) or "AWS IoT does not say why"


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
