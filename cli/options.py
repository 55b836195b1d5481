"""Which stack a command works on: the same options for every verb, local world and deployed stack alike."""

import inspect
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CommandError, explained

PANEL = "Which stack"
FOLDER_VARIABLE = "CAMERA_SKILL_FOLDER"
STACK_VARIABLE = "CAMERA_SKILL_STACK_NAME"
STUN_VARIABLE = "CAMERA_SKILL_STUN_SERVER"


def _folder(text: str | Path) -> Path:
    """Takes the default too, which is a path already. An empty text would be the working folder."""
    if text == "":
        raise typer.BadParameter("the name of the folder is empty.")
    return Path(text)


FolderOption = Annotated[
    Path,
    typer.Option(
        "--folder",
        envvar=FOLDER_VARIABLE,
        parser=_folder,
        metavar="<path>",
        help="Folder of the local world.",
        rich_help_panel=PANEL,
    ),
]
StackNameOption = Annotated[
    str | None,
    typer.Option(
        "--stack-name",
        envvar=STACK_VARIABLE,
        help="A deployed stack, not the local world.",
        rich_help_panel=PANEL,
    ),
]
RegionOption = Annotated[
    str | None, typer.Option("--region", help="AWS region of the deployed stack.", rich_help_panel=PANEL)
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="AWS profile for the deployed stack.", rich_help_panel=PANEL)
]
StunServerOption = Annotated[
    str | None,
    typer.Option(
        "--stun-server",
        metavar="stun:HOST:PORT",
        envvar=STUN_VARIABLE,
        default_factory=lambda: os.environ.get(STUN_VARIABLE),  # typer takes an empty variable for one that is unset
        show_default="AWS's own for the region",
        help="Deployed stack: STUN server that tells this machine's public address; empty for none.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DEFAULT_FOLDER = Path(".local")


@dataclass(frozen=True)
class Choice:
    """Which stack was asked for: a deployed one if `stack_name` is set, else the local world in `folder`."""

    folder: Path = DEFAULT_FOLDER
    stack_name: str | None = None
    region: str | None = None
    profile: str | None = None

    def __post_init__(self) -> None:
        if self.stack_name is None and (self.region or self.profile):
            raise CommandError(
                "--region and --profile choose where a deployed stack is: name it with --stack-name. "
                "Without one, the command works on the local world."
            )

    @property
    def words(self) -> str:
        """The options that make another command work on the same stack, for sentences that name one."""
        if self.stack_name is None:
            return folder_words(self.folder)
        words = f" --stack-name {shlex.quote(self.stack_name)}"
        words += f" --region {shlex.quote(self.region)}" if self.region else ""
        return words + (f" --profile {shlex.quote(self.profile)}" if self.profile else "")

    @property
    def world_words(self) -> str:
        """The options that make `world start`, `stop` and `status` work on the same world."""
        return folder_words(self.folder)


def folder_words(folder: Path) -> str:
    """The option that makes another command work on the same world, empty where that goes without saying."""
    unsaid = Path(os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER)
    return "" if folder == unsaid else f" --folder {shlex.quote(str(folder))}"


def with_choice(command: Callable[..., None]) -> Callable[..., None]:
    """A typer command of which the first argument, a Choice, is asked for by the options above."""

    def run(
        *,
        folder: FolderOption = DEFAULT_FOLDER,
        stack_name: StackNameOption = None,
        region: RegionOption = None,
        profile: ProfileOption = None,
        **own_options: object,
    ) -> None:
        choice = Choice(folder, stack_name, region, profile)
        with explained(words=choice.world_words):
            command(choice, **own_options)

    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    chosen = [
        parameter
        for parameter in inspect.signature(run, eval_str=True).parameters.values()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    as_keywords = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature([*as_keywords, *chosen])  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *chosen]}
    return run


def line_from_stdin(what: str) -> str:
    """The first line of standard input, for what no command line should show.

    Raises:
        CommandError: it is empty.
    """
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise CommandError(f"No {what} came on standard input: pipe it in, as one line.")
    return line
