"""`camera-skill events`: what became of cameras' events, and what Alexa has not been told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import INTERRUPTED, CommandError, explained
from cli.events.credentials import credentials
from cli.events.redriving import Redriven, redrive, undelivered
from cli.events.sentences import named
from cli.events.tailing import tail
from cli.events.undelivered import EVENT, REPORT, RULE, Undelivered
from cli.options import Choice, JsonOption, with_choice
from cli.output import progress, say, say_json, say_rows, warn
from cli.target import Target, target_of

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(no_args_is_help=True, help="Events of cameras: what became of them, and what Alexa was not told.")
app.command()(with_choice(tail))

SAID = {
    REPORT: ("report for Alexa", "reports for Alexa"),
    EVENT: ("event that the function had given up", "events that the function had given up"),
    RULE: ("event that an IoT rule had not handed on", "events that an IoT rule had not handed on"),
}
"""Kinds of messages, one and several."""


@app.command("undelivered")
@with_choice
def list_undelivered(choice: Choice, *, as_json: JsonOption = False) -> None:
    """List what Alexa has not been told, and why. Nothing is taken out of the dead-letter queue."""
    target = target_of(choice)
    with progress() as step:
        step("Looking into the dead-letter queue")
        messages = undelivered(target)
    rows = [one.as_row() for one in messages] if as_json else _rows(target, messages)
    columns = {"when": "When", "what": "What", "reason": "Why"}
    say_rows(rows, columns=columns, as_json=as_json, nothing="Nothing is undelivered.")
    if messages and not as_json:
        say(f"`camera-skill events redrive{choice.words}` sends them again.")


@app.command("redrive")
@with_choice
def redrive_undelivered(
    choice: Choice,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be sent again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send what Alexa has not been told once more. Can be interrupted, and repeated: nothing is lost by that."""
    target, redriven = target_of(choice), Redriven()
    try:
        with explained(words=choice.world_words), progress() as step:
            step("Looking into the dead-letter queue")
            if dry_run:
                redriven = Redriven.of(undelivered(target))
            else:
                redrive(target, redriven, step)
    except CommandError as error:
        raise CommandError(f"{error} {_so_far(redriven)}") from error
    except KeyboardInterrupt:
        warn(f"Interrupted. {_so_far(redriven)}")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        say_json({"dry_run": dry_run, "sent": redriven.sent, "left": [one.as_row() for one in redriven.left]})
    else:
        _say_redriven(redriven, choice.words, dry_run=dry_run)


app.command()(with_choice(credentials))


def _so_far(redriven: Redriven) -> str:
    return f"{_counted(redriven.sent)} sent again; the rest is in the dead-letter queue still. Run the command again."


def _say_redriven(redriven: Redriven, words: str, *, dry_run: bool) -> None:
    if not redriven.sent and not redriven.left:
        say("Nothing is undelivered.")
        return
    say(f"{_counted(redriven.sent)} {'would be sent' if dry_run else 'sent'} again.")
    for one in redriven.left:
        say(f"Left in the queue, message {one.message_id}: {one.reason}.")
    if redriven.sent and not dry_run:
        say(f"`camera-skill events tail{words} --since 1m` shows what becomes of that.")


def _counted(sent: Mapping[str, int]) -> str:
    said = [f"{sent[kind]:,} {SAID[kind][sent[kind] > 1]}" for kind in SAID if sent.get(kind)]
    return ", ".join(said) or "Nothing"


def _rows(target: Target, messages: Sequence[Undelivered]) -> list[dict[str, str]]:
    name_of = named(target)
    return [
        {
            "when": datetime.fromtimestamp(one.sent_at).astimezone().strftime("%m-%d %H:%M"),
            "what": _what(one, name_of),
            "reason": one.reason,
        }
        for one in messages
    ]


def _what(message: Undelivered, name_of: "Callable[[str], str]") -> str:
    cameras = message.what.get("endpoint_ids") or []
    which = f" of {cameras[0]}" if len(cameras) == 1 else f" of {len(cameras)} cameras" if cameras else ""
    who = f" to {name_of(str(message.what['user_id']))}" if message.what.get("user_id") else ""
    return f"{message.what.get('name') or 'something else'}{which}{who}"
