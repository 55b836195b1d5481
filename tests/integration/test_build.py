"""What `make build` does on machines with and without the template's Python; SAM CLI and Pythons are stand-ins."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

RUNTIME = "python3.99"  # that no machine has
OWN_RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
SAM = 'echo "$(basename "$PWD") $(command -v python3.99) $*" >> "$CALLS"; exit "${SAM_EXIT:-0}"'


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


class Project:
    """A copy of what a build begins with, whose template asks for `RUNTIME`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "programs"
        self._calls = folder / "calls"
        (folder / ".ci").mkdir()
        for name in ("build", "find-python", "finish_build.py"):
            shutil.copy(ROOT / ".ci" / name, folder / ".ci" / name)
        template = (ROOT / "template.yaml").read_text()
        assert "Default: python3.13" in template
        (folder / "template.yaml").write_text(template.replace("Default: python3.13", f"Default: {RUNTIME}"))
        program(folder / ".venv-aws/bin/sam", SAM)
        for name in ("python", f"python{sys.version_info.major}.{sys.version_info.minor}"):
            (folder / ".venv-aws/bin" / name).symlink_to(sys.executable)

    def build(self, *architectures: str, sam_exit: int = 0) -> "subprocess.CompletedProcess[str]":
        environment = {
            "PATH": f"{self.programs}:{os.defpath}",
            "CALLS": str(self._calls),
            "SAM_EXIT": str(sam_exit),
        }
        command = [str(self.folder / ".ci/build"), *architectures]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)

    @property
    def sam_calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_both_processors_are_built_for_when_the_templates_python_is_on_path(project: Project) -> None:
    python = program(project.programs / RUNTIME, "exit 0")
    result = project.build()
    assert (result.returncode, result.stderr) == (0, "")
    options = f"--template-file {project.folder}/template.yaml --parameter-overrides PythonRuntime={RUNTIME}"
    assert project.sam_calls == [
        f"{project.folder.name} {python} build {options} Architecture=arm64",
        f"x86_64 {python} build {options} Architecture=x86_64",
    ]


def test_one_processor_is_built_for_when_it_is_named(project: Project) -> None:
    program(project.programs / RUNTIME, "exit 0")
    assert project.build("x86_64").returncode == 0
    (call,) = project.sam_calls
    assert call.endswith("Architecture=x86_64")


def test_pyenvs_python_is_used_when_path_has_only_its_shim(project: Project) -> None:
    program(project.programs / RUNTIME, "exit 127")
    prefix = project.folder / "versions/3.99.1"
    python = program(prefix / "bin" / RUNTIME, "exit 0")
    program(
        project.programs / "pyenv", f'case "$1" in versions) printf "3.9.9\\n3.99.1\\n";; prefix) echo {prefix};; esac'
    )
    result = project.build("arm64")
    assert (result.returncode, result.stderr) == (0, "")
    assert f" {python} build " in project.sam_calls[0]


@pytest.mark.parametrize("has_pyenv", [False, True])
def test_own_python_is_used_and_named_when_the_templates_is_missing(project: Project, *, has_pyenv: bool) -> None:
    if has_pyenv:
        program(project.programs / "pyenv", 'case "$1" in versions) echo 3.9.9;; *) exit 1;; esac')
    result = project.build("arm64")
    assert result.returncode == 0
    assert f"has no {RUNTIME}" in result.stderr
    assert f"sam deploy --parameter-overrides PythonRuntime={OWN_RUNTIME}" in result.stderr
    assert f"PythonRuntime={OWN_RUNTIME} " in project.sam_calls[0]


def test_nothing_follows_when_a_build_fails(project: Project) -> None:
    result = project.build(sam_exit=1)
    assert result.returncode == 1
    assert len(project.sam_calls) == 1
