"""`camera-skill events tail`: what became of cameras' events, as the functions log it."""

import shutil
import sys
import textwrap
from datetime import datetime
from typing import Annotated

import typer

from cli.arguments import UserOption
from cli.cameras.finding import find_camera
from cli.completion import camera_names
from cli.events import sentences
from cli.events.logs import follow
from cli.events.times import since as time_since
from cli.options import Choice
from cli.output import warn
from cli.target import target_of
from cli.terminal_text import json_text, printable

LOCAL_PAUSE, DEPLOYED_PAUSE = 0.5, 2.0
"""Seconds between two looks; CloudWatch gives an account five to ten a second, of all who look."""
INDENT = " " * (len("10:00:00  ") + sentences.OUTCOME_WIDTH + 2)


def tail(
    choice: Choice,
    *,
    camera: Annotated[
        str | None,
        typer.Option("--camera", metavar="NAME", help="Only of this camera.", autocompletion=camera_names),
    ] = None,
    user: UserOption = None,
    since: Annotated[str, typer.Option("--since", help="From when on: 90s, 10m, 2h, 1d ago, or a time.")] = "10m",
    follows: Annotated[bool, typer.Option("--follow/--no-follow", help="Go on until Ctrl-C, or end.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object on each line.")] = False,
) -> None:
    """Follow what becomes of cameras' events and changes: what came, what Alexa was told, and why not."""
    begin = time_since(since)
    target = target_of(choice)
    endpoint_id = find_camera(target, camera, user).endpoint_id if camera else ""
    name_of = sentences.named(target)
    pause, is_empty = LOCAL_PAUSE if target.world else DEPLOYED_PAUSE, True
    try:
        for line in follow(target, begin, containing=endpoint_id, pause=pause, until_quiet=not follows):
            if endpoint_id and not sentences.is_of(line, endpoint_id):
                continue
            is_empty = False
            words = printable(sentences.in_words(line, name_of), lines=False)
            print(json_text(line) if as_json else _folded(words), flush=True)
    except KeyboardInterrupt:  # the way in which this ends
        return
    if is_empty:
        warn(f"Nothing happened since {datetime.fromtimestamp(begin).astimezone():%Y-%m-%d %H:%M:%S}.")


def _folded(text: str) -> str:
    """Within the terminal; a line stays a line for those who cut columns out of it."""
    if not sys.stdout.isatty():
        return text
    width = shutil.get_terminal_size().columns
    return textwrap.fill(text, width, subsequent_indent=INDENT, drop_whitespace=True, break_on_hyphens=False)
