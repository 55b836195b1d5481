from pathlib import Path

import boto3
import pytest
import typer
from typer.testing import CliRunner

from cli.local_world.world_file import World
from cli.options import Choice, StunServerOption, with_choice
from cli.show import _stun_server
from cli.target import Target, local
from simulator.credentials import PROCESS_CREDENTIALS

VARIABLE = "CAMERA_SKILL_STUN_SERVER"
AWS_OWN = "stun:stun.kinesisvideo.eu-west-1.amazonaws.com:443"


def deployed() -> Target:
    return Target(Choice(stack_name="mine"), boto3.Session("k", "s"), "mine", "eu-west-1", {})


def in_local_world() -> Target:
    url = "http://127.0.0.1:1"
    world = World(Path(".local"), 1, url, url, PROCESS_CREDENTIALS, url, "us-east-1", "camera-skill", {}, None, ())
    return local(Choice(), world)


@pytest.mark.parametrize(
    ("arguments", "variable", "server"),
    [
        ([], None, AWS_OWN),
        ([], "", None),
        ([], "stun:stun.example:3478", "stun:stun.example:3478"),
        (["--stun-server", ""], "stun:stun.example:3478", None),
        (["--stun-server", "stun:stun.example:3478"], "", "stun:stun.example:3478"),
    ],
)
def test_stun_server_is_the_one_that_was_named_when_the_stack_is_deployed(
    arguments: list[str], variable: str | None, server: str | None
) -> None:
    asked: list[str | None] = []

    def ask(choice: Choice, *, stun_server: StunServerOption) -> None:
        assert choice == Choice()
        asked.append(_stun_server(deployed(), stun_server))

    app = typer.Typer()
    app.command()(with_choice(ask))
    result = CliRunner().invoke(app, arguments, env={VARIABLE: variable, "CAMERA_SKILL_FOLDER": None})
    assert result.exit_code == 0, result.output
    assert asked == [server]


def test_no_stun_server_is_asked_when_the_world_is_local() -> None:
    assert _stun_server(in_local_world(), AWS_OWN) is None
