"""The process of a local world's supervisor: started, watched until it is ready, ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol

import psutil

from cli.errors import CommandError
from cli.local_world.world_file import CrashedWorldError, NoWorldError, World, read_world
from cli.output import Progress
from simulator.child_process import ChildProcess
from simulator.world_folder import ForeignFolderError, claim, make_private, open_private

POLL_SECONDS = 0.05
STOP_WITHIN = 30.0
ERROR = "error: "


@dataclass(frozen=True)
class Launch:
    """What was asked for: ports, of which 0 is any free one, and parameters of the template, as NAME=VALUE.

    `origins`: of web pages that may use the signaling service.
    """

    aws_port: int = 0
    signaling_port: int = 0
    parameters: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


class WorldProcess(Protocol):
    """What is watched while a world starts."""

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""

    def output(self) -> str:
        """What it wrote so far."""

    def pids(self) -> list[int]:
        """Its process and those that it started."""

    def stop(self) -> None:
        """Ends it; returns when it is gone."""


class DetachedWorld:
    """A world that outlives this command, in a session of its own."""

    def __init__(self, command: list[str], log: Path) -> None:
        make_private(log.parent)
        self._log = log
        with open_private(log, "wb") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def output(self) -> str:
        """What it wrote so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def pids(self) -> list[int]:
        """Its process."""
        return [self._process.pid]

    def stop(self) -> None:
        """Ends it; returns when it is gone."""
        self._process.terminate()
        self._process.wait()


@contextmanager
def detached(folder: Path, launch: Launch, step: Progress) -> Iterator[World]:
    """A world that outlives this command, once this block ends well.

    Raises:
        CommandError: with the last words of the world, if it does not start.
    """
    _claim(folder)
    with signals_end_in_order():
        process = DetachedWorld(_command(folder, launch), folder / "logs" / "world.log")
        try:
            yield _wait_until_ready(process, folder, step)
        except BaseException:
            process.stop()
            raise


@contextmanager
def attached(folder: Path, launch: Launch, step: Progress) -> Iterator[tuple[World, ChildProcess]]:
    """A world that ends with this block, and with this process however that ends.

    Raises:
        CommandError: with the last words of the world, if it does not start.
    """
    _claim(folder)
    command = _command(folder, launch)
    with signals_end_in_order():
        process = ChildProcess(command, environment=os.environ, log=folder / "logs" / "world.log")
        try:
            yield _wait_until_ready(process, folder, step), process
        finally:
            process.stop()


def _claim(folder: Path) -> None:
    """Before anything is written there. Raises: CommandError if the folder is not for a world, or not for this user."""
    try:
        claim(folder.resolve())
    except ForeignFolderError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{folder} cannot be a local world's folder: {error.strerror}.") from error


def stop_process(world: World) -> None:
    """Ends a world, and waits until it is gone.

    Raises:
        CommandError: it does not end.
    """
    try:
        process = psutil.Process(world.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_WITHIN)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired as error:
        raise CommandError(
            f"The local world (process {world.pid}) did not stop within {STOP_WITHIN:.0f} s: "
            f"`kill -9 {world.pid}` ends it and all that it runs."
        ) from error


@contextmanager
def signals_end_in_order() -> Iterator[None]:
    """SIGTERM and a closed terminal end this process as Ctrl-C does: what it started is stopped first."""

    def end(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _command(folder: Path, launch: Launch) -> list[str]:
    command = [sys.executable, "-m", "simulator.world", "--folder", str(folder)]
    command += ["--aws-port", str(launch.aws_port)] if launch.aws_port else []
    command += ["--signaling-port", str(launch.signaling_port)] if launch.signaling_port else []
    command += [word for one in launch.parameters for word in ("--parameter", one)]
    return command + [word for one in launch.origins for word in ("--allow-origin", one)]


def _wait_until_ready(process: WorldProcess, folder: Path, step: Progress) -> World:
    shown = 0
    while True:
        ended = process.exit_code is not None
        *lines, unfinished = process.output().split("\n")
        for line in lines[shown:]:
            if not line.startswith(ERROR):  # said once, at the end
                step.finished(line)
        shown = len(lines)
        step.during(unfinished)
        if ended:
            raise CommandError(_last_words([*lines, unfinished]))
        try:
            world = read_world(folder)
        except (NoWorldError, CrashedWorldError):  # not yet
            time.sleep(POLL_SECONDS)
            continue
        if world.pid in process.pids():
            return world
        time.sleep(POLL_SECONDS)  # another world is in the folder: ours will say so and end


def _last_words(lines: list[str]) -> str:
    said = [line for line in lines if line]
    errors = [number for number, line in enumerate(said) if line.startswith(ERROR)]
    if errors:
        return "\n".join(said[errors[-1] :]).removeprefix(ERROR)
    return said[-1] if said else "The local world ended without a word."
