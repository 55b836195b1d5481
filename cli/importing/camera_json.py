"""Cameras as JSON: a list of objects, or an object on each line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from cli.errors import CommandError
from cli.importing.camera_file import REASON, CameraFile, Row, check_columns, column, row_of


def json_list(text: str) -> CameraFile:
    """The rows of a list of objects, which are all in memory.

    Raises:
        CommandError: it is no JSON, or an object has a name that is not a column.
    """
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError(
            f"The file is no JSON, from line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"The file is no JSON: {error}") from error
    check_columns([column(name) for entry in entries if isinstance(entry, dict) for name in entry], all_needed=False)
    rows = (_row(number, entry) for number, entry in enumerate(entries, 1))
    return CameraFile(rows, _JsonForm("[\n", ",\n", "\n]\n"), "entry")


def json_lines(lines: Iterator[str], before: int = 0) -> CameraFile:
    """The rows of a file with an object on each line. `before`: how many lines were passed over.

    Raises:
        CommandError: the first object has a name that is not a column. One in a later line is a defect of its row.
    """
    rows = (_row_of_line(number, line) for number, line in enumerate(lines, before + 1) if line.strip())
    first = next(rows)
    if isinstance(first.source, dict):
        check_columns([column(name) for name in first.source], all_needed=False)
    return CameraFile(chain([first], rows), _JsonForm("", "", "", line_end="\n"), "line")


def _row_of_line(number: int, line: str) -> Row:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Row(number, {}, _Unread(line.strip()), f"The line is no JSON ({error}).")
    return _row(number, entry)


def _row(number: int, entry: object) -> Row:
    if not isinstance(entry, dict):
        return Row(number, {}, entry, "This is not an object with the columns as names.")
    cells = {column(name): _cell(value) for name, value in entry.items()}
    known = {name: cell for name, cell in cells.items() if cell is not None}
    try:
        check_columns(cells, all_needed=False)
    except CommandError as error:
        return Row(number, known, entry, str(error).replace("The file", "The row"))
    if known.keys() != cells.keys():
        wrong = " and ".join(sorted(cells.keys() - known.keys()))
        return Row(number, known, entry, f"The value of {wrong} is neither a text nor yes or no.")
    return row_of(number, known, entry)


def _cell(value: object) -> str | None:
    """The value as a CSV file would have it; None for what it could not have."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int | float) else None


class _Unread(str):
    """A line that is no JSON."""

    __slots__ = ()


@dataclass
class _JsonForm:
    beginning: str
    between: str
    end: str
    line_end: str = ""

    def text(self, row: Row, reason: str) -> str:
        """The object with the reason in it; what is no object stands as it is."""
        if isinstance(row.source, _Unread):
            return row.source + self.line_end
        entry = {**row.source, REASON: reason} if isinstance(row.source, dict) else row.source
        text = json.dumps(entry, ensure_ascii=False)
        try:
            text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            text = json.dumps(entry)
        return text + self.line_end
