"""What an event makes of what is known of its camera. Pure, and right whatever order events come in, and how often."""

from dataclasses import dataclass, replace
from typing import TypeVar

from camera_skill.camera import Camera, HealthSource
from camera_skill.camera_event import CameraEvent, Detection, Motion, ObjectClass, Presence, Press, Status
from camera_skill.events.record import EventOutcome
from camera_skill.state import LEEWAY_SECONDS, Connection, KnownState, Sample, Transition

T = TypeVar("T")

ANNOUNCED_SECONDS = 30.0
"""An event that reached the broker longer ago is not announced: whoever rang is gone."""
MOTION_SECONDS = 300.0
"""Motion of which nothing was heard for longer has ended, even if its end was not told."""
RENUMBERED_SECONDS = 1_800.0
"""Connections that began further apart than this may be numbered anew: it takes an hour without any."""
MOST_ENDED = 16
"""Connections of which the end is remembered, should their beginning be told after it."""


@dataclass(frozen=True)
class Verdict:
    """What follows from an event, and why, if Alexa is not told."""

    outcome: EventOutcome
    reason: str = ""


REPORTED = Verdict(EventOutcome.REPORTED)


def is_anothers(event: CameraEvent, camera: Camera) -> bool:
    """Whether it may be of another customer's camera, that had this thing before it was taken over for this one."""
    return not camera.has_own_thing and event.at < camera.added_at


def after(known: KnownState, event: CameraEvent, camera: Camera, now: float) -> tuple[KnownState, Verdict]:
    """What is known after the event, and what follows from it. `now`: in seconds since 1970."""
    match event.happening:
        case Press():
            news = _refused(camera.is_doorbell, "doorbell", "a doorbell", camera)
            news = news or _in_time(event, camera, now, known.last_press)
            return replace(known, last_press=_latest(known.last_press, event, news)), news
        case Motion():
            return _after_motion(known, event, camera, now, is_detected=event.happening.is_detected)
        case Detection(object_class):
            detects, feature = {
                ObjectClass.PERSON: (camera.detects_persons, "person-detection"),
                ObjectClass.PACKAGE: (camera.detects_packages, "package-detection"),
            }[object_class]
            what = f"a camera that detects {object_class}s"
            return known, _refused(detects, feature, what, camera) or _in_time(event, camera, now)
        case Status():
            return _after_word(_with_status(known, event.happening, event.at), event, camera)
        case Presence():
            presence = _after_presence(known.presence, event.happening, event.at)
            return _after_word(replace(known, presence=presence), event, camera)


def _refused(is_registered: bool, feature: str, what: str, camera: Camera) -> Verdict | None:  # noqa: FBT001 - a feature of a camera
    if is_registered:
        return None
    told = f"camera {camera.endpoint_id} is not registered as {what}, and Alexa would not take it from another"
    return Verdict(EventOutcome.REFUSED, f"{told}: if it is one, `camera-skill cameras set NAME --{feature}`")


def _in_time(event: CameraEvent, camera: Camera, now: float, last: Transition[bool] | None = None) -> Verdict:
    """Whether it may be announced. `last`: the last of its kind, which it is itself if this was begun before."""
    age = now - event.at
    if event.at < camera.added_at - LEEWAY_SECONDS:  # and is nobody's affair who has it now
        return Verdict(EventOutcome.TOO_LATE, "the camera was added after it")
    is_begun = last is not None and last.event == event.name  # in time, and cut off before all were told
    if event.redriven or is_begun or age <= ANNOUNCED_SECONDS:
        return REPORTED
    return Verdict(EventOutcome.TOO_LATE, f"it reached the broker {age:.0f} s ago")


def _latest(before: Transition[bool] | None, event: CameraEvent, news: Verdict) -> Transition[bool]:
    if before is not None and before.at >= event.at:
        return before
    return _change(event, news, value=True)


def _change(event: CameraEvent, news: Verdict, *, value: bool) -> Transition[bool]:
    """What changed by an event; by none where it came too late, so that nobody goes on to report it."""
    name = "" if news.outcome is EventOutcome.TOO_LATE else event.name
    return Transition(value, event.at, name, event.at)


