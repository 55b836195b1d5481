"""What the command writes where standard output is no terminal: a pipe, a full disk, an encoding with few letters."""

import os
import subprocess
from pathlib import Path

import pytest

from cli.output import say_rows
from tests.support.command import PROGRAM, run_program

ARN = "arn:aws:kinesisvideo:us-east-1:000000000000:channel/camera-skill-front-door/1700000000000"


def test_row_stays_a_line_when_a_table_goes_through_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"name": "Front Door", "endpoint": "camera-skill-front-door", "arn": ARN}
    say_rows([row], columns={"name": "Name", "endpoint": "Endpoint id", "arn": "Channel"}, as_json=False, nothing="")
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.split() == ["Name", "Endpoint", "id", "Channel"]
    assert line.split("  ")[0] == "Front Door"
    assert line.split()[-1] == ARN


def test_sentence_is_written_when_the_encoding_lacks_its_letters(tmp_path: Path) -> None:
    outcome = run_program("world", "status", "--folder", tmp_path / "Türe", PYTHONIOENCODING="ascii")
    assert "No local world is running in" in outcome.sentence
    assert "T?re" in outcome.sentence
    assert outcome.stderr.isascii()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_failure_is_told_when_standard_output_is_full() -> None:
    with Path("/dev/full").open("wb") as full:
        process = _run_into(full.fileno())
    assert process.returncode == 1
    assert process.stderr.splitlines() == ["error: Standard output cannot be written: no space left on device."]


def test_command_ends_without_noise_when_nobody_reads_the_pipe() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        process = _run_into(writer)
    finally:
        os.close(writer)
    assert process.returncode == 1
    assert process.stderr == ""


def _run_into(descriptor: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "--help"], check=False, stdout=descriptor, stderr=subprocess.PIPE, text=True, timeout=60
    )
