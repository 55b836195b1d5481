"""What became of an event, for people and for machines, and what to do where Alexa was not told."""

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from camera_skill.report import Outcome
from cli.errors import CommandError
from cli.events.following import Followed
from cli.events.publishing import MOTION
from cli.events.sentences import named, reason_of
from cli.output import say

if TYPE_CHECKING:
    from cli.target import Target

UNCHANGED, REPORTED = "UNCHANGED", "REPORTED"


def as_dict(followed: Followed) -> dict[str, Any]:
    """For machines. Times in milliseconds since the event was published."""
    published = followed.published
    return {
        "endpoint_id": published.endpoint_id,
        "friendly_name": published.friendly_name,
        "event_id": published.event_id,
        "topic": published.topic,
        "event_outcome": followed.event.get("event_outcome") if followed.event else None,
        "alexa": [
            {**one, "after_ms": _after(followed, one), "view": _view(followed, user) or one.get("view")}
            for user, one in followed.taken.items()
        ],
        "refused": [{**one, "after_ms": _after(followed, one)} for one in followed.refused],
        "reports": list(followed.reports.values()),
    }


def say_followed(target: "Target", followed: Followed) -> None:
    """For people: a line for each thing that happened, with the milliseconds since the event."""
    published = followed.published
    say(f"“{published.friendly_name}” {published.kind.said}.")
    for milliseconds, text in sorted(_happenings(target, followed), key=lambda one: one[0]):
        say(f"{milliseconds:7,.0f} ms  {text}")
    if followed.event and followed.event.get("event_outcome") == UNCHANGED:
        say(f"Alexa is not told of it again: {reason_of(followed.event)}.")
        if published.kind is MOTION:
            name = shlex.quote(published.friendly_name)
            say(f"`camera-skill motion {name} --over{target.choice.words}` ends the motion.")
    elif followed.event and followed.event.get("event_outcome") == REPORTED and not followed.reports:
        say("Nobody is told: the owners' Alexa asked for other objects.")


def check(target: "Target", followed: Followed, seconds: float) -> None:
    """Whether all went as it should.

    Raises:
        CommandError: somebody's Alexa was not told; says why, or where to look.
    """
    event, words = followed.event, target.choice.words
    if event and event.get("event_outcome") not in {REPORTED, UNCHANGED}:
        outcome, reason = event.get("event_outcome"), reason_of(event)
        name = followed.published.friendly_name
        raise CommandError(f"“{name}”: Alexa was not told ({outcome}): {reason or 'the log does not say why'}.")
    for owner in followed.published.owners:
        line = followed.reports.get(owner["user_id"], {})
        if line.get("outcome") in {Outcome.UNDELIVERED, Outcome.NOT_GRANTED}:
            raise CommandError(
                f"“{followed.published.friendly_name}”: {named(target)(owner['user_id'])} was not told "
                f"({line['outcome']}): {reason_of(line) or 'there is no grant'}. {_what_next(target, line)}"
            )
    if followed.is_told or (event and event.get("event_outcome") == UNCHANGED):
        return
    if any(line.get("outcome") == Outcome.RETRIED for line in followed.reports.values()):
        raise CommandError(
            f"It is still being tried after {seconds:g} s: `camera-skill events tail{words}` shows what becomes of it."
        )
    came = "The function got it, but Alexa did not" if event else "Nothing came of it"
    world = f", `camera-skill world fault --list{words}`" if target.world else ""
    raise CommandError(
        f"{came} within {seconds:g} s. Where to look: `camera-skill events tail{words}`, "
        f"`camera-skill events undelivered{words}`{world}."
    )


def _happenings(target: "Target", followed: Followed) -> Iterator[tuple[float, str]]:
    """Each with the milliseconds after which it was."""
    name_of, several = named(target), len(followed.published.owners) > 1
    for one in followed.refused:
        answer = f"{one.get('status') or 'nothing'} {one.get('code', '')}".strip()
        whose = f" for {name_of(str(one['user_id']))}" if several else ""
        yield _after(followed, one), f"Alexa's gateway answered {answer}{whose}"
    for user_id, one in followed.taken.items():
        yield _after(followed, one), f"Alexa got {one.get('name')} for {name_of(user_id)}"
        for sentence in one.get("echo", ()):
            yield _after(followed, one), f"  {sentence}"
        if view := followed.views.get(user_id):
            yield _after(followed, view), f"  the Echo Show {_seen(view['view'])}"
        elif one.get("view"):
            yield _after(followed, one), f"  {one['view'].get('said')}"
    for user_id, line in followed.reports.items():
        if user_id not in followed.taken:
            why = f": {reason_of(line)}" if reason_of(line) else ""
            yield _age(line), f"{line.get('report')} for {name_of(user_id)}: {line.get('outcome')}{why}"


def _seen(view: Mapping[str, Any]) -> str:
    frames = f", {view['frames']} frames" if view.get("frames") else ""
    return f"{view.get('said')}{frames}"


def _view(followed: Followed, user_id: str) -> Any:  # noqa: ANN401  # as the control API has it
    return followed.views.get(user_id, {}).get("view")


def _after(followed: Followed, record: Mapping[str, Any]) -> float:
    return round((float(record["at"]) - followed.published.at) * 1000, 1)


def _age(line: Mapping[str, Any]) -> float:
    age = line.get("age_ms")
    return float(age) if isinstance(age, int | float) else 0.0


def _what_next(target: "Target", line: Mapping[str, Any]) -> str:
    words = target.choice.words
    if line.get("outcome") == Outcome.UNDELIVERED:
        return f"Once the reason is gone, `camera-skill events redrive{words}` sends it again."
    if target.world:
        return f"`camera-skill login{words}` links the account again."
    return "The customer must disable the skill in the Alexa app and enable it again."