def _after_motion(
    known: KnownState, event: CameraEvent, camera: Camera, now: float, *, is_detected: bool
) -> tuple[KnownState, Verdict]:
    before = known.motion
    if before is None or before.at < camera.added_at:  # perhaps in somebody else's house
        before = Transition(value=False, at=0.0, event="", seen_at=0.0)
    news = _refused(camera.detects_motion, "motion", "a camera that detects motion", camera)
    # Of its end Alexa is told however late: it would show motion for ever.
    news = news or (_in_time(event, camera, now, before) if is_detected else REPORTED)
    if before.event == event.name:  # this was begun before, and perhaps not ended
        return known, news
    if event.at < before.seen_at:
        return known, Verdict(EventOutcome.UNCHANGED, "something newer is known of its motion")
    # Where its beginning came too late, the next word of it may come in time.
    is_known = not is_detected or (before.event and event.at - before.seen_at <= MOTION_SECONDS)
    if is_detected == before.value and is_known:
        known = replace(known, motion=replace(before, seen_at=event.at))
        return known, Verdict(EventOutcome.UNCHANGED, "it lasts" if is_detected else "nothing moved before")
    return replace(known, motion=_change(event, news, value=is_detected)), news


def _after_presence(before: Connection, presence: Presence, at: float) -> Connection:
    """The connection that began last counts, and whether its end was ever told."""
    if presence.is_connected:
        if not _is_later(presence, at, before):
            return before
        return replace(before, session=presence.session, at=at, number=presence.number)
    if presence.session in before.ended:
        return before
    others = [each for each in before.ended if each != before.session][1 - MOST_ENDED :]
    own = [before.session] if before.session in before.ended else []
    return replace(before, ended=(*own, *others, presence.session))


def _is_later(presence: Presence, at: float, before: Connection) -> bool:
    """By their numbers, while those count on; once they may have begun anew by their times, which are approximate.

    Source: docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
    """
    if abs(at - before.at) >= RENUMBERED_SECONDS:
        return at > before.at
    return (presence.number, at, presence.session) > (before.number, before.at, before.session)


def _with_status(known: KnownState, status: Status, at: float) -> KnownState:
    return replace(
        known,
        charge=_newer(known.charge, status.charge, at),
        low_power=_newer(known.low_power, status.is_low_on_power, at),
        sleep=_newer(known.sleep, status.sleep, at),
        privacy=_newer(known.privacy, status.is_private, at),
        firmware=_newer(known.firmware, status.firmware, at),
    )


def _newer(before: Sample[T] | None, value: T | None, at: float) -> Sample[T] | None:
    return before if value is None or (before is not None and before.at >= at) else Sample(value, at)


def _after_word(known: KnownState, event: CameraEvent, camera: Camera) -> tuple[KnownState, Verdict]:
    """Whether the camera counts as there, after word of its connection or of its sleep."""
    said, before = known.presence, known.connectivity
    if said == Connection():  # of its connection nothing was ever told
        return known, Verdict(EventOutcome.RECORDED)
    is_there = said.is_there or known.sleeps  # what sleeps, as it said, has not gone
    if before is None or before.at < camera.added_at or before.value != is_there:
        known = replace(known, connectivity=Transition(is_there, event.at, event.name, event.at))
    elif before.event != event.name:
        if isinstance(event.happening, Status):
            return known, Verdict(EventOutcome.RECORDED)
        return known, Verdict(EventOutcome.UNCHANGED, _unchanged(known, event))
    if camera.health is not HealthSource.MQTT:
        return known, Verdict(EventOutcome.RECORDED, "the health of this camera is told by its sessions")
    return known, REPORTED


def _unchanged(known: KnownState, event: CameraEvent) -> str:
    if not known.presence.is_there:
        return "it sleeps, as it said, and has not gone" if known.sleeps else "Alexa knows that it is gone"
    has_ended = isinstance(event.happening, Presence) and not event.happening.is_connected
    return "it has connected again since" if has_ended else "Alexa knows that it is there"
