"""What the shell completes, asked as the scripts ask that typer installs: in bash, zsh and fish."""

import os
import shlex
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence

import pytest

from tests.support.command import PROGRAM, run_program
from tests.support.deployed_stack import DeployedStack

ANNA, BOB = "anna@example.com", "bob@example.com"
BASH = """
eval "$(_CAMERA_SKILL_COMPLETE=source_bash camera-skill)"
while IFS= read -r -d '' line; do
    IFS=$'\\n' COMP_WORDS=($line)
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _camera_skill_completion camera-skill
    printf '%s|' "${COMPREPLY[@]}"
    printf '\\n'
done
"""


@pytest.fixture(scope="module", autouse=True)
def cameras(stack_of_module: DeployedStack) -> Iterator[None]:
    """Anna has two cameras, Bob one."""
    stack = stack_of_module
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment.items():
            patch.setenv(name, value)
        for email in (ANNA, BOB):
            stack.add_user(email)
        for name in ("Front Door", "Front Garden", "Back Yard"):
            stack.said("cameras", "add", name, "--user", BOB if name == "Back Yard" else ANNA)
        yield


def asked(shell: str, *words: str, **environment: str) -> list[str]:
    """What the program tells zsh or fish."""
    line = shlex.join(["camera-skill", *words[:-1]]) + " " + words[-1]
    variables = {"_CAMERA_SKILL_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line}
    outcome = run_program(**variables, _TYPER_COMPLETE_FISH_ACTION="get-args", **environment)
    assert outcome.stderr == ""
    return [line for line in outcome.stdout.splitlines() if line]


def in_bash(lines: Iterable[Sequence[str]]) -> list[list[str]]:
    """What bash would put in place of the last word of each line, whose words are as bash breaks it, quotes kept."""
    path = f"{PROGRAM.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", BASH],
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
        input="".join("\n".join(["camera-skill", *line]) + "\0" for line in lines),
        env={**os.environ, "PATH": path},
    )
    assert done.stderr == ""
    return [[word for word in line.split("|") if word] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("shell", "completed"),
    [
        ("fish", ["Front Door", "Front Garden"]),
        ("zsh", ['_arguments \'*: :(("Front Door"', '"Front Garden"))\'']),
    ],
)
def test_names_of_the_user_are_completed_when_one_begins_so(
    stack: DeployedStack, shell: str, completed: list[str]
) -> None:
    on_stack = ("--stack-name", stack.name, "--user", ANNA)
    assert asked(shell, "cameras", "show", *on_stack, "Fr") == completed


def test_words_stay_whole_when_bash_completes_them(stack: DeployedStack) -> None:
    anna = ["--user", "anna", "@", "example.com"]
    completed = {
        ("rename", *anna, "Fr"): ["Front\\ Door", "Front\\ Garden"],
        ("rename", *anna, "Front\\ D"): ["Front\\ Door"],
        ("rename", *anna, '"Front D'): ["Front Door"],
        ("share", "Front\\ Door", "--with", "bo"): ["bob@example.com"],
        ("unshare", "Front\\ Door", "--from", "bob", "@"): ["example.com"],
    }
    lines = [["cameras", verb, "--stack-name", stack.name, *rest] for verb, *rest in completed]
    assert in_bash(lines) == list(completed.values())


def test_endpoint_ids_of_the_user_are_completed_when_one_begins_so(stack: DeployedStack) -> None:
    ids = [row["endpoint_id"] for row in stack.json("cameras", "list", "--user", ANNA)]
    on_stack = ("--stack-name", stack.name, "--user", ANNA)
    assert asked("fish", "cameras", "set", *on_stack, ids[0][:20]) == [ids[0]]
    assert asked("fish", "cameras", "set", "--stack-name", stack.name, ids[0][:20]) == []  # nobody is logged in


def test_faults_are_completed_without_any_stack() -> None:
    assert asked("fish", "world", "fault", "--all-cameras", "http-50") == ["http-500", "http-503"]
    assert asked("fish", "world", "fault", "--at", "gateway", "50") == ["500", "503"]


def test_nothing_is_said_when_there_is_no_such_stack(stack: DeployedStack) -> None:
    assert asked("fish", "cameras", "show", "--stack-name", f"{stack.name}-not", "Fr") == []


def test_shell_does_not_wait_when_aws_does_not_answer(stack: DeployedStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        aws = {"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_LAMBDA": url}
        assert asked("fish", "cameras", "show", "--stack-name", stack.name, "Fr", **aws) == []
        assert time.monotonic() - began < 10
