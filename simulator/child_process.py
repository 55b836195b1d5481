from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from simulator.world_folder import make_private, open_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MQTT_HOST_VARIABLE = "CAMERA_MQTT_HOST"
"""By which a simulated camera gets the name of the broker, which nobody else on the machine may read."""
WORLD_VARIABLE = "CAMERA_SKILL_WORLD"
"""Every process of a world carries this variable, the world's folder; so do the functions of local AWS."""

_GUARDIAN = Path(__file__).with_name("guardian.py")
_STOP_SECONDS = 10.0  # the guardian's own grace is shorter


def guarded(command: Sequence[str]) -> list[str]:
    """The command run by a guardian: start it with standard input as a pipe, and keep the pipe open."""
    return [sys.executable, "-I", "-S", str(_GUARDIAN), *command]


class ChildProcess:
    """A program that ends, with all its descendants, when this process ends, however that happens.

    Its output goes to the file `log`, made anew. `environment` is all that it sees of the environment.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        folder: Path | None = None,
    ) -> None:
        self.log = log
        make_private(log.parent)
        with open_private(log, "wb") as output:
            self._process = subprocess.Popen(
                guarded(command),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,  # Ctrl-C in a terminal is this process's to handle
            )

    @property
    def exit_code(self) -> int | None:
        """The command's exit code, 128 + signal if a signal ended it, None while it runs."""
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the command to end; raises TimeoutError after `timeout` seconds."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError from error
        finally:
            self._close_if_ended()

    def stop(self) -> None:
        """Ends the command and all its descendants; returns when they are gone."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()  # the kernel then kills the command
                self._process.wait()
        self._close_if_ended()

    def pids(self) -> list[int]:
        """The command's process and its descendants, without the guardian."""
        try:
            return [process.pid for process in psutil.Process(self._process.pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def output(self, last_lines: int | None = None) -> str:
        """What the command wrote so far, or its last lines."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines if last_lines is None else lines[-last_lines:])

    def _close_if_ended(self) -> None:
        if self._process.returncode is not None and self._process.stdin is not None:
            self._process.stdin.close()


def processes_of_world(folder: Path) -> list[psutil.Process]:
    """The running processes, other than this one, that belong to the world in `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(WORLD_VARIABLE) == str(folder.resolve()):
                found.append(process)
        except psutil.Error:  # ended meanwhile, or another user's
            continue
    return found


def end_processes_of_world(folder: Path) -> int:
    """Kills what a crashed world left behind, if ever; returns how many processes that were.

    The guardians leave nothing unless they were killed themselves.
    """
    left = processes_of_world(folder)
    for process in left:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(left, timeout=5)
    return len(left)
