"""Every command of README.md and docs/, as it stands there, on a world and on the same stack as a deployed one."""

import csv
import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.options import Choice
from cli.target import Target
from cli.users import accounts, sign_in
from tests.end_to_end.conftest import RunningWorld
from tests.support.command import PROGRAM
from tests.support.project import ROOT
from tests.support.readme import RUN_BY_CI, blocks, commands

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("world"), pytest.mark.timeout(300)]
CREDENTIALS = (
    "camera-skill events credentials --client-id amzn1.application-oa2-client.0123456789abcdef0123456789abcdef "
    "--stack-name camera-skill"
)
ELSEWHERE = {
    ". .venv/bin/activate": "puts the command on PATH, as the tests do",
    "camera-skill world start": "in tests/end_to_end/conftest.py and test_command_worlds.py",
    "camera-skill world stop": "in tests/end_to_end/test_command_worlds.py",
    "camera-skill login --stack-name camera-skill": "needs a person's browser; test_command_logins.py plays one",
    CREDENTIALS: "would end the world's own; tests/integration/test_cli_event_credentials.py",
    ".venv-aws/bin/sam deploy --guided": "asks; every world runs `sam deploy` with the answers given",
}


@pytest.fixture
def imported(world: RunningWorld, tmp_path: Path) -> Iterator[None]:
    """The file to import and its users, who are removed again."""
    (example,) = blocks("csv")
    (tmp_path / "cameras.csv").write_text(example, encoding="utf-8")
    users = {row["user"] for row in csv.DictReader(example.splitlines())}
    for user in users:
        world.run("users", "add", user)  # unless another test had the same
    yield
    for user in users:
        assert world.run("users", "remove", user, "--yes").exit_code == 0


@pytest.mark.usefixtures("imported")
def test_every_command_of_the_documentation_works_when_it_is_typed(
    world: RunningWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skipped = RUN_BY_CI | set(ELSEWHERE)
    local = {"CAMERA_SKILL_FOLDER": str(world.folder)}
    deployed = {
        "CAMERA_SKILL_FOLDER": str(tmp_path / "no-world"),
        "AWS_ENDPOINT_URL": world.content["aws_endpoint_url"],
        "AWS_ENDPOINT_URL_KINESIS_VIDEO": world.content["signaling_endpoint_url"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    monkeypatch.setenv("XDG_STATE_HOME", deployed["XDG_STATE_HOME"])
    stack = Target(Choice(stack_name="camera-skill"), world.session(), "camera-skill", "us-east-1", world.outputs)
    accounts.keep(stack, sign_in.Tokens(world.content["account"]["access_token"], "unused"))  # as `login` does
    typed = [command for command in commands() if command not in skipped]
    assert len(typed) >= 11
    for command in typed:
        environment = deployed if "--stack-name" in command else local
        if command.startswith("camera-skill show") and "--stack-name" in command:
            assert world.run("world", "plug-in", "Front Door").exit_code == 0
        outcome = subprocess.run(
            [PROGRAM, *shlex.split(command)[1:]],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert outcome.returncode == 0, (command, outcome)
    assert (tmp_path / "garden.png").exists()
    for name in ("Garden", "Front Door"):
        assert world.run("cameras", "remove", name, "--yes").exit_code == 0
