"""What the simulated Alexa, its app and an Echo did with what they were told (local world), among the log's lines."""

from dataclasses import dataclass
from typing import Any

from cli.local_world.control_client import ControlClient

ALEXA = "what Alexa did"
"""The message of such a line."""


@dataclass
class AlexaLog:
    """Read as a function's log is."""

    control: ControlClient
    _last: int = 0

    def lines(self, since: float, containing: str = "") -> list[dict[str, Any]]:
        """What was done at `since` (seconds since 1970) or later and not given yet, oldest first.

        Each has `echo`, the sentences, and `user_id`, `endpoint_ids` and `at` as the log's lines have them.
        `containing`: only of the camera with this endpoint id.
        """
        events = self.control.alexa_events(self._last, 0)
        self._last = max((int(one["number"]) for one in events), default=self._last)
        return [
            {"message": ALEXA, **one}
            for one in events
            if one["echo"] and one["at"] >= since and (not containing or containing in one["endpoint_ids"])
        ]
