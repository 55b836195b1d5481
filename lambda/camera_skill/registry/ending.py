"""How a camera goes: from one of its users, or for good when nobody has it any more.

The links go first, in the transaction that keeps everyone else from getting the camera. Then goes what the stack
created for it, then what is kept of it. A removal that was cut off goes on when it is asked for again.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from camera_skill.camera import CameraLink, channel_name
from camera_skill.channel import Channels, Things
from camera_skill.registration import Activity, ClaimKind, End, Registered, Registrations, RequestRecord
from camera_skill.registration_errors import AwsDeniedError
from camera_skill.registry.changing import ATTEMPTS
from camera_skill.registry.refusals import Code, RefusedError, RepeatedError, no_such_camera
from camera_skill.registry.stack import Stack

Record = Callable[[Collection[CameraLink]], RequestRecord | None]
"""What is to be remembered of a request, told which links it takes."""


class Fate(StrEnum):
    """What becomes of a channel or a thing."""

    DELETED = "DELETED"
    KEPT = "KEPT"
    """The caller wanted it kept. It bears the stack's mark no more."""
    LEFT = "LEFT"
    """The stack did not create it."""
    GONE = "GONE"
    """It was not there any more."""


@dataclass(frozen=True)
class Ended:
    """What became of a camera. `links`: those that went; `others`: how many users still have it.

    The rest is of a camera that is gone: `certificates` were deactivated, `sessions` erased.
    """

    endpoint_id: str
    links: tuple[CameraLink, ...]
    others: int
    channel_arn: str = ""
    channel: Fate | None = None
    thing_name: str = ""
    thing: Fate | None = None
    certificates: int = 0
    sessions: int = 0

    @property
    def is_gone(self) -> bool:
        """Whether nobody has it any more."""
        return not self.others


