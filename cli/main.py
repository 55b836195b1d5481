"""The command `camera-skill`: its verbs, and the one place where failures become a sentence and an exit code."""

import io
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli.cameras import verbs as cameras
from cli.completion import quoted_for_bash
from cli.console_events import console_events
from cli.errors import CommandError, explained
from cli.events import verbs as events
from cli.events.commands import detect, motion, ring
from cli.local_world import verbs as world
from cli.local_world.demo import demo
from cli.options import with_choice
from cli.output import fail, say
from cli.show import show
from cli.users import verbs as users
from cli.users.account_linking import account_linking
from cli.users.login import login, logout


class Boundary(TyperGroup):
    """Prints the sentence of a CommandError on standard error and exits with 1."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # typer does not export the type of its contexts
        """Runs the command that was asked for."""
        try:
            with explained():
                return super().invoke(ctx)
        except CommandError as error:
            fail(str(error))
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=Boundary,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Run, fill and try the camera skill: on the local world, or with --stack-name on a deployed stack.",
)


def _say_version(wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if wanted:
        say(f"camera-skill {version('alexa-camera-skill')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    shows_version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Print the version.")
    ] = False,
) -> None:
    """What is said before a verb."""


app.add_typer(world.app, name="world")
app.add_typer(users.app, name="users")
app.add_typer(cameras.app, name="cameras")
app.add_typer(events.app, name="events")
app.command()(with_choice(login))
app.command()(with_choice(logout))
app.command()(with_choice(account_linking))
app.command()(with_choice(show))
app.command()(with_choice(ring))
app.command()(with_choice(motion))
app.command()(with_choice(detect))
app.command()(with_choice(console_events))
app.command()(demo)


def main() -> None:
    """The entry point of the package."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # not every terminal has our quotation marks
    try:
        try:
            with quoted_for_bash():
                app()
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except OSError as error:
        _give_up_output()
        if not isinstance(error, BrokenPipeError) and not _has_failed(error.__context__):
            fail(f"Standard output cannot be written: {(error.strerror or str(error)).lower()}.")
        sys.exit(1)


def _give_up_output() -> None:
    """The interpreter would write the rest at its end, and complain about it."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _has_failed(end: BaseException | None) -> bool:
    """Whether the command ended with a failure, which was told."""
    return isinstance(end, SystemExit) and bool(end.code)
