"""What became of a file of cameras: numbers, refused rows, and the file of these."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from cli.importing.camera_file import Form, Row
from cli.importing.work import Outcome
from cli.names import short
from cli.output import say
from cli.terminal_text import printable

EVERY_SECONDS = 5.0
SHOWN = 100
"""Refused rows that people are shown; the file of refused rows and the JSON have them all."""


@dataclass(frozen=True)
class Refusal:
    """A row that was refused. `line`: its number; `rule`: why, a sentence."""

    line: int
    friendly_name: str
    user: str
    endpoint_id: str
    rule: str


@dataclass
class Report:
    """What became of the rows so far."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def rows(self) -> int:
        """How many."""
        return self.counts.total()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self.started

    def refuse(self, row: Row, rule: str) -> None:
        """Counts a row that was refused."""
        self.counts[Outcome.REFUSED] += 1
        names = {name: row.values.get(name, "") for name in ("friendly_name", "user", "endpoint_id")}
        self.refusals.append(Refusal(line=row.number, rule=rule, **names))

    def as_json(self, *, is_dry_run: bool, stopped: str) -> dict[str, object]:
        """The report for machines. `stopped`: why the rest of the file was not read; empty if it was."""
        return {
            "rows": self.rows,
            **{outcome.lower(): self.counts[outcome] for outcome in Outcome if outcome is not Outcome.REFUSED},
            "refused": [vars(one) for one in sorted(self.refusals, key=lambda one: one.line)],
            "seconds": round(self.seconds, 3),
            "dry_run": is_dry_run,
            "stopped": stopped,
        }

    def say(self, counted: str, *, is_dry_run: bool) -> None:
        """The report for people. `counted`: what the numbers of rows count, lines or entries."""
        for one in sorted(self.refusals, key=lambda one: one.line)[:SHOWN]:
            user = f" of {short(one.user)}" if one.user else ""
            words = f"{counted} {one.line}: “{short(one.friendly_name)}”{user} refused: {one.rule}"
            say(printable(words, lines=False))
        if len(self.refusals) > SHOWN:
            say(f"… and {len(self.refusals) - SHOWN:,} more: --rejected FILE writes them all.")
        say(f"{_rows(self.rows)}: {self.numbers(is_dry_run=is_dry_run)}.")

    def numbers(self, *, is_dry_run: bool = False) -> str:
        """How many rows of each outcome, in words."""
        to_be = "to be " if is_dry_run else ""
        words = {
            Outcome.ADDED: f"{to_be}added",
            Outcome.SHARED: f"{to_be}shared",
            Outcome.ALREADY_THERE: "already there",
            Outcome.REFUSED: "refused",
        }
        return ", ".join(f"{self.counts[outcome]:,} {word}" for outcome, word in words.items())


class RejectedFile:
    """A file of the same form with the refused rows, each with the reason, to be mended and imported again."""

    def __init__(self, file: IO[str], form: Form) -> None:
        """`file` is empty, and takes what is not UTF-8 as surrogates."""
        self._file = file
        self._form = form
        self._between = ""
        file.write(form.beginning)

    def write(self, row: Row, reason: str) -> None:
        """One more row."""
        self._file.write(self._between + self._form.text(row, reason))
        self._between = self._form.between

    def end(self) -> None:
        """No more rows come."""
        self._file.write(self._form.end)


@contextmanager
def rejected_file(path: Path | None, form: Form) -> Iterator[RejectedFile | None]:
    """The file at this path, made anew; None without a path."""
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        rejected = RejectedFile(file, form)
        try:
            yield rejected
        finally:
            rejected.end()


class Meter:
    """How far an import is, on standard error: a bar on a terminal, a line every few seconds elsewhere."""

    def __init__(self, report: Report, binary: BinaryIO, total_bytes: int | None) -> None:
        """`total_bytes` of the file that is read; None if nobody knows."""
        self._report = report
        self._binary = binary
        self._total_bytes = total_bytes
        self._begin, self._end = 0, 0
        self._rows_before, self._rows = 0, 1
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._next = time.monotonic() + EVERY_SECONDS
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=total_bytes)

    def begin(self, rows: int) -> None:
        """So many more rows were read."""
        self._rows_before, self._rows = self._report.rows, rows
        if self._total_bytes is not None:
            self._begin, self._end = self._end, self._binary.tell()

    def show(self) -> None:
        """Another row is done."""
        if self._console.is_terminal:
            share = (self._report.rows - self._rows_before) / self._rows
            completed = self._begin + share * (self._end - self._begin)
            self._progress.update(self._task, completed=completed, description=self._words())
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_SECONDS
            self._console.print(self._words(), markup=False)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _words(self) -> str:
        rate = self._report.rows / max(self._report.seconds, 0.001)
        return f"{_rows(self._report.rows)}, {rate:,.0f} a second: {self._report.numbers()}"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
