"""What people and programs are told of an import."""

import io
from pathlib import Path

import pytest

from cli.importing.camera_file import Row, as_text, read_camera_file
from cli.importing.report import SHOWN, Report, rejected_file
from cli.importing.work import Outcome


def report_of(refused: int) -> Report:
    report = Report()
    report.counts[Outcome.ADDED] = 1_234
    for number in reversed(range(refused)):
        report.refuse(Row(number, {"friendly_name": f"Door {number}", "user": "ann"}, []), "It is bad.")
    return report


def test_refused_rows_are_told_in_their_order_when_they_came_in_another(capsys: pytest.CaptureFixture[str]) -> None:
    report_of(2).say("line", is_dry_run=True)
    assert capsys.readouterr().out.splitlines() == [
        "line 0: “Door 0” of ann refused: It is bad.",
        "line 1: “Door 1” of ann refused: It is bad.",
        "1,236 rows: 1,234 to be added, 0 to be shared, 0 already there, 2 refused.",
    ]


def test_only_the_first_refused_rows_are_told_when_there_are_many(capsys: pytest.CaptureFixture[str]) -> None:
    report = report_of(SHOWN + 7)
    report.say("line", is_dry_run=False)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == SHOWN + 2
    assert lines[SHOWN] == "… and 7 more: --rejected FILE writes them all."
    refused = report.as_json(is_dry_run=False, stopped="")["refused"]
    assert isinstance(refused, list)
    assert len(refused) == SHOWN + 7


def test_the_file_of_refused_rows_is_one_to_import_when_no_row_was_refused(tmp_path: Path) -> None:
    for content in ("friendly_name,user\n", "[]", '{"user": "ann"}'):
        path = tmp_path / "rejected"
        with rejected_file(path, read_camera_file(as_text(io.BytesIO(content.encode()))).form):
            pass
        text = path.read_text()
        assert text in {"reason,friendly_name,user\n", "[\n\n]\n", ""}
