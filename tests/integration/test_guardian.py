import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simulator.child_process import ChildProcess, guarded
from tests.support.world_process import wait_until

# a command that starts a process in another session, which tells its id and lives on
DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(60)
    os._exit(0)
os.wait()
time.sleep(float(sys.argv[1]))
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"

Guardian = subprocess.Popen[str]


def start(program: str, *arguments: str) -> Guardian:
    return subprocess.Popen(
        guarded([sys.executable, "-c", program, *arguments]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def first_line(guardian: Guardian) -> str:
    assert guardian.stdout is not None
    return guardian.stdout.readline().strip()


@pytest.fixture
def daemon() -> Iterator[Guardian]:
    with start(DAEMON, "60") as guardian:
        yield guardian  # leaving closes its standard input


@pytest.mark.parametrize(
    ("program", "exit_code"),
    [("pass", 0), ("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 128 + 9)],
)
def test_exit_code_is_the_commands_when_it_ends_by_itself(program: str, exit_code: int) -> None:
    with start(program) as guardian:
        assert guardian.wait(10) == exit_code


def test_kills_descendants_in_other_sessions_when_standard_input_closes(daemon: Guardian) -> None:
    pid = int(first_line(daemon))
    assert os.getsid(pid) != os.getsid(daemon.pid)
    assert daemon.stdin is not None
    daemon.stdin.close()
    assert daemon.wait(10) == 128 + signal.SIGKILL
    assert not psutil.pid_exists(pid)


def test_kills_descendants_in_other_sessions_when_told_to_end(daemon: Guardian) -> None:
    pid = int(first_line(daemon))
    daemon.terminate()
    assert daemon.wait(10) == 128 + signal.SIGTERM
    assert not psutil.pid_exists(pid)


def test_kills_descendants_in_other_sessions_when_the_command_ends_without_them() -> None:
    with start(DAEMON, "0") as guardian:
        pid = int(first_line(guardian))
        assert guardian.wait(10) == 0
    assert not psutil.pid_exists(pid)


def test_kills_the_command_when_it_does_not_end_by_itself_in_time() -> None:
    with start(DEAF) as guardian:
        assert first_line(guardian) == "ready"
        guardian.terminate()
        assert guardian.wait(10) == 128 + signal.SIGKILL


def test_command_is_killed_when_the_guardian_is() -> None:
    with start(DEAF) as guardian:
        assert first_line(guardian) == "ready"
        command = psutil.Process(guardian.pid).children()[0]
        guardian.kill()
    wait_until(lambda: not command.is_running() or command.status() == psutil.STATUS_ZOMBIE)


def test_says_so_when_the_command_is_missing(tmp_path: Path) -> None:
    process = ChildProcess([str(tmp_path / "missing")], environment={}, log=tmp_path / "log")
    assert process.wait(10) == 127
    assert process.output() == f"cannot run {tmp_path / 'missing'}: No such file or directory"


def test_wait_gives_up_when_the_time_is_over(tmp_path: Path) -> None:
    process = ChildProcess(["sleep", "60"], environment={"PATH": os.defpath}, log=tmp_path / "log")
    with pytest.raises(TimeoutError):
        process.wait(0.01)
    wait_until(lambda: len(process.pids()) == 1)
    process.stop()
    assert process.exit_code == 128 + signal.SIGTERM
    assert process.pids() == []
