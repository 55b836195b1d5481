"""What came to the event gateway, and what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any


@dataclass
class EventRecord:
    """One request to the gateway, without its tokens, or, under the name LiveView, how a live view went.

    `number`: from 1, in the order of arrival. `status`: the gateway's, 0 if it gave none. `code`: Alexa's of an error.
    `echo`: what Alexa, its app and an Echo do with it, in sentences. `view`: the live view that the Echo opens by
    itself. `of`: the number of the event that a live view follows. `message`: the JSON that came, its tokens redacted.
    """

    number: int
    at: float
    user_id: str
    name: str
    endpoint_ids: tuple[str, ...] = ()
    status: int = 0
    code: str = ""
    description: str = ""
    message_id: str = ""
    echo: list[str] = field(default_factory=list)
    fault: str = ""
    view: dict[str, Any] | None = None
    of: int = 0
    message: Any = field(default=None, repr=False)

    def as_row(self) -> dict[str, Any]:
        """For machines: what is not there is left out, and so is the message."""
        row = {name: value for name, value in vars(self).items() if name != "message"}
        row["endpoint_ids"] = list(self.endpoint_ids)
        return {name: value for name, value in row.items() if name not in _OPTIONAL or value}


_OPTIONAL = frozenset({"code", "description", "fault", "view", "of"})


class EventLog:
    """The records in the order of arrival; whoever waits for the next is told."""

    def __init__(self) -> None:
        self.records: list[EventRecord] = []
        self._changed = asyncio.Event()

    def add(self, record: EventRecord) -> EventRecord:
        """Adds it with the next number."""
        record.number = len(self.records) + 1
        self.records.append(record)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        return record

    async def since(self, number: int, wait: float) -> list[EventRecord]:
        """The records after that number; if there are none, those that come within so many seconds."""
        try:
            async with asyncio.timeout(wait):
                while len(self.records) <= number:
                    await self._changed.wait()
        except TimeoutError:
            return []
        return self.records[max(number, 0) :]
