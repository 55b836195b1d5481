"""Changes of a camera and of who has it: features, names, further owners."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from camera_skill.camera import Camera, CameraLink
from camera_skill.channel import Channels
from camera_skill.registration import Registered, Registrations, RequestRecord
from camera_skill.registry.adding import check_alexa_takes
from camera_skill.registry.features import with_features
from camera_skill.registry.names import check_has_room, check_name_is_free, checked_friendly_name
from camera_skill.registry.refusals import Code, RefusedError, RepeatedError, no_such_camera

OfChange = Callable[[Camera, Camera], RequestRecord | None]
OfRenaming = Callable[[CameraLink, CameraLink], RequestRecord | None]
OfSharing = Callable[[CameraLink], RequestRecord | None]
"""What is to be remembered of a request, told what it makes of what there was."""
ATTEMPTS = 4
"""Of a change while others change the same camera."""


class Changing:
    """Changes cameras. Each change is one transaction, and written only if what it was decided by is still so."""

    def __init__(self, registrations: Registrations, channels: Channels) -> None:
        """`channels` for the message TTL of channels that the stack created."""
        self._registrations = registrations
        self._channels = channels

    def found(self, endpoint_id: str) -> Registered:
        """The camera of that id, if it goes on.

        Raises:
            RefusedError: there is none.
        """
        found = self._registrations.registered(endpoint_id)
        if found is None or found.is_ending:
            raise no_such_camera(endpoint_id)
        return found

    def readable(self, endpoint_id: str) -> tuple[Registered, Camera]:
        """The same, if its record can be read.

        Raises:
            RefusedError: there is none, or its record is damaged.
        """
        found = self.found(endpoint_id)
        if found.camera is None:
            why = found.damage or "it has owners, and is not registered"
            raise RefusedError(
                Code.CAMERA_DAMAGED,
                f"The camera {endpoint_id} cannot be used: {why}. Remove it, and add it again.",
                endpoint_id,
            )
        return found, found.camera

    def change(self, endpoint_id: str, features: Mapping[str, object], record: OfChange) -> tuple[Camera, Camera]:
        """Changes features for all who have the camera; as it was, and as it is.

        Raises:
            RefusedError, RepeatedError.
        """
        found, before = self.readable(endpoint_id)
        after = with_features(before, features)
        check_alexa_takes(found.owners, after, before)
        self._set_ttl(before, after, asked="message_ttl" in features)
        if after != before:
            in_the_way = self._registrations.change(before, after, record(before, after))
            self._check(in_the_way, endpoint_id)
        return before, after

    def rename(self, endpoint_id: str, user_id: str, name: str, record: OfRenaming) -> tuple[CameraLink, CameraLink]:
        """Lets a user call the camera otherwise; the link as it was, and as it is.

        Raises:
            RefusedError, RepeatedError.
        """
        name = checked_friendly_name(name)
        in_the_way: Collection[str] = ()
        for _ in range(ATTEMPTS):
            found, camera = self.readable(endpoint_id)
            before = self.owned(found, user_id)
            after = replace(before, friendly_name=name)
            check_name_is_free(self._registrations.links(user_id), after)
            check_alexa_takes([after], camera)
            if after == before:
                return before, after
            in_the_way = self._registrations.rename(found, after, record(before, after))
            if not in_the_way or "request" in in_the_way:
                break
        self._check(in_the_way, endpoint_id)
        return before, after

    def share(self, link: CameraLink, record: OfSharing = lambda _: None) -> CameraLink:
        """Gives one more user a camera; the link as it is.

        Raises:
            RefusedError, RepeatedError.
        """
        link = replace(link, friendly_name=checked_friendly_name(link.friendly_name))
        in_the_way: Collection[str] = ()
        for _ in range(ATTEMPTS):
            found, camera = self.readable(link.endpoint_id)
            self._check_can_be_shared(found, camera, link)
            in_the_way = self._registrations.link(found, link, record(link))
            if not in_the_way or "request" in in_the_way:
                break
        self._check(in_the_way, link.endpoint_id)
        return link

    @staticmethod
    def owned(found: Registered, user_id: str) -> CameraLink:
        """The user's link. Raises: RefusedError."""
        link = found.link_of(user_id)
        if link is None:
            raise RefusedError(
                Code.NOT_OWNER, f"The user {user_id} does not have the camera {found.endpoint_id}.", found.endpoint_id
            )
        return link

    def _check_can_be_shared(self, found: Registered, camera: Camera, link: CameraLink) -> None:
        if not found.owners:  # its removal was cut off by an earlier version
            raise RefusedError(
                Code.NO_SUCH_CAMERA,
                f"The camera {found.endpoint_id} belongs to nobody any more. Remove it, and add it again.",
                found.endpoint_id,
            )
        if there := found.link_of(link.user_id):
            raise RefusedError(
                Code.ALREADY_OWNER,
                f"The camera {found.endpoint_id} is this user's “{there.friendly_name}” already. Rename it to give it "
                "another name.",
                found.endpoint_id,
            )
        links = self._registrations.links(link.user_id)
        check_name_is_free(links, link)
        check_has_room(links)
        check_alexa_takes([link], camera)

    def _set_ttl(self, before: Camera, after: Camera, *, asked: bool) -> None:
        """The channel's message TTL goes with the camera, where the stack created the channel."""
        if before.message_ttl_seconds == after.message_ttl_seconds and not asked:
            return
        facts = self._channels.facts(after.channel_arn)
        if facts is not None and facts.is_own:
            self._channels.set_ttl(after.channel_arn, after.message_ttl_seconds)
        elif asked:
            is_now = f", and its message TTL is {facts.message_ttl} s" if facts else ""
            raise RefusedError(
                Code.CHANNEL_NOT_OURS,
                f"The stack did not create the signaling channel {after.channel_name}{is_now}. Change it with KVS's "
                "UpdateSignalingChannel.",
                after.endpoint_id,
            )

    def _check(self, in_the_way: Collection[str], endpoint_id: str) -> None:
        if "request" in in_the_way:
            raise RepeatedError("another attempt of this request was faster")
        if in_the_way:
            raise RefusedError(
                Code.CONFLICT, f"Another request changed the camera {endpoint_id} at the same time.", endpoint_id
            )
