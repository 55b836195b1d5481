"""`world.json`: where everything of a running local world is, as its supervisor wrote it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.errors import CommandError
from cli.options import folder_words
from simulator.credentials import Credentials
from simulator.world.world_file import is_of_running_world, world_file


@dataclass(frozen=True)
class World:
    """A running local world."""

    folder: Path
    pid: int
    control_url: str = field(repr=False)  # holds a secret
    aws_endpoint_url: str
    credentials: Credentials = field(repr=False)
    signaling_endpoint_url: str
    region: str
    stack_name: str
    outputs: Mapping[str, str]
    account: Mapping[str, str] | None = field(repr=False)  # holds an access token
    cameras: tuple[Mapping[str, str], ...]


class NoWorldError(CommandError):
    """No world runs in the folder."""


class ForeignFileError(CommandError):
    """The folder has a file of that name that no world wrote, or not this version's."""


class CrashedWorldError(CommandError):
    """The folder has the file of a world whose supervisor is gone."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


def read_world(folder: Path) -> World:
    """The running world of `folder`.

    Raises:
        NoWorldError: there is no world file.
        CrashedWorldError: there is one, but not the process that wrote it.
        ForeignFileError: there is a file of that name, but not of a world.
    """
    path = world_file(folder)
    again = f"`camera-skill world start{folder_words(folder)}`"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        world = _parse(folder, values)
    except FileNotFoundError as error:
        raise NoWorldError(f"No local world is running in {folder}: start one with {again}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ForeignFileError(
            f"{path} is not a world's file: choose another folder with --folder, or move the file away and begin "
            f"afresh with {again}."
        ) from error
    if not is_of_running_world(values):
        message = f"The local world in {folder} has crashed, process {world.pid} is gone: "
        raise CrashedWorldError(path, f"{message}begin afresh with {again}.")
    return world


def _parse(folder: Path, values: Mapping[str, Any]) -> World:
    return World(
        folder=folder,
        pid=int(values["pid"]),
        control_url=values["control_url"],
        aws_endpoint_url=values["aws_endpoint_url"],
        credentials=Credentials(values["access_key_id"], values["secret_access_key"]),
        signaling_endpoint_url=values["signaling_endpoint_url"],
        region=values["region"],
        stack_name=values["stack_name"],
        outputs=dict(values["outputs"]),
        account=values.get("account"),
        cameras=tuple(values.get("cameras") or ()),
    )
