"""Faults on demand: which calls go wrong, how, and how often."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from aiohttp import web

from simulator.signaling.calls import Call, Proceed
from simulator.signaling.fault_effects import Effect
from simulator.signaling.fault_kinds import FAULT_KINDS, FaultKind
from simulator.signaling.inputs import INPUTS

DEFAULT_OPERATION = "SendAlexaOfferToMaster"
OPERATIONS = tuple(operation for operation in INPUTS if not operation.startswith("Connect"))
"""What faults apply to: every operation, but not the handshakes of WebSockets."""


class FaultError(ValueError):
    """Such a fault cannot be set; the message is a sentence that says why."""


@dataclass(frozen=True)
class Fault:
    """A fault by the name of its kind, a key of FAULT_KINDS, as a text `slow=3`.

    `argument`: the number that some kinds take; None is the kind's default. Raises: FaultError.
    """

    name: str
    argument: float | None = None

    def __post_init__(self) -> None:
        if self.name not in FAULT_KINDS:
            raise FaultError(f"There is no fault “{self.name}”.")
        takes = self.kind.argument
        if takes is None and self.argument is not None:
            raise FaultError(f"The fault “{self.name}” takes no number: write it as “{self.name}”.")
        if takes is not None and self.argument is None:
            object.__setattr__(self, "argument", takes.default)
        elif takes is not None and not 0 <= (self.argument or 0) <= takes.most:
            raise FaultError(f"The fault “{self.name}” takes 0 to {takes.most:g} {takes.unit}.")

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name}={self.argument:g}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The fault of a text. Raises: FaultError."""
        name, has_argument, argument = text.partition("=")
        try:
            return cls(name, float(argument) if has_argument else None)
        except FaultError:
            raise
        except ValueError as error:
            raise FaultError(f"“{argument}” is not a number, as in slow=3.") from error

    @property
    def kind(self) -> FaultKind:
        """What it does."""
        return FAULT_KINDS[self.name]

    @property
    def meaning(self) -> str:
        """What it does, in words."""
        return self.kind.meaning.replace(" N ", f" {self.argument or 0:g} ")


@dataclass(frozen=True)
class FaultSetting:
    """A fault that is set. No `channel_name`: for all channels. `times` it is still to happen; None: until cleared."""

    fault: Fault
    channel_name: str | None
    operation: str
    times: int | None

    def as_row(self) -> dict[str, object]:
        """For machines."""
        return {**vars(self), "fault": str(self.fault)}


class Faults:
    """The faults that are set, at most one for each channel and operation; a channel's own goes before one for all.

    `changed` is called each time when others are set than before.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._settings: dict[tuple[str | None, str], FaultSetting] = {}
        self._calls: set[asyncio.Task[object]] = set()

    def set(
        self,
        fault: Fault,
        channel_name: str | None = None,
        operation: str = DEFAULT_OPERATION,
        times: int | None = None,
    ) -> FaultSetting:
        """Lets the next calls of the operation go wrong, in place of how they did so far.

        `times`: for how many calls; None is until it is cleared.

        Raises:
            FaultError: the fault does not go together with the rest.
        """
        setting = FaultSetting(fault, channel_name, operation, times)
        _check(setting)
        self._settings[channel_name, operation] = setting
        self._changed()
        return setting

    def clear(self, channel_name: str | None = None) -> int:
        """Ends the faults of a channel, or all there are; returns how many. Calls that wait go on waiting."""
        cleared = [key for key in self._settings if channel_name in {None, key[0]}]
        for key in cleared:
            del self._settings[key]
        self._changed()
        return len(cleared)

    def listing(self) -> tuple[FaultSetting, ...]:
        """The faults that are set."""
        return tuple(self._settings.values())

    @property
    def refused(self) -> frozenset[str]:
        """The operations for which connections are refused."""
        return frozenset(setting.operation for setting in self.listing() if setting.fault.kind.effect is None)

    @property
    def under_way(self) -> int:
        """How many calls are going wrong right now."""
        return len(self._calls)

    async def answer(self, call: Call, proceed: Proceed) -> web.StreamResponse:
        """Answers a call, wrongly if a fault is set for it."""
        effect, argument = self._take(call)
        task = asyncio.current_task()
        if effect is None or task is None:
            return await proceed()
        self._calls.add(task)
        try:
            return await effect(call, proceed, argument)
        finally:
            self._calls.discard(task)

    def end(self) -> None:
        """Ends every call that is going wrong, unanswered."""
        for task in self._calls:
            task.cancel()

    def _take(self, call: Call) -> tuple[Effect | None, float]:
        for key in ((call.channel_name, call.operation), (None, call.operation)):
            setting = self._settings.get(key)
            if setting is None:
                continue
            if setting.times == 1:
                del self._settings[key]
            elif setting.times is not None:
                self._settings[key] = replace(setting, times=setting.times - 1)
            return setting.fault.kind.effect, setting.fault.argument or 0
        return None, 0


def _check(setting: FaultSetting) -> None:
    name, kind = setting.fault.name, setting.fault.kind
    if setting.operation not in OPERATIONS:
        raise FaultError(f"There is no operation “{setting.operation}”; there are {', '.join(OPERATIONS)}.")
    if kind.offers_only and setting.operation != DEFAULT_OPERATION:
        raise FaultError(f"The fault “{name}” is one of answers, and only {DEFAULT_OPERATION} has them.")
    if setting.times is not None and setting.times < 1:
        raise FaultError("A fault happens at least once.")
    if kind.effect is None and setting.channel_name is not None:
        raise FaultError(f"The fault “{name}” is for all cameras, never for one: they share one address.")
    if kind.effect is None and setting.times is not None:
        raise FaultError(f"The fault “{name}” lasts until it is cleared: refused connections are not counted.")
