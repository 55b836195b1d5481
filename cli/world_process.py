"""The process of a local world's supervisor: begun in a session of its own, watched until it is ready, ended."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from cli.errors import CommandError
from cli.world_file import CrashedWorldError, NoWorldError, World, read_world

POLL_SECONDS = 0.05
STOP_WITHIN = 30.0


@dataclass(frozen=True)
class Ports:
    """The ports that were asked for; 0 is any free one."""

    aws: int = 0
    signaling: int = 0


def run_in_foreground(folder: Path, ports: Ports) -> int:
    """Runs a world until it is told to stop; the exit code."""
    process = subprocess.Popen(_command(folder, ports))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the terminal sent it to the world too, which ends in order
            continue


def start_detached(folder: Path, ports: Ports, step: Callable[[str], None]) -> World:
    """Begins a world that outlives this command, and waits until it is ready, for as long as it works on it.

    Raises:
        CommandError: with the last words of the world, if it ends instead.
    """
    log = folder / "logs" / "world.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    step("Starting the local world")
    with log.open("wb") as output:
        process = subprocess.Popen(
            _command(folder, ports),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return _wait_until_ready(process, folder, log, step)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise


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
            f"The local world (process {world.pid}) did not stop within {STOP_WITHIN:.0f} s: `kill -9 {world.pid}` "
            "ends it and all that it runs."
        ) from error


def _command(folder: Path, ports: Ports) -> list[str]:
    command = [sys.executable, "-m", "simulator.world", "--folder", str(folder)]
    command += ["--aws-port", str(ports.aws)] if ports.aws else []
    return command + (["--signaling-port", str(ports.signaling)] if ports.signaling else [])


def _wait_until_ready(
    process: "subprocess.Popen[bytes]", folder: Path, log: Path, step: Callable[[str], None]
) -> World:
    shown = 0
    while True:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines[shown:]:
            step(line)
        shown = len(lines)
        if process.poll() is not None:
            raise CommandError(_last_words(lines) or f"The local world ended at once: see {log}.")
        try:
            world = read_world(folder)
        except (NoWorldError, CrashedWorldError):
            time.sleep(POLL_SECONDS)
            continue
        if world.pid == process.pid:
            return world
        time.sleep(POLL_SECONDS)


def _last_words(lines: list[str]) -> str:
    errors = [number for number, line in enumerate(lines) if line.startswith("error: ")]
    return "\n".join(lines[errors[-1] :]).removeprefix("error: ") if errors else "\n".join(lines[-1:])
