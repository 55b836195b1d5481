"""`camera-skill ring`, `motion` and `detect`: let something happen before a camera, and see what Alexa makes of it."""

from typing import Annotated

import typer

from camera_skill.camera_event import ObjectClass
from cli.arguments import AnyNameArgument, UserOption
from cli.errors import explained
from cli.events import told
from cli.events.following import follow_locally, follow_log, last_number
from cli.events.publishing import MOTION, PACKAGE, PERSON, RING, STILLNESS, Kind, source_of, wait_until_alexa_knows
from cli.options import Choice, JsonOption
from cli.output import progress, say_json
from cli.target import target_of

DEFAULT_SECONDS = 45.0
"""Longer than four attempts at a gateway that does not answer, and than a function that starts."""
TimeoutOption = Annotated[float, typer.Option("--timeout", min=1, help="Seconds to wait for what Alexa does.")]


def ring(
    choice: Choice,
    name: AnyNameArgument,
    *,
    user: UserOption = None,
    timeout: TimeoutOption = DEFAULT_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Press a camera's doorbell, and see what Alexa makes of it."""
    _happen(choice, name, user, RING, timeout, as_json=as_json)


def motion(
    choice: Choice,
    name: AnyNameArgument,
    *,
    over: Annotated[bool, typer.Option("--over", help="The motion is over.")] = False,
    user: UserOption = None,
    timeout: TimeoutOption = DEFAULT_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Let a camera see motion, and see what Alexa makes of it."""
    _happen(choice, name, user, STILLNESS if over else MOTION, timeout, as_json=as_json)


def detect(
    choice: Choice,
    name: AnyNameArgument,
    seen: Annotated[ObjectClass, typer.Argument(metavar="[person|package]", help="What it sees.")] = ObjectClass.PERSON,
    *,
    user: UserOption = None,
    timeout: TimeoutOption = DEFAULT_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Let a camera see a person or a package, and see what Alexa makes of it."""
    _happen(choice, name, user, PERSON if seen is ObjectClass.PERSON else PACKAGE, timeout, as_json=as_json)


def _happen(choice: Choice, name: str, user: str | None, kind: Kind, timeout: float, *, as_json: bool) -> None:
    target = target_of(choice)
    with explained(name, choice.world_words), progress() as step:
        source = source_of(target, name, user, kind)
        wait_until_alexa_knows(source)
        since = last_number(target)
        step("Publishing the event, and waiting for what Alexa does")
        published = source.publish()
        follow = follow_log if target.world is None else follow_locally
        followed = follow(target, since, published, timeout, step)
    if as_json:
        say_json(told.as_dict(followed))
    else:
        told.say_followed(target, followed)
    told.check(target, followed, timeout)
