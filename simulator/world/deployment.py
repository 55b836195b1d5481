from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.child_process import ChildProcess
from simulator.local_aws import REGION, LocalAws, architecture
from simulator.world.errors import DeploymentError
from simulator.world_folder import claim, make_private, open_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STACK_NAME = "camera-skill"

_FINISH_BUILD = Path(__file__).parent.parent.parent / ".ci" / "finish_build.py"

_BUILD_SECONDS = 900.0  # downloads what the functions need
_DEPLOY_SECONDS = 300.0
_LOG_LINES = 10  # SAM CLI's "Error:" is the last that it writes, with pip's words over some lines
_DISK_FULL = "No space left on device"
_BUILD_FINISHED = "finished"
_SAM = {
    "SAM_CLI_TELEMETRY": "0",
    # The functions have the same code: one folder of it, packed once and not for each.
    "SAM_CLI_BETA_BUILD_PERFORMANCE": "1",
    "SAM_CLI_BETA_PACKAGE_PERFORMANCE": "1",
}


@dataclass(frozen=True)
class Source:
    """A template and the folders that a build of it reads."""

    template: Path
    folders: tuple[Path, ...]

    @classmethod
    def of_project(cls, root: Path) -> Source:
        """This project's template."""
        return cls(root / "template.yaml", (root / "lambda", root / "infrastructure"))

    def parameters(self) -> set[str]:
        """The names of the template's parameters."""
        section = re.search(
            r"^Parameters:\n((?:[ #].*\n|\n)*)", self.template.read_text(encoding="utf-8"), re.MULTILINE
        )
        return set(re.findall(r"^  (\w+):", section[1], re.MULTILINE)) if section else set()

    def files(self) -> Iterator[Path]:
        """The template and the files of the folders in a fixed order, without what Python or tools left there."""
        yield self.template
        for folder in self.folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not any(
                    part == "__pycache__" or part.startswith(".") or part.endswith(".egg-info")
                    for part in path.relative_to(folder).parts
                ):
                    yield path


