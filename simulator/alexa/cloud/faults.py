"""Faults of Alexa's cloud on demand: which requests go wrong, and how."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

MOST_SECONDS = 60.0


class CloudFaultError(ValueError):
    """Such a fault cannot be set; the message is a sentence that says why."""


class At(StrEnum):
    """Where it happens."""

    GATEWAY = "gateway"
    LOGIN = "login"


_EFFECTS = {
    "hang": "nothing is done, and no answer comes for as long as the client waits",
    "closed": "nothing is done, and the connection is closed without an answer",
    "lost": "all is done, and the connection is closed without an answer",
    "slow": "all is done, and the answer comes N s late (2 by default)",
    "garbage": "nothing is done, and a 200 comes with a body that is no JSON",
}
_STATUSES = {
    At.GATEWAY: ("400", "401", "403", "404", "413", "429", "500", "503"),
    At.LOGIN: ("400", "401", "429", "500", "503"),
}
FAULT_KINDS = {
    at: {status: f"it answers HTTP {status}, and nothing is done" for status in statuses} | _EFFECTS
    for at, statuses in _STATUSES.items()
}
"""By where they happen and their names, which are stable: what happens, N the number after a "="."""
FAULT_KINDS[At.GATEWAY]["401"] += ": the token, which counted until then, does not any more"


@dataclass(frozen=True)
class CloudFault:
    """A fault that is set.

    `seconds`: of `slow`. `user_id`: whose requests go wrong; None is everybody's. `times`: how often it is still to
    happen; None is until it is cleared. `probability`: of each request that it could happen to.
    """

    name: str
    at: At = At.GATEWAY
    user_id: str | None = None
    times: int | None = None
    probability: float = 1.0
    seconds: float = 0.0

    @classmethod
    def of(cls, body: dict[str, Any]) -> Self:
        """The fault of {"fault", "at"?, "user_id"?, "times"?, "probability"?}. Raises: CloudFaultError."""
        name, _, seconds = str(body.get("fault", "")).partition("=")
        try:
            fault = cls(
                name,
                At(body.get("at") or "gateway"),
                body.get("user_id") or None,
                None if body.get("times") is None else int(body["times"]),
                1.0 if body.get("probability") is None else float(body["probability"]),
                float(seconds or 2.0) if name == "slow" else 0.0,
            )
        except (TypeError, ValueError) as error:
            raise CloudFaultError(f"That is no fault of Alexa's cloud: {error}.") from error
        if unknown := body.keys() - {"fault", "at", "user_id", "times", "probability"}:
            raise CloudFaultError(f"A fault has no {min(unknown)}.")
        fault.check()
        return fault

    def check(self) -> None:
        """Raises: CloudFaultError if it makes no sense."""
        known = FAULT_KINDS[self.at]
        if self.name not in known:
            raise CloudFaultError(f"There is no fault “{self.name}” at the {self.at}; there are {', '.join(known)}.")
        if self.times is not None and self.times < 1:
            raise CloudFaultError("A fault happens at least once.")
        if not 0 < self.probability <= 1:
            raise CloudFaultError("A probability is over 0 and at most 1.")
        if not 0 <= self.seconds <= MOST_SECONDS:
            raise CloudFaultError(f"An answer is at most {MOST_SECONDS:.0f} s late.")

    def as_row(self) -> dict[str, Any]:
        """For machines."""
        fault = f"slow={self.seconds:g}" if self.name == "slow" else self.name
        row = {"fault": fault, "at": str(self.at), "user_id": self.user_id}
        return row | {"times": self.times, "probability": self.probability}


class CloudFaults:
    """The faults that are set. The one that was set first happens first.

    Chance is drawn from the seed, from what a request is about and how often that was asked before: the same
    requests meet the same faults, whatever else happens at the same time.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._settings: list[CloudFault] = []
        self._asked: Counter[str] = Counter()

    def set(self, fault: CloudFault) -> CloudFault:
        """Lets requests go wrong from now on, beside how they do so already. Raises: CloudFaultError."""
        fault.check()
        self._settings.append(fault)
        return fault

    def clear(self) -> int:
        """Ends all there are; returns how many."""
        cleared = len(self._settings)
        self._settings.clear()
        self._asked.clear()
        return cleared

    def listing(self) -> tuple[CloudFault, ...]:
        """The faults that are set."""
        return tuple(self._settings)

    def take(self, at: At, user_id: str, about: str) -> CloudFault | None:
        """The fault that happens to this request, if any. `about`: what a request has again when it is retried."""
        self._asked[about] += 1
        for index, fault in enumerate(self._settings):
            if fault.at is not at or fault.user_id not in {None, user_id}:
                continue
            if self._chance(index, about) >= fault.probability:
                continue
            if fault.times == 1:
                del self._settings[index]
            elif fault.times is not None:
                self._settings[index] = replace(fault, times=fault.times - 1)
            return fault
        return None

    def _chance(self, index: int, about: str) -> float:
        """From 0 to under 1, evenly."""
        drawn = hashlib.sha256(f"{self.seed}\n{index}\n{about}\n{self._asked[about]}".encode()).digest()
        return int.from_bytes(drawn[:6], "big") / 2**48
