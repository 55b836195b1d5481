"""Faults of Alexa's side: of the event gateway, and of the token endpoint of Login with Amazon."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.names import close_to

if TYPE_CHECKING:
    from cli.local_world.control_client import ControlClient


class At(StrEnum):
    """Where it goes wrong, but for the signaling service."""

    GATEWAY = "gateway"
    LOGIN = "login"


NAMES = {At.GATEWAY: "Alexa's event gateway", At.LOGIN: "Login with Amazon"}


def kinds(at: At) -> dict[str, str]:
    """What can go wrong there, and what happens then."""
    from simulator.alexa import cloud

    return cloud.FAULT_KINDS[cloud.At(at.value)]


def places_of(fault: str) -> list[At]:
    """Where a fault of this name, or with this value, can be set."""
    return [at for at in At if fault.partition("=")[0] in kinds(at)]


def set_fault(control: "ControlClient", at: At, fault: str, times: int | None, chance: float | None) -> dict[str, Any]:
    """Sets one for all customers; how it is listed then.

    Raises:
        CommandError: there is no such fault.
    """
    known = kinds(at)
    name = fault.partition("=")[0]
    if name not in known:
        hint = close_to(name, known) or f"There are {', '.join(known)}."
        raise CommandError(f"There is no fault “{name}” of {NAMES[at]}. {hint}")
    return control.set_alexa_fault({"fault": fault, "at": at.value, "times": times, "probability": chance})


def sentence(at: At, row: Mapping[str, Any]) -> str:
    """What the fault does, for people."""
    meaning = kinds(at)[row["fault"].partition("=")[0]]
    times, chance = row["times"], row["probability"]
    calls = "every call" if times is None else "the next call" if times == 1 else f"the next {times} calls"
    drawn = "" if chance == 1 else f", with a chance of {chance:.0%} each"
    return f"{NAMES[at]}, {calls}{drawn}: {meaning}."


def as_rows(faults: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """As `world fault --list` shows them beside those of the signaling service."""
    for row in faults:
        left = row["times"] or "until cleared"
        yield {**row, "camera": "all cameras", "operation": NAMES[At(row["at"])], "left": left}
