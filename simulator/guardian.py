"""A program that runs a command and lets nothing of it outlive the program that started it.

`python guardian.py COMMAND…` runs the command in a session of its own. When standard input closes, the
starting program is gone, even by kill -9: the command and all its descendants are killed at once. SIGTERM
ends them in order: first the command may end by itself, then what is left is killed. The exit code is that of
the command, or 128 + signal.

A pipe and not PR_SET_PDEATHSIG alone: that signal is sent when the starting *thread* ends, and it does not
reach the command's own children, such as the processes in which local AWS runs functions.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 5.0
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
STDIN, STDERR = 0, 2
_SIGNALS = (signal.SIGTERM, signal.SIGCHLD)


def main(command: list[str]) -> int:
    """Runs the command until it ends, until SIGTERM, or until standard input closes."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)  # orphans of the command become this process's children
    signals = _signal_pipe()
    child = _start(command)
    while True:
        readable, _, _ = select.select([STDIN, signals], [], [])
        received = os.read(signals, 4096) if signals in readable else b""
        _reap_orphans(child)
        if signal.SIGTERM in received:
            _ask_to_end(child, signals)
            return _end_all(child)
        if _has_ended(child) or (STDIN in readable and not os.read(STDIN, 4096)):
            return _end_all(child)


def _signal_pipe() -> int:
    """A file descriptor on which the numbers of received signals can be read."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    for number in _SIGNALS:
        signal.signal(number, lambda *_: None)
    return read_end


def _start(command: list[str]) -> int:
    guardian = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # one that comes now waits until the command can take it
    child = os.fork()
    if child:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return child
    try:
        os.setsid()
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # for the case that this guardian itself is killed
        if os.getppid() != guardian:
            os._exit(1)
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        os.dup2(os.open(os.devnull, os.O_RDONLY), STDIN)
        os.execvp(command[0], command)  # noqa: S606  # the arguments are the starting program's own
    except OSError as error:
        os.write(STDERR, f"cannot run {command[0]}: {error.strerror}\n".encode())
    os._exit(127)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _has_ended(child: int) -> bool:
    """Whether the command ended; it is not reaped yet, so that its process group id stays its own."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _reap_orphans(child: int) -> None:
    while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)) and ended.si_pid != child:
        os.waitpid(ended.si_pid, 0)


def _ask_to_end(child: int, signals: int) -> None:
    os.kill(child, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while not _has_ended(child) and (left := deadline - time.monotonic()) > 0:
        if signals in select.select([signals], [], [], left)[0]:
            os.read(signals, 4096)
            _reap_orphans(child)


def _end_all(child: int) -> int:
    """Kills what is left of the command, descendants in other sessions too, and tells how it ended."""
    exit_code = 0
    with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
        os.killpg(child, signal.SIGKILL)
    while True:
        for pid in _children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return exit_code
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            exit_code = code if code >= 0 else 128 - code


def _children() -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except FileNotFoundError:  # not Linux: the process group has to do
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
