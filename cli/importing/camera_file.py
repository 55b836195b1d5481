"""A file of cameras, row by row: CSV, a JSON list or JSON lines, told apart by how it begins (docs/import.md)."""

import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from camera_skill.registry.features import FEATURES
from cli.errors import CommandError
from cli.names import close_to

NEEDED = ("friendly_name", "user")
NAMES = ("endpoint_id", "external_id", "channel_arn", "thing_name")
"""What a row may name its camera by."""
SHARE = "share"
COLUMNS = (*NEEDED, *NAMES, SHARE, *FEATURES)
REASON = "reason"
"""The column in which a file of refused rows says why; passed over when such a file is imported."""


@dataclass(frozen=True)
class Row:
    """A row as it was read. `number`: its first line, or its place in a JSON list, from 1.

    `values`: the cells that are not empty, by column. `defect`: why the row cannot be read, a sentence; else empty.
    `source`: what the file has there, for the file of refused rows.
    """

    number: int
    values: Mapping[str, str]
    source: object
    defect: str = ""


class Form(Protocol):
    """How a file of the same form is written: `beginning`, rows with `between` in between them, `end`."""

    beginning: str
    between: str
    end: str

    def text(self, row: Row, reason: str) -> str:
        """A row with the reason in its own column."""


@dataclass(frozen=True)
class CameraFile:
    """An open file. `rows` can be gone through once; `counted` says what the numbers of the rows count."""

    rows: Iterator[Row]
    form: Form
    counted: str


def as_text(binary: BinaryIO) -> io.TextIOWrapper:
    """The file's text, for `read_camera_file`; it closes the file when it is not used any more.

    What is not UTF-8 comes as lone surrogates: it spoils its own row only, and is written back as it was.
    """
    return io.TextIOWrapper(binary, encoding="utf-8-sig", errors="surrogateescape", newline="")


_OTHER_NAMES = {
    **dict.fromkeys(("name", "camera", "camera_name", "title", "label"), "friendly_name"),
    **dict.fromkeys(("email", "e_mail", "owner", "customer", "account", "user_id"), "user"),
    **dict.fromkeys(("serial", "id", "sku"), "external_id"),
    **dict.fromkeys(("arn", "channel"), "channel_arn"),
    "thing": "thing_name",
}
"""What other lists of cameras call these columns."""


def read_camera_file(text: io.TextIOWrapper) -> CameraFile:
    """The file's rows, read while they are asked for, but for a JSON list.

    Raises:
        CommandError: it is no such file, lacks a column, or has one that there is not.
    """
    from cli.importing.camera_csv import csv_file
    from cli.importing.camera_json import json_lines, json_list

    blank = 0
    for line in text:
        if line.strip():
            break
        blank += 1
    else:
        raise CommandError("The file is empty: it begins with a line that names the columns (docs/import.md).")
    _check_text(line)
    if line.lstrip().startswith("["):
        return json_list(line + text.read())
    lines = itertools.chain([line], text)
    return json_lines(lines, blank) if line.lstrip().startswith("{") else csv_file(lines, blank)


def column(name: str) -> str:
    """The column that a heading means: “Friendly Name” is `friendly_name`."""
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


def check_columns(names: Iterable[str], *, all_needed: bool = True) -> None:
    """Raises: CommandError if a column is unknown, or one that is needed is missing."""
    names = list(names)
    unknown = [name for name in dict.fromkeys(names) if name not in COLUMNS and name != REASON]
    if unknown:
        hints = [f"“{name}” ({_meant(name) or close_to(name, COLUMNS) or 'nothing is close'})" for name in unknown]
        there_are = f"The columns are {', '.join(COLUMNS)}."
        raise CommandError(f"Unknown columns: {', '.join(hints)}. {there_are}")
    missing = [name for name in NEEDED if name not in names]
    if missing and all_needed:
        raise CommandError(f"The file lacks the column {' and '.join(missing)}: every row needs one.")


def _meant(name: str) -> str:
    """A question that names the column which others call so."""
    return f"Did you mean “{_OTHER_NAMES[name]}”?" if name in _OTHER_NAMES else ""


def row_of(number: int, cells: Mapping[str, str], source: object) -> Row:
    """A row of these cells, by column."""
    values = {name: text for name, cell in cells.items() if name != REASON and (text := cell.strip())}
    broken = [name for name, text in values.items() if not text.isascii() and not _is_text(text)]
    defect = f"The {' and '.join(broken)} cannot be read as UTF-8: save the file as UTF-8." if broken else ""
    return Row(number, values, source, defect)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_text(line: str) -> None:
    """Names the two files that people have most often in place of one as UTF-8. Raises: CommandError."""
    if line.startswith("PK\x03\x04"):
        raise CommandError("The file is a workbook of a spreadsheet: save it as “CSV UTF-8” and import that.")
    if "\0" in line:
        raise CommandError("The file is not UTF-8, but probably UTF-16: save it as “CSV UTF-8” and import that.")
