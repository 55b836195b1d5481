"""The command `camera-skill`: in this process, or as a program."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cli.main import app

PROGRAM = Path(sys.executable).parent / "camera-skill"


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:  # noqa: ANN401  # JSON of any form
        return json.loads(self.stdout)

    @property
    def sentence(self) -> str:
        """The failure that a person reads: one line, after the lines of progress."""
        assert self.exit_code == 1, self
        assert "Traceback" not in self.stderr
        _, error, sentence = self.stderr.rpartition("error: ")
        assert error, self
        return sentence.strip()


def run(*arguments: str | Path, stdin: str = "") -> Outcome:
    """Runs the command in this process; a defect raises as it is."""
    result = CliRunner().invoke(app, [str(one) for one in arguments], input=stdin, catch_exceptions=False)
    return Outcome(result.exit_code, result.stdout, result.stderr)


def run_program(*arguments: str | Path, **environment: str) -> Outcome:
    """Runs the command as a program of its own."""
    result = subprocess.run(
        [PROGRAM, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
        stdin=subprocess.DEVNULL,
        env=os.environ | environment,
    )
    return Outcome(result.returncode, result.stdout, result.stderr)
