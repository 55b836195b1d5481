from __future__ import annotations

from typing import TYPE_CHECKING

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
        return
    if folder.exists() and not _is_empty(folder):
        raise ForeignFolderError(f"{folder} is not a local world's folder: choose an empty or a new one with --folder.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()


def is_claimed(folder: Path) -> bool:
    """Whether the folder is a local world's."""
    return (folder / MARKER).is_file()


def _is_empty(folder: Path) -> bool:
    """Whether nothing is there but the log into which the command lets the world write."""
    if not folder.is_dir():
        return False
    return all(entry.name == _LOGS and entry.is_dir() for entry in folder.iterdir()) and all(
        entry.name == _SUPERVISOR_LOG and entry.is_file() for entry in folder.glob(f"{_LOGS}/*")
    )