class Ending:
    """Takes cameras from users, and removes those that nobody has any more."""

    def __init__(
        self, stack: Stack, registrations: Registrations, activity: Activity, channels: Channels, things: Things
    ) -> None:
        """`channels` and `things`: what the stack created goes; what was taken over stays."""
        self._stack = stack
        self._registrations = registrations
        self._activity = activity
        self._channels = channels
        self._things = things

    def plan(self, endpoint_id: str, user_id: str | None, *, keeps_channel: bool) -> Ended:
        """What would become of the camera. `user_id`: None for all who have it.

        Raises:
            RefusedError: there is no such camera, or the user does not have it.
        """
        found = self._found(endpoint_id, user_id)
        going, others = _going(found, user_id)
        if others:
            return Ended(endpoint_id, going, others)
        keeps_channel = found.keeps_channel if found.is_ending else keeps_channel
        arn, thing = _resources(found)
        return Ended(
            endpoint_id,
            going,
            others,
            channel_arn=arn,
            channel=self._channel_fate(arn, keeps_channel=keeps_channel),
            thing_name=thing,
            thing=self._thing_fate(thing, keeps_channel=keeps_channel),
        )

    def take(
        self, endpoint_id: str, user_id: str | None, *, keeps_channel: bool, record: Record = lambda _: None
    ) -> Ended:
        """Takes the camera from a user, or from all; removes it if nobody has it then.

        A removal that was begun and cut off goes on, if it takes the camera from this user.

        Raises:
            RepeatedError, RefusedError, AwsBusyError, AwsFailedError.
        """
        for _ in range(ATTEMPTS):
            found = self._found(endpoint_id, user_id)
            going, others = _going(found, user_id)
            if found.is_ending:
                return self._go_on(found)
            end = End(keeps_channel) if not others else None
            in_the_way = self._registrations.unlink(found, going, end, record(going))
            if "request" in in_the_way:
                raise RepeatedError("another attempt of this request was faster")
            if not in_the_way:
                break
        else:
            raise _in_motion(endpoint_id)
        if others:
            sessions = sum(self._activity.erase_user_at(endpoint_id, link.user_id) for link in going)
            return Ended(endpoint_id, going, others, sessions=sessions)
        return self._remove(found, going, keeps_channel=keeps_channel)

    def finish(self, endpoint_id: str, taken: Collection[CameraLink]) -> Ended:
        """Goes on with a request that took these links, and was cut off.

        Raises:
            RefusedError, AwsBusyError, AwsFailedError.
        """
        found = self._registrations.registered(endpoint_id)
        if found is not None and found.is_ending:
            return self._go_on(found)
        sessions = sum(self._activity.erase_user_at(endpoint_id, link.user_id) for link in taken)
        return Ended(endpoint_id, tuple(taken), len(found.owners) if found else 0, sessions=sessions)

    def _go_on(self, found: Registered) -> Ended:
        """Removes a camera whose removal has begun, wherever that was cut off."""
        for _ in range(ATTEMPTS):
            if not found.owners or not self._registrations.unlink(found, found.owners, None, None):
                return self._remove(found, found.leaving, keeps_channel=found.keeps_channel)
            there = self._registrations.registered(found.endpoint_id)
            if there is None:  # another request was faster
                return Ended(found.endpoint_id, found.leaving, 0)
            found = there
        raise _in_motion(found.endpoint_id)

    def _remove(self, found: Registered, going: Collection[CameraLink], *, keeps_channel: bool) -> Ended:
        arn, thing = _resources(found)
        channel_fate = self._channel_fate(arn, keeps_channel=keeps_channel)
        thing_fate = self._thing_fate(thing, keeps_channel=keeps_channel)
        certificates = 0
        if thing_fate is Fate.DELETED:
            certificates = self._things.end(thing)
        elif thing_fate is Fate.KEPT:
            self._things.release(thing)
        if channel_fate is Fate.DELETED:
            self._channels.delete(arn)
        elif channel_fate is Fate.KEPT:
            self._channels.release(arn)
        sessions = self._activity.erase_camera(found.endpoint_id)
        self._registrations.forget(found)
        return Ended(
            found.endpoint_id,
            tuple(going),
            0,
            channel_arn=arn,
            channel=channel_fate,
            thing_name=thing,
            thing=thing_fate,
            certificates=certificates,
            sessions=sessions,
        )

    def _channel_fate(self, arn: str, *, keeps_channel: bool) -> Fate | None:
        if not arn:
            return None
        try:
            facts = self._channels.facts(arn)
        except AwsDeniedError:  # the pattern that named it is no parameter any more: it is not this stack's
            if self._stack.names(channel_name(arn)):
                raise
            return Fate.LEFT
        if facts is None:
            return Fate.GONE
        return _fate(is_own=facts.is_own, keeps=keeps_channel)

    def _thing_fate(self, name: str, *, keeps_channel: bool) -> Fate | None:
        if not name:
            return None
        try:
            facts = self._things.facts(name)
        except AwsDeniedError:
            if self._stack.names(name):
                raise
            return Fate.LEFT
        if facts is None:
            return Fate.GONE
        return _fate(is_own=facts.is_own, keeps=keeps_channel)

    def _found(self, endpoint_id: str, user_id: str | None) -> Registered:
        """The camera, and the user's link to it, though one of the two is damaged. Raises: RefusedError."""
        found = self._registrations.registered(endpoint_id)
        if user_id is not None and (found is None or not found.link_of(user_id)):
            links = (link for link in self._registrations.links(user_id) if link.endpoint_id == endpoint_id)
            if link := next(links, None):
                found = found or Registered(endpoint_id, None, "", ())
                return replace(found, owners=(*found.owners, link))
        if found is None:
            raise no_such_camera(endpoint_id)
        return found


def _going(found: Registered, user_id: str | None) -> tuple[tuple[CameraLink, ...], int]:
    """The links that go, and how many stay. Raises: RefusedError."""
    if found.is_ending and (user_id is None or found.takes_from(user_id)):
        return found.leaving, 0
    if user_id is None:
        return found.owners, 0
    link = found.link_of(user_id)
    if link is None:
        raise RefusedError(
            Code.NOT_OWNER, f"The user {user_id} does not have the camera {found.endpoint_id}.", found.endpoint_id
        )
    return (link,), len(found.owners) - 1


def _in_motion(endpoint_id: str) -> RefusedError:
    return RefusedError(Code.CONFLICT, f"Others change the owners of the camera {endpoint_id}.", endpoint_id)


def _resources(found: Registered) -> tuple[str, str]:
    """The channel's ARN and the thing's name, as far as the camera's record can be read."""
    claimed = {claim.kind: claim.value for claim in found.claims}
    thing = found.camera.thing if found.camera else claimed.get(ClaimKind.THING, "")
    return claimed.get(ClaimKind.CHANNEL, ""), thing


def _fate(*, is_own: bool, keeps: bool) -> Fate:
    if not is_own:
        return Fate.LEFT
    return Fate.KEPT if keeps else Fate.DELETED
