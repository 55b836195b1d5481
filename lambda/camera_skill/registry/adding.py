"""How a camera is added: what the stack creates for it, and the one transaction that makes it a user's."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from camera_skill.camera import Camera, CameraLink
from camera_skill.channel import ChannelFacts, Channels, Things
from camera_skill.interfaces.endpoint import defect_of
from camera_skill.registration import Beginning, Beginnings, Claim, Registrations, RequestRecord
from camera_skill.registration_errors import AwsFailedError
from camera_skill.registry.features import with_features
from camera_skill.registry.identity import new_endpoint_id
from camera_skill.registry.names import check_has_room, check_name_is_free, checked_friendly_name, short
from camera_skill.registry.refusals import Code, RefusedError, RepeatedError
from camera_skill.registry.stack import Stack
from camera_skill.registry.takeover import Takeover, claims_of, taken

Record = Callable[[Camera], RequestRecord | None]
"""What is to be remembered of the request, once the camera is known."""


@dataclass(frozen=True)
class Wanted:
    """A camera that a user is to get. `channel_arn` and `thing_name`: what it takes over; empty for new ones."""

    user_id: str
    friendly_name: str
    channel_arn: str = ""
    thing_name: str = ""
    external_id: str = ""
    features: Mapping[str, object] = field(default_factory=dict)

    @property
    def claims(self) -> list[Claim]:
        """What must not be another camera's."""
        return claims_of(self.channel_arn, self.thing_name, self.external_id)

    @property
    def natural_key(self) -> str:
        """What the camera is to the caller: the same whenever the caller asks for the same camera."""
        return "\n".join(claim.value for claim in self.claims) or self.friendly_name.casefold()


@dataclass(frozen=True)
class Added:
    """A camera that was added; `is_new` is False if another request added the same one at the same time."""

    camera: Camera
    is_new: bool


def checked(wanted: Wanted) -> Wanted:
    """The same with its name as Alexa takes it. Raises: RefusedError if Alexa would not take it."""
    wanted = replace(wanted, friendly_name=checked_friendly_name(wanted.friendly_name))
    check_alexa_takes([_link(wanted, new_endpoint_id())], new_camera(wanted, new_endpoint_id()))
    return wanted


def check_alexa_takes(links: Collection[CameraLink], camera: Camera, before: Camera | None = None) -> None:
    """Checks that Alexa would show the camera under each of these names, but for those that it refuses as it was.

    Raises:
        RefusedError: says which rule it breaks.
    """
    for link in links:
        defect = defect_of(link, camera)
        if defect and not (before and defect_of(link, before)):
            raise RefusedError(Code.ALEXA_REFUSES, f"Alexa would refuse “{short(link.friendly_name)}”: {defect}.")


