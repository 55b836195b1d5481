"""Log lines of the event path for people: when, how it went, what it was."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from cli.events.alexa_log import ALEXA

if TYPE_CHECKING:
    from cli.target import Target

EVENT, REPORT = "camera event", "report"
OUTCOME_WIDTH = 11
Line = Mapping[str, Any]


def named(target: "Target") -> Callable[[str], str]:
    """What gives a user's email for the id, and asks once for each."""
    from cli.users.customers import email_of

    return cache(lambda user_id: email_of(target, user_id))


def in_words(line: Line, name_of: Callable[[str], str]) -> str:
    """The line as one of at most three columns; `name_of`: what to call a user."""
    match line["message"]:
        case "camera event":
            how, what = str(line.get("event_outcome", "")), _event(line)
        case "report":
            how, what = str(line.get("outcome", "")), _report(line, name_of)
        case message if message == ALEXA:
            how, what = "ALEXA", _alexa(line, name_of)
        case message:
            how, what = str(line.get("level", "")), _other(message, line, name_of)
    return f"{_time(line)}  {how:<{OUTCOME_WIDTH}}  {what}"


def is_of(line: Line, endpoint_id: str) -> bool:
    """Whether the line speaks of this camera."""
    return endpoint_id == line.get("endpoint_id") or endpoint_id in (line.get("endpoint_ids") or [])


def reason_of(line: Line) -> str:
    """Why it went as it did, as far as the line says."""
    return str(line.get("reason") or "")


def _event(line: Line) -> str:
    return _joined(f"{line.get('kind')} of {line.get('endpoint_id') or line.get('thing')}", _age(line), reason_of(line))


def _report(line: Line, name_of: Callable[[str], str]) -> str:
    cameras = line.get("endpoint_ids") or []
    which = cameras[0] if len(cameras) == 1 else f"{len(cameras)} cameras"
    who = name_of(str(line["user_id"])) if line.get("user_id") else "nobody"
    again = f"attempt {int(line['attempt']) + 1}" if line.get("attempt") else ""
    redriven = "redriven" if line.get("redriven") else ""
    return _joined(f"{line.get('report')} of {which} to {who}", _age(line), again, redriven, reason_of(line))


def _alexa(line: Line, name_of: Callable[[str], str]) -> str:
    device = "the Echo Show " if line.get("of") else ""
    return _joined(f"{device}{'; '.join(line['echo'])}", name_of(str(line["user_id"])))


def _other(message: str, line: Line, name_of: Callable[[str], str]) -> str:
    who = name_of(str(line["user_id"])) if line.get("user_id") else ""
    return _joined(message, str(line.get("endpoint_id") or ""), who, reason_of(line))


def _age(line: Line) -> str:
    age = line.get("age_ms")
    return f"{age:,.0f} ms" if isinstance(age, int | float) else ""


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _time(line: Line) -> str:
    return datetime.fromtimestamp(float(line["at"])).astimezone().strftime("%H:%M:%S")
