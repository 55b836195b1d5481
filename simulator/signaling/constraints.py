import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from simulator.signaling.errors import INVALID_ARGUMENT, SERIALIZATION, ServiceError


class Constraint(Protocol):
    """What a value of a request must be."""

    def check(self, name: str, value: object) -> None:
        """Raise ServiceError if the value breaks the constraint."""
        ...


def _invalid(name: str, demand: str) -> ServiceError:
    return ServiceError(
        INVALID_ARGUMENT,
        f"1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must {demand}",
    )


def _wrong_type(name: str, wanted: str) -> ServiceError:
    return ServiceError(SERIALIZATION, f"Value at '{name}' can not be converted to {wanted}")


def _check_length(name: str, length: int, minimum: int, maximum: int | None) -> None:
    if length < minimum:
        raise _invalid(name, f"have length greater than or equal to {minimum}")
    if maximum is not None and length > maximum:
        raise _invalid(name, f"have length less than or equal to {maximum}")


@dataclass(frozen=True)
class String:
    """A string, its length in characters, that matches the pattern as a whole, or is one of the listed values."""

    minimum: int = 0
    maximum: int | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()

    def check(self, name: str, value: object) -> None:
        """Raise ServiceError if the value breaks the constraint."""
        if not isinstance(value, str):
            raise _wrong_type(name, "a String")
        if self.enum and value not in self.enum:
            raise _invalid(name, f"satisfy enum value set: [{', '.join(self.enum)}]")
        _check_length(name, len(value), self.minimum, self.maximum)
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            raise _invalid(name, f"satisfy regular expression pattern: {self.pattern}")


@dataclass(frozen=True)
class Integer:
    """A whole number within bounds, both included."""

    minimum: int
    maximum: int

    def check(self, name: str, value: object) -> None:
        """Raise ServiceError if the value breaks the constraint."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong_type(name, "an Integer")
        if not self.minimum <= value <= self.maximum:
            raise _invalid(name, f"have value between {self.minimum} and {self.maximum}")


@dataclass(frozen=True)
class ListOf:
    """A list with so many members, each under the member's constraint."""

    member: Constraint
    minimum: int = 0
    maximum: int | None = None

    def check(self, name: str, value: object) -> None:
        """Raise ServiceError if the value breaks the constraint."""
        if not isinstance(value, list):
            raise _wrong_type(name, "a list")
        _check_length(name, len(value), self.minimum, self.maximum)
        for number, member in enumerate(value, 1):
            self.member.check(f"{name}.{number}.member", member)


@dataclass(frozen=True)
class Structure:
    """A JSON object. Members that it does not know, and null ones that it does not require, are passed over."""

    members: Mapping[str, Constraint]
    required: frozenset[str] = field(default_factory=frozenset)

    def check(self, name: str, value: object) -> None:
        """Raise ServiceError if the value breaks the constraint."""
        if not isinstance(value, dict):
            raise _wrong_type(name or "body", "a structure")
        for member, constraint in self.members.items():
            path = f"{name}.{member}" if name else member
            if value.get(member) is not None:
                constraint.check(path, value[member])
            elif member in self.required:
                raise _invalid(path, "not be null")