class Deployment:
    """Builds a template and deploys it to a local AWS with SAM CLI, as one would to a real account."""

    def __init__(
        self, aws: LocalAws, source: Source, parameters: Mapping[str, str], *, stack_name: str = STACK_NAME
    ) -> None:
        self._aws = aws
        self._stack_name = stack_name
        self._source = source
        self._builds = aws.folder / "build"
        self.runtime = _runtime(aws.tools)
        self._parameters = {
            "PythonRuntime": self.runtime,
            "Architecture": architecture(),
            **parameters,
        }

    def is_built(self) -> bool:
        """Whether the build of exactly these files for this Python is there from an earlier start."""
        return (self._build_folder / _BUILD_FINISHED).exists()

    async def build(self) -> None:
        """Builds the functions unless is_built(); raises DeploymentError with SAM's words or ForeignFolderError."""
        if self.is_built():
            return
        claim(self._aws.folder)
        shutil.rmtree(self._builds, ignore_errors=True)
        folder = self._build_folder
        make_private(self._builds)
        folder.mkdir(parents=True)
        arguments = ["--template-file", str(self._source.template), "--build-dir", str(folder / "built")]
        await self._sam("build", arguments, _build_environment(self._aws), _BUILD_SECONDS)
        await asyncio.to_thread(self._finish, folder / "built")
        (folder / _BUILD_FINISHED).touch()

    async def deploy(self) -> dict[str, str]:
        """Deploys what build() built and returns the stack's outputs; raises DeploymentError."""
        template = self._build_folder / "built" / "template.yaml"
        if not self.is_built():
            raise DeploymentError("There is nothing to deploy: the functions are not built.")
        arguments = [
            *("--template-file", str(template)),
            *("--stack-name", self._stack_name),
            *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
            *("--region", REGION),
            "--resolve-s3",
            "--no-confirm-changeset",
            "--no-progressbar",
        ]
        environment = self._aws.client_environment() | {"SAM_CLI_POLL_DELAY": "0.2", "NO_PROXY": "*"}
        await self._sam("deploy", arguments, environment, _DEPLOY_SECONDS)
        return await asyncio.to_thread(self._outputs)

    def _finish(self, folder: Path) -> None:
        """Does what `make build` does to what SAM CLI built: a function must not spend its first seconds on boto3."""
        program = [str(self._aws.tools / "bin" / "python"), "-I", str(_FINISH_BUILD)]
        command = [*program, *(str(each) for each in folder.iterdir() if each.is_dir())]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            lines = done.stdout.decode(errors="replace").strip().splitlines()
            raise DeploymentError("\n".join(["The built functions cannot be compiled.", *lines[-_LOG_LINES:]]))

    def _outputs(self) -> dict[str, str]:
        client = self._aws.session().client("cloudformation", endpoint_url=self._aws.url)
        stack = client.describe_stacks(StackName=self._stack_name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    async def _sam(self, verb: str, arguments: Sequence[str], environment: Mapping[str, str], seconds: float) -> None:
        settings = self._settings()
        overrides = [f"ParameterKey={name},ParameterValue={value}" for name, value in self._parameters.items()]
        process = ChildProcess(
            [
                *(str(self._aws.tools / "bin" / "sam"), verb, *arguments),
                *("--config-file", str(settings)),
                *("--parameter-overrides", *overrides),
            ],
            environment={**environment, **_SAM, "__SAM_CLI_APP_DIR": str(settings.parent)},
            log=self._aws.folder / "logs" / f"sam-{verb}.log",
            folder=self._source.template.parent,
        )
        try:
            exit_code = await asyncio.to_thread(process.wait, seconds)
        except TimeoutError as error:
            raise DeploymentError(f"sam {verb} did not end within {seconds:.0f} s.{_end_of_log(process)}") from error
        finally:
            process.stop()
        if exit_code:
            raise DeploymentError(f"sam {verb} failed.{_end_of_log(process)}")

    def _settings(self) -> Path:
        """Settings for SAM CLI in place of the project's, which are for real accounts, and of the user's."""
        folder = self._builds / "sam"
        make_private(self._builds)
        make_private(folder)
        checked = {"lastVersionCheck": time.time()}  # else it asks the package index for a newer SAM CLI
        _write(folder / "metadata.json", json.dumps(checked))
        settings = folder / "samconfig.toml"
        _write(settings, "version = 0.1\n")
        return settings

    @cached_property
    def _build_folder(self) -> Path:
        digest = hashlib.sha256(_FINISH_BUILD.read_bytes())
        for name, value in self._parameters.items():
            if name in {"PythonRuntime", "Architecture"}:
                digest.update(f"{name}={value}\0".encode())
        for path in self._source.files():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(self._source.template.parent)}\0{len(content)}\0".encode())
            digest.update(content)
        return self._builds / digest.hexdigest()[:16]


def _write(path: Path, text: str) -> None:
    with open_private(path, "w") as file:
        file.write(text)


def _end_of_log(process: ChildProcess) -> str:
    """The sentences that follow what happened, and the lines."""
    lines = [line for line in process.output().splitlines() if line.strip()]
    full = any(_DISK_FULL in line for line in lines)
    advice = " There is no space left on the disk: make room, then start the world again." if full else ""
    return "\n".join([f"{advice} The end of {process.log}:", *lines[-_LOG_LINES:]])


def _runtime(tools: Path) -> str:
    """Lambda's name of the Python on which local AWS runs functions."""
    program = "import sys; print('python%d.%d' % sys.version_info[:2])"
    command = [str(tools / "bin" / "python"), "-I", "-S", "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.strip()


def _build_environment(aws: LocalAws) -> dict[str, str]:
    """The user's environment, in which pip finds its index and its cache, without anything of AWS or of Python."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "SAM_", "PYTHON")) and name != "VIRTUAL_ENV"
    }
    return kept | aws.client_environment() | {"HOME": os.environ.get("HOME", str(aws.folder))}
