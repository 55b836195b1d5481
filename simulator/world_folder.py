from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MARKER = ".camera-skill-world"
"""The file that says that a folder is a local world's, so that what is in it may be deleted."""

_LOGS, _SUPERVISOR_LOG = "logs", "world.log"


class ForeignFolderError(Exception):
    """The folder holds what is not a local world's; the message is a sentence for the user."""


def claim(folder: Path) -> None:
    """Makes the folder a local world's if it is new or empty; raises ForeignFolderError before it touches any other."""
    if is_claimed(folder):
        make_private(folder)
        return
    if folder.exists() and not _is_empty(folder):
        raise ForeignFolderError(f"{folder} is not a local world's folder: choose an empty or a new one with --folder.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_private(folder)
    open_private(folder / MARKER, "ab").close()


def make_private(folder: Path) -> None:
    """Makes a folder, if it is missing, and keeps other users of the machine out. It must be this user's, and no link.

    Raises: ForeignFolderError, OSError.
    """
    folder.mkdir(exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except NotADirectoryError as error:
        raise ForeignFolderError(f"{folder} is a link: choose another folder with --folder.") from error
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            raise ForeignFolderError(f"{folder} belongs to another user: choose another one with --folder.")
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)


def open_private(path: Path, mode: str) -> IO[Any]:
    """Opens a file that only its owner may read, and through no link. Raises: OSError."""
    return open(path, mode, opener=_private)


def lock_file(path: Path) -> int:
    """A descriptor of such a file, which is to be locked. Raises: OSError."""
    return _private(str(path), os.O_RDWR | os.O_CREAT)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def is_claimed(folder: Path) -> bool:
    """Whether the folder is a local world's."""
    marker = folder / MARKER
    return marker.is_file() and not marker.is_symlink()


def _is_empty(folder: Path) -> bool:
    """Whether nothing is there but the log into which the command lets the world write."""
    if not folder.is_dir():
        return False
    return all(entry.name == _LOGS and entry.is_dir() for entry in folder.iterdir()) and all(
        entry.name == _SUPERVISOR_LOG and entry.is_file() for entry in folder.glob(f"{_LOGS}/*")
    )
