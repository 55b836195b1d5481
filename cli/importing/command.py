"""The command: rows of a file are planned, carried out and told of."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from cli.cameras.finding import publish
from cli.errors import INTERRUPTED, CommandError, explained
from cli.importing.camera_file import CameraFile, Row, as_text, read_camera_file
from cli.importing.report import Meter, RejectedFile, Report, rejected_file
from cli.importing.rows import request_of
from cli.importing.work import Crew, Outcome, Rehearsal, Wish
from cli.options import Choice, JsonOption
from cli.output import say_json, warn
from cli.registry import registry_of
from cli.target import target_of
from cli.users.customers import all_customers, by_email_and_id, user_id_named

if TYPE_CHECKING:
    from cli.target import Target

ROWS_AT_ONCE = 1_000
"""Which are sent side by side; as many rows are in memory."""
STANDARD_INPUT = Path("-")
GO_ON = "Run the same command again to go on: rows that are done cost nothing but a look."


def import_cameras(
    choice: Choice,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, a JSON list or JSON lines; - for standard input.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row, and write nothing.")] = False,
    rejected: Annotated[
        Path | None, typer.Option("--rejected", metavar="FILE", help="Write the refused rows here, with the reason.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Give customers the cameras in a file, one to a row. Again with the same file: goes on where it stopped."""
    if rejected and rejected.exists() and file.exists() and rejected.samefile(file):
        raise CommandError(f"{rejected} is the file to be imported: name another one for the refused rows.")
    with _opened(file) as binary, _as_text(binary) as text:
        cameras = read_camera_file(text)
        target = target_of(choice)
        with rejected_file(rejected, cameras.form) as refused_rows:
            work = Import(target, refused_rows, is_dry_run=dry_run)
            with Meter(work.report, binary, _size(file)) as meter:
                stopped = work.run(cameras, meter)
    if as_json:
        say_json(work.report.as_json(is_dry_run=dry_run, stopped=_reason(stopped)))
    else:
        work.report.say(cameras.counted, is_dry_run=dry_run)
    _end(work.report, stopped)


class Import:
    """An import into a stack."""

    def __init__(self, target: "Target", rejected: RejectedFile | None, *, is_dry_run: bool) -> None:
        """`rejected` gets the rows that are refused."""
        self.report = Report()
        self._target = target
        self._rejected = rejected
        self._is_dry_run = is_dry_run
        self._rehearsal = Rehearsal()
        self._crew = Crew(registry_of(target), self._tell, is_dry_run=is_dry_run)
        self._user_id = partial(user_id_named, target, pool=by_email_and_id(all_customers(target)))

    def run(self, cameras: CameraFile, meter: Meter) -> CommandError | KeyboardInterrupt | None:
        """Imports the rows, and shows how far it is. What stopped it before the end, if something did."""
        with self._crew:
            try:
                with explained(words=self._target.choice.world_words):
                    while rows := list(islice(cameras.rows, ROWS_AT_ONCE)):
                        self._import(rows, meter)
                    self._crew.finish(meter.show)
                if not self._is_dry_run:
                    publish(self._target)
            except (CommandError, KeyboardInterrupt) as error:
                self._crew.stop()
                return error
        return None

    def _import(self, rows: list[Row], meter: Meter) -> None:
        meter.begin(len(rows))
        wishes = []
        for row in rows:
            try:
                wishes.append(Wish(row, request_of(row, self._user_id)))
            except CommandError as error:
                self._refuse(row, str(error))
        meter.show()
        self._crew.carry_out(wishes, meter.show)

    def _tell(self, wish: Wish, outcome: Outcome, reason: str) -> None:
        if outcome is Outcome.REFUSED:
            self._refuse(wish.row, reason)
        else:
            self.report.counts[self._rehearsal.outcome(wish, outcome) if self._is_dry_run else outcome] += 1

    def _refuse(self, row: Row, reason: str) -> None:
        self.report.refuse(row, reason)
        if self._rejected:
            self._rejected.write(row, reason)


def _reason(stopped: CommandError | KeyboardInterrupt | None) -> str:
    return "It was interrupted." if isinstance(stopped, KeyboardInterrupt) else str(stopped or "")


def _end(report: Report, stopped: CommandError | KeyboardInterrupt | None) -> None:
    if isinstance(stopped, KeyboardInterrupt):
        warn(f"Interrupted. {GO_ON}")
        raise typer.Exit(INTERRUPTED)
    if stopped:
        raise CommandError(f"The import stopped: {stopped} {GO_ON}") from stopped
    if report.counts[Outcome.REFUSED]:
        raise typer.Exit(1)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if file == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with file.open("rb") as binary:
        yield binary


@contextmanager
def _as_text(binary: BinaryIO) -> Iterator[io.TextIOWrapper]:
    text = as_text(binary)
    try:
        yield text
    finally:
        text.detach()  # it would close standard input


def _size(file: Path) -> int | None:
    """In bytes, None where it cannot be known beforehand."""
    return file.stat().st_size if file != STANDARD_INPUT and file.is_file() else None