class Adding:
    """Adds cameras. An addition that was cut off goes on when it is asked for again, with the same endpoint id."""

    def __init__(
        self, stack: Stack, registrations: Registrations, beginnings: Beginnings, channels: Channels, things: Things
    ) -> None:
        """`stack` says how to name what is created."""
        self._stack = stack
        self._registrations = registrations
        self._beginnings = beginnings
        self._channels = channels
        self._things = things
        self._takeover = Takeover(stack, channels, things)

    def check(self, wanted: Wanted, links: Collection[CameraLink], holders: Mapping[Claim, str]) -> None:
        """Checks a camera for a user with these links, as far as the registry tells. `holders`: of its claims.

        Raises:
            RefusedError: says why the user cannot have it.
        """
        self._takeover.check_names(wanted.channel_arn, wanted.thing_name)
        if wanted.channel_arn and wanted.features.get("message_ttl"):
            raise RefusedError(
                Code.CHANNEL_NOT_OURS,
                "The stack does not change a signaling channel that it did not create. Leave message_ttl out, and set "
                "it with KVS's UpdateSignalingChannel.",
            )
        check_name_is_free(links, _link(wanted, ""))
        check_has_room(links)
        held = {claim.kind: claim.value for claim in wanted.claims if claim in holders}
        if held:
            kind = next(iter(held))
            raise taken([kind], held, holders[Claim(kind, held[kind])])

    def channel_to_take_over(self, wanted: Wanted) -> ChannelFacts | None:
        """The channel that the camera takes over, as it is; None for a new one. Checks its thing, too.

        Raises:
            RefusedError: it cannot be used.
        """
        if wanted.thing_name:
            self._takeover.check_thing(wanted.thing_name)
        return self._takeover.channel(wanted.channel_arn) if wanted.channel_arn else None

    def add(self, wanted: Wanted, record: Record = lambda _: None) -> Added:
        """Adds a camera that was checked.

        Raises:
            RepeatedError: another attempt of the same request was faster.
            RefusedError, AwsBusyError, AwsFailedError. Asked for again, it goes on.
        """
        key = wanted.natural_key
        begun = self._beginnings.begin(wanted.user_id, key, new_endpoint_id())
        if begun.is_given_up:  # by a request that was cut off, or by one that is at it
            self.abandon(wanted.user_id, begun)
            begun = self._beginnings.begin(wanted.user_id, key, new_endpoint_id())
        try:
            camera = self._with_resources(wanted, begun.endpoint_id)
        except AwsFailedError:
            if self._beginnings.is_on(wanted.user_id, begun):
                raise
            raise _overtaken(wanted) from None  # another request added the camera, or gave it up, and deleted this
        in_the_way = self._registrations.add(camera, _link(wanted, begun.endpoint_id), key, record(camera))
        if in_the_way and "camera" not in in_the_way:  # else another request added it, with this endpoint id
            self.abandon(wanted.user_id, begun)
        if "request" in in_the_way:
            raise RepeatedError("another attempt of this request was faster")
        if not in_the_way or "camera" in in_the_way:
            return Added(camera, is_new=not in_the_way)
        raise self._refusal(wanted, in_the_way)

    def abandon(self, user_id: str, begun: Beginning) -> None:
        """Gives up a camera that was begun and not added, and deletes what the stack created for it.

        Nothing else has its random name. Asked for again, it goes on.

        Raises:
            AwsBusyError, AwsFailedError.
        """
        if not self._beginnings.give_up(user_id, begun):
            return
        name = self._stack.name_of(begun.endpoint_id)
        if arn := self._channels.find(name):
            self._channels.delete(arn)
        thing = self._things.facts(name)
        if thing and thing.is_own:
            self._things.end(name)
        self._beginnings.forget(user_id, begun)

    def _with_resources(self, wanted: Wanted, endpoint_id: str) -> Camera:
        name = self._stack.name_of(endpoint_id)
        camera = new_camera(wanted, endpoint_id, self._stack.region)
        arn = wanted.channel_arn or self._channels.create(name, camera.message_ttl_seconds)
        if not wanted.thing_name:
            self._things.create(name)
        return replace(
            camera,
            channel_arn=arn,
            region=arn.split(":")[3],
            signaling_endpoint=self._channels.signaling_endpoint(arn),
            thing_name=wanted.thing_name or name,
            added_at=round(time.time(), 3),
        )

    def _refusal(self, wanted: Wanted, in_the_way: Collection[str]) -> RefusedError:
        if kinds := [claim.kind for claim in wanted.claims if claim.kind in in_the_way]:
            return taken(kinds, {claim.kind: claim.value for claim in wanted.claims})
        if "name" in in_the_way:
            check_name_is_free(self._registrations.links(wanted.user_id), _link(wanted, ""))
        return _overtaken(wanted)


def _overtaken(wanted: Wanted) -> RefusedError:
    return RefusedError(
        Code.CONFLICT,
        f"Another request changed this user's cameras at the same time. “{wanted.friendly_name}” was not added.",
    )


def _link(wanted: Wanted, endpoint_id: str) -> CameraLink:
    return CameraLink(wanted.user_id, endpoint_id, wanted.friendly_name)


def new_camera(wanted: Wanted, endpoint_id: str, region: str = "") -> Camera:
    """The camera before anything of it is created. Raises: RefusedError if it cannot have one of the features."""
    camera = Camera(
        endpoint_id,
        wanted.channel_arn,
        region,
        "",
        thing_name=wanted.thing_name,
        external_id=wanted.external_id,
    )
    return with_features(camera, wanted.features)
