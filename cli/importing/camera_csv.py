"""Cameras as CSV (RFC 4180), however spreadsheets write it: commas, semicolons or tabs, any line end."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from cli.errors import CommandError
from cli.importing.camera_file import REASON, CameraFile, Row, check_columns, column, row_of

DELIMITERS = ",;\t"
MOST_LINES = 20
"""Of one row. A quotation mark that is never closed would take the rest of the file into its field."""
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def csv_file(lines: Iterator[str], before: int = 0) -> CameraFile:
    """The rows under a line of headings. `before`: how many lines were passed over.

    Raises:
        CommandError: a heading is not a column, comes twice, or one is missing.
    """
    heading = next(lines)
    delimiter = max(DELIMITERS, key=_QUOTED.sub("", heading).count)
    source = _Lines(lines, before + 1)
    headings = next(csv.reader([heading], delimiter=delimiter, skipinitialspace=True))
    columns = [column(name) for name in headings]
    named = [name for name in columns if name]
    check_columns(named)
    if twice := {name for name in named if named.count(name) > 1}:
        raise CommandError(f"The file has the column {' and '.join(sorted(twice))} twice: leave one out.")
    rows = _rows(source, csv.reader(source, delimiter=delimiter, strict=True, skipinitialspace=True), columns)
    return CameraFile(rows, _CsvForm(headings, delimiter), "line")


class _Lines:
    """The lines of a file, of which those of a spoilt row can be put back; it seems to end where a row is too long."""

    def __init__(self, lines: Iterator[str], number: int) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.number = number
        """Of the last line before the row."""
        self.taken: list[str] = []

    def begin(self) -> None:
        """The next line is the first of a row."""
        self.number += len(self.taken)
        self.taken = []

    def put_back_all_but_the_first(self) -> None:
        """For the rows that they are, if the first one is taken alone."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES:
            raise StopIteration
        self.taken.append(self._again.popleft() if self._again else next(self._lines))
        return self.taken[-1]


def _rows(lines: _Lines, reader: Iterator[list[str]], columns: list[str]) -> Iterator[Row]:
    while True:
        lines.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.put_back_all_but_the_first()
            text = lines.taken[0].rstrip("\r\n")
            yield Row(lines.number + 1, {}, text, f"The line is no CSV ({error}): mend its quotation marks.")
            continue
        if any(field.strip() for field in fields):
            yield _row(lines.number + 1, fields, columns)


def _row(number: int, fields: list[str], columns: list[str]) -> Row:
    row = row_of(number, dict(zip(columns, fields, strict=False)), fields)
    nameless = any(name == "" and field.strip() for name, field in zip(columns, fields, strict=False))
    if len(fields) == len(columns) and not nameless:
        return row
    defect = f"Fields in the row: {len(fields)}; in the heading: {len(columns)}."
    if len(fields) > len(columns):
        defect += " Put quotation marks around a field that has the delimiter in it."
    if nameless:
        defect = "The row has a field in a column without a heading."
    return Row(number, row.values, fields, defect)


@dataclass
class _CsvForm:
    """The reason comes first, where it is in the same place also in a row that has too many fields."""

    headings: list[str]
    delimiter: str
    between: str = ""
    end: str = ""

    def __post_init__(self) -> None:
        self._reason = next((place for place, name in enumerate(self.headings) if column(name) == REASON), None)
        self.beginning = self._line(REASON, self.headings)

    def text(self, row: Row, reason: str) -> str:
        """A line; of a row that is no CSV, the reason and the line as it is."""
        if isinstance(row.source, list):
            return self._line(reason, row.source)
        old = _QUOTED.match(str(row.source)) if self._reason == 0 else None
        text = str(row.source)[old.end() + 1 :] if old else row.source
        return '"{}"{}{}\n'.format(reason.replace('"', '""'), self.delimiter, text)

    def _line(self, reason: str, fields: list[str]) -> str:
        own = [field for place, field in enumerate(fields) if place != self._reason]
        line = io.StringIO()
        csv.writer(line, delimiter=self.delimiter, lineterminator="\n").writerow([reason, *own])
        return line.getvalue()
