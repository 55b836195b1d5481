"""What the shell completes: names of cameras, of users and of faults, on the stack that the words so far choose.

Nothing is written but what fits; a failure of any kind leaves the word as it is.
"""

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING

import typer

from cli.errors import CommandError, explained
from cli.options import DEFAULT_FOLDER, Choice
from cli.terminal_text import printable

if TYPE_CHECKING:
    from cli.target import Target

MOST = 60
"""More than anybody looks through, and as many as Cognito tells at once."""
VARIABLE = "_CAMERA_SKILL_COMPLETE"
"""Set by the script that typer installs in the shell."""
_UNQUOTED = re.compile(r"[^\w@%+=:,./-]")


def camera_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names that the user in question has for cameras, and endpoint ids."""

    def found(target: "Target") -> Iterator[str]:
        from cli.cameras.finding import cameras_of, user_id_in_question

        for camera in cameras_of(target, user_id_in_question(target, ctx.params.get("user"))):
            yield camera.friendly_name
            if incomplete:
                yield camera.endpoint_id

    return _completed(ctx, incomplete, found)


def user_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Emails of the pool; where the accounts are elsewhere, the ids of users who have cameras."""

    def found(target: "Target") -> Iterable[str]:
        from cli.registry import registry_of
        from cli.users.customers import emails_beginning_with, has_pool

        if has_pool(target):
            return emails_beginning_with(target, incomplete, MOST)
        return [str(user["user_id"]) for user in registry_of(target).read("ListUsers")["users"]]

    return _completed(ctx, incomplete, found)


def fault_kinds(incomplete: str) -> list[str]:
    """The faults that can be set."""
    from simulator.signaling import FAULT_KINDS

    return [kind for kind in FAULT_KINDS if kind.startswith(incomplete)]


def camera_names_or_fault_kinds(ctx: typer.Context, incomplete: str) -> list[str]:
    """What comes first in `world fault`: a camera, unless all are meant."""
    if at := ctx.params.get("at"):
        from cli.local_world.alexa_faults import At, kinds

        return [kind for kind in kinds(At(at)) if kind.startswith(incomplete)]
    return fault_kinds(incomplete) if ctx.params.get("all_cameras") else camera_names(ctx, incomplete)


@contextmanager
def quoted_for_bash() -> Iterator[None]:
    """Quotes what typer completes in bash, which would take a name with spaces for several words.

    A word that begins with a quotation mark is left alone: bash quotes it. Bash also breaks words at @ and replaces
    the last part alone.
    """
    if os.environ.get(VARIABLE) != "complete_bash":
        yield
        return
    words, index = _joined(os.environ.get("COMP_WORDS", "").split("\n"), int(os.environ.get("COMP_CWORD", "0")))
    os.environ["COMP_WORDS"], os.environ["COMP_CWORD"] = "\n".join(words), str(index)
    word = words[index] if index < len(words) else ""
    is_quoted, taken = word[:1] in {"'", '"'}, word.rpartition("@")[0]
    completed = io.StringIO()
    try:
        with redirect_stdout(completed):
            yield
    finally:
        for line in completed.getvalue().split("\n")[:-1]:
            if printable(line) != line:  # no shell could take it as a word
                continue
            rest = line.removeprefix(f"{taken}@") if taken else line
            print(rest if is_quoted else _UNQUOTED.sub(r"\\\g<0>", rest))


def _joined(words: list[str], index: int) -> tuple[list[str], int]:
    """The words with emails in one piece, and where the one that is completed is then."""
    joined: list[str] = []
    at = index
    for number, word in enumerate(words):
        if joined and (word == "@" or joined[-1].endswith("@")):
            joined[-1] += word
            at -= number <= index
        else:
            joined.append(word)
    return joined, at


def _completed(ctx: typer.Context, incomplete: str, find: Callable[["Target"], Iterable[str]]) -> list[str]:
    try:
        with explained():
            return [one for one in find(_target(ctx)) if one.startswith(incomplete)]
    except CommandError:
        return []  # a shell that completes a word has no place for a sentence


def _target(ctx: typer.Context) -> "Target":
    from cli.target import target_of

    given = {name: ctx.params.get(name) for name in ("stack_name", "region", "profile")}
    choice = Choice(ctx.params.get("folder") or DEFAULT_FOLDER, **given)
    if choice.stack_name:
        _check_asks_for_nothing(choice.profile)
    return target_of(choice, hasty=True)


def _check_asks_for_nothing(profile: str | None) -> None:
    """Raises: CommandError if the profile's credentials want a code from the terminal."""
    from botocore.session import Session

    if Session(profile=profile).get_scoped_config().get("mfa_serial"):
        raise CommandError("the profile asks for a code")
