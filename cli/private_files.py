"""Files that only their owner may read: what the command keeps between two runs."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from cli.errors import CommandError

OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700


def write_private(path: Path, value: object) -> None:
    """Writes JSON with mode 0600, whole or not at all; the folder is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY_FOLDER)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mkstemp makes it 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
    Path(temporary).replace(path)


def read_private(path: Path) -> dict[str, Any]:
    """The JSON object that was written, {} if there is none.

    Raises:
        CommandError: the file is not what `write_private` wrote.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise CommandError(f"{path} is damaged ({error}): remove it and log in again.") from error
    if not isinstance(value, dict):
        raise CommandError(f"{path} is damaged (not a JSON object): remove it and log in again.")
    return value


def state_folder() -> Path:
    """Where programs keep their state for a user (XDG Base Directory specification: XDG_STATE_HOME)."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "camera-skill"
