"""Results go to standard output, for people or as JSON; progress and errors go to standard error."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.terminal_text import json_text, printable

UNFOLDED = 1000  # a row stays a line for those who cut columns out of it
Row = Mapping[str, object]


def say(text: str) -> None:
    """A line for people, on standard output."""
    _print(Console(highlight=False, soft_wrap=True), text)


def warn(text: str) -> None:
    """A line on standard error that is not a failure."""
    _print(Console(stderr=True, highlight=False, soft_wrap=True), text)


def fail(text: str) -> None:
    """The sentence of a failure, on standard error."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("[bold red]error:[/]", end=" ")
    _print(console, text)


def _print(console: Console, text: str) -> None:
    console.print(Text(printable(text)), emoji=False)


def say_json(value: object) -> None:
    """A result for machines: one JSON document on standard output, whatever the terminal."""
    print(json_text(value, indent=2), flush=True)  # a failure to write is this command's


def say_rows(rows: Sequence[Row], *, columns: Mapping[str, str], as_json: bool, nothing: str) -> None:
    """Rows as a table under `columns` (key: heading), as a JSON list, or `nothing` where there are none."""
    if as_json:
        say_json([dict(row) for row in rows])
    elif not rows:
        say(nothing)
    else:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in columns.values():
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*(Text(printable(str(row.get(key, "")), lines=False)) for key in columns))
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = UNFOLDED
        console.print(table)


def say_row_by_row(rows: Iterable[Row], *, columns: Mapping[str, tuple[str, int]], as_json: bool) -> int:
    """The same as they come, however many, with a line for each, in the JSON list too; returns how many there were.

    `columns`: key → heading and width.
    """
    count = 0
    for row in rows:
        count += 1
        if as_json:
            print("[" if count == 1 else ",", json_text(row), sep="\n", end="")
            continue
        if count == 1:
            print("  ".join(f"{heading:<{width}}" for heading, width in columns.values()).rstrip())
        cells = ((printable(str(row.get(key, "")), lines=False), width) for key, (_, width) in columns.items())
        print("  ".join(f"{text:<{width}}" for text, width in cells).rstrip())
    if as_json:
        print("\n]" if count else "[]", flush=True)
    return count


class Progress:
    """What is being done right now: a spinner on a terminal, one line for each step elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("")

    def __call__(self, step: str) -> None:
        """Show the next step."""
        if self._console.is_terminal:
            self._status.update(Text(printable(step)))
            self._status.start()
        else:
            _print(self._console, step)

    def during(self, step: str) -> None:
        """Show a step that will be said in full when it is finished."""
        if step and self._console.is_terminal:
            self(step)

    def finished(self, step: str) -> None:
        """Leave a line about a step that is done."""
        _print(self._console, step)

    def stop(self) -> None:
        """Remove the spinner."""
        self._status.stop()


@contextmanager
def progress() -> Iterator[Progress]:
    """Progress on standard error, gone when the work is done."""
    shown = Progress(Console(stderr=True, highlight=False, soft_wrap=True))
    try:
        yield shown
    finally:
        shown.stop()
