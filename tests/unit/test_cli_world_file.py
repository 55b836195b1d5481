import json
import os
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.local_world.world_file import CrashedWorldError, ForeignFileError, NoWorldError, read_world


def content(**changes: object) -> dict[str, Any]:
    return {
        "aws_endpoint_url": "http://127.0.0.1:1",
        "access_key_id": "AKIAEXAMPLE",
        "secret_access_key": "example",
        "region": "us-east-1",
        "stack_name": "camera-skill",
        "outputs": {"UserPoolId": "us-east-1_x"},
        "signaling_endpoint_url": "http://127.0.0.1:2",
        "control_url": "http://127.0.0.1:3",
        "event_gateway_url": None,
        "account": None,
        "cameras": [],
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
        **changes,
    }


def write(folder: Path, value: object) -> None:
    (folder / "world.json").write_text(json.dumps(value))


def test_world_is_read_when_its_supervisor_runs(tmp_path: Path) -> None:
    write(tmp_path, content(account={"user_id": "u", "access_token": "t"}, later_version="more"))
    world = read_world(tmp_path)
    assert world.pid == os.getpid()
    assert world.outputs == {"UserPoolId": "us-east-1_x"}
    assert world.account == {"user_id": "u", "access_token": "t"}
    assert world.folder == tmp_path


def test_folder_is_named_when_no_world_runs(tmp_path: Path) -> None:
    with pytest.raises(NoWorldError, match=f"camera-skill world start --folder {tmp_path}"):
        read_world(tmp_path)


def test_crash_is_told_when_the_supervisor_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as process:
        pid, started = process.pid, psutil.Process(process.pid).create_time()
    write(tmp_path, content(pid=pid, started=started))
    with pytest.raises(CrashedWorldError, match=f"crashed, process {pid} is gone"):
        read_world(tmp_path)


def test_crash_is_told_when_another_process_got_the_number(tmp_path: Path) -> None:
    write(tmp_path, content(started=psutil.Process().create_time() - 3600))
    with pytest.raises(CrashedWorldError, match="crashed"):
        read_world(tmp_path)


@pytest.mark.parametrize("value", [[], {}, {"pid": "none"}, {**content(), "outputs": 3}])
def test_file_is_refused_when_it_is_not_a_worlds(tmp_path: Path, value: object) -> None:
    write(tmp_path, value)
    with pytest.raises(ForeignFileError, match="is not a world's file"):
        read_world(tmp_path)


def test_file_is_refused_when_it_is_not_even_text(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ForeignFileError, match="is not a world's file"):
        read_world(tmp_path)
