from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import psutil

from simulator.world.errors import WorldRunningError
from simulator.world_folder import claim, lock_file, open_private

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


@dataclass(kw_only=True)
class WorldFile:
    """`world.json`: where everything of a running world is. Written whole, so that readers never see half of it.

    `started` is the supervisor's start in seconds since 1970 as the system tells it: with `pid` it says whether
    the world that wrote the file still runs. `account` is None until somebody has an account.
    """

    folder: Path
    aws_endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str
    stack_name: str
    outputs: dict[str, str]
    signaling_endpoint_url: str
    control_url: str = field(repr=False)  # holds a secret
    event_gateway_url: str | None = None
    account: dict[str, str] | None = field(default=None, repr=False)  # holds an access token
    cameras: list[dict[str, str]] = field(default_factory=list)
    pid: int = field(default_factory=os.getpid)
    started: float = field(default_factory=lambda: psutil.Process().create_time())

    def write(self) -> None:
        """Writes the file of this world, readable by its user only: it holds an access token."""
        content = asdict(self)
        del content["folder"]
        path = world_file(self.folder)
        draft = path.with_suffix(".new")
        with open_private(draft, "w") as file:
            json.dump(content, file, indent=2)
        draft.replace(path)


def world_file(folder: Path) -> Path:
    """Where the world in the folder writes its file."""
    return folder / "world.json"


def is_of_running_world(content: dict[str, Any]) -> bool:
    """Whether the supervisor that wrote this content of a world file runs, and not another process with its id."""
    try:
        process = psutil.Process(int(content["pid"]))
        return abs(process.create_time() - float(content["started"])) < 1.0 and (
            process.status() != psutil.STATUS_ZOMBIE
        )
    except (psutil.NoSuchProcess, KeyError, TypeError, ValueError):
        return False


class FolderLock:
    """Keeps a second world out of a folder, and worlds out of folders that are not theirs (ForeignFolderError).

    The system releases it with the process, however that ends.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1

    def __enter__(self) -> Self:
        claim(self._folder)
        self._descriptor = lock_file(self._folder / "lock")
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise WorldRunningError(f"A world already runs in {self._folder}.") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
