"""How a user gets a camera: as its first owner, who adds it, or as one with whom it is shared."""

import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from camera_skill.camera import Camera, CameraLink, HealthSource
from camera_skill.errors import CameraNotFoundError, RegistryError
from cli.cameras import channels
from cli.cameras.features import with_features
from cli.cameras.finding import RegisteredCamera, publish
from cli.cameras.registrations import registrations_of
from cli.errors import CommandError, explained
from cli.names import checked_endpoint_id, endpoint_id_of, short, spaced
from cli.users.customers import email_of

if TYPE_CHECKING:
    from cli.target import Target


@dataclass(frozen=True)
class Added:
    """A camera that was added. `before`: what was registered of it, without an owner; its features were kept."""

    camera: RegisteredCamera
    channel_is_new: bool
    before: Camera | None


def add_camera(
    target: "Target",
    user_id: str,
    name: str,
    endpoint_id: str | None,
    step: Callable[[str], None],
    features: Mapping[str, object] | None = None,
) -> Added:
    """Registers a camera that nobody has, with its signaling channel.

    Raises:
        CommandError: Alexa would refuse it, the name or the endpoint id is taken, or the channel is no camera's.
    """
    name = spaced(name)
    step(f"Looking “{name}” up")
    link = _wanted_link(target, user_id, name, endpoint_id)
    there = _registered(target, link.endpoint_id)
    before = there if isinstance(there, Camera) else None
    camera = with_features(before or _new_camera(target, link.endpoint_id), features or {})
    check_alexa_takes([link], camera)
    step(f"Making the signaling channel {link.endpoint_id} ready")
    channel = channels.create_or_adopt(target.kinesis_video, link.endpoint_id)
    camera = channel.given_to(replace(camera, region=target.region))
    step(f"Registering “{name}”")
    with _channel_is_not_lost(channel), explained(name, target.choice.world_words):
        is_registered = _register(target, camera, link, there)
    if not is_registered:
        raise _somebody_was_faster(target, link)
    publish(target)
    return Added(RegisteredCamera(camera, name), channel.is_new, before)


def check_free(links: Collection[CameraLink], link: CameraLink) -> None:
    """Checks that a user with these links can have one more camera, of this name, and does not have this one yet.

    Raises:
        CommandError: says which of these it is.
    """
    from camera_skill.alexa.discovery import MOST_ENDPOINTS

    for other in links:
        if other.endpoint_id == link.endpoint_id:
            raise CommandError(
                f"Endpoint {link.endpoint_id} is this customer's “{other.friendly_name}” already: "
                f"`camera-skill cameras rename {link.endpoint_id} NEW_NAME --user EMAIL` gives it another name."
            )
    check_name_is_free(links, link)
    if len(links) >= MOST_ENDPOINTS:
        raise CommandError(f"This customer has {len(links)} cameras, and Alexa takes {MOST_ENDPOINTS}: remove one.")


def check_name_is_free(links: Iterable[CameraLink], link: CameraLink) -> None:
    """Checks that no other of a user's cameras has this name.

    Raises:
        CommandError: one has.
    """
    spoken = link.friendly_name.casefold()
    for other in links:
        if other.endpoint_id != link.endpoint_id and other.friendly_name.casefold() == spoken:
            raise CommandError(
                f"There is a camera “{other.friendly_name}” already, and Alexa could not tell the two apart: "
                "choose another name, or rename or remove that one."
            )


def check_alexa_takes(links: Iterable[CameraLink], camera: Camera, before: Camera | None = None) -> None:
    """Checks that Alexa would show the camera under each of these names, but for those that it refuses as it was.

    Raises:
        CommandError: says which rule it breaks.
    """
    from camera_skill.interfaces.endpoint import defect_of

    for link in links:
        defect = defect_of(link, camera)
        if defect and not (before and defect_of(link, before)):
            raise CommandError(f"Alexa would refuse “{short(link.friendly_name)}”: {defect}.")


def _new_camera(target: "Target", endpoint_id: str) -> Camera:
    """With what goes without saying; the simulated cameras of a local world are connected to AWS IoT."""
    camera = Camera(endpoint_id, "", target.region, "")
    return replace(camera, health=HealthSource.MQTT) if target.world else camera


def _wanted_link(target: "Target", user_id: str, name: str, endpoint_id: str | None) -> CameraLink:
    """Raises: CommandError if the user cannot have it, or another one has the camera."""
    prefix = target.output("ChannelNamePrefix")
    wanted = checked_endpoint_id(endpoint_id, prefix) if endpoint_id else endpoint_id_of(name, prefix)
    link = CameraLink(user_id, wanted, name)
    check_free(registrations_of(target).links(user_id), link)
    _check_without_owner(target, link, is_named=endpoint_id is not None)
    return link


def _check_without_owner(target: "Target", link: CameraLink, *, is_named: bool) -> None:
    """`is_named`: whether the endpoint id was given, and not made of the name."""
    if not registrations_of(target).owners(link.endpoint_id):
        return
    user, words = shlex.quote(email_of(target, link.user_id)), target.choice.words
    command = f"camera-skill cameras share {link.endpoint_id} --with {user} --as {shlex.quote(link.friendly_name)}"
    which = f"Endpoint {link.endpoint_id}" if is_named else f"“{link.friendly_name}” would be {link.endpoint_id}, which"
    prefix = target.output("ChannelNamePrefix")
    raise CommandError(
        f"{which} is another customer's camera: share it with `{command}{words}`, or name a new one with "
        f"--endpoint-id {prefix}…"
    )


def _registered(target: "Target", endpoint_id: str) -> Camera | RegistryError | None:
    """The camera as it is registered, None if it is not; or why its item, which is then replaced, cannot be read."""
    try:
        return registrations_of(target).camera(endpoint_id)
    except CameraNotFoundError:
        return None
    except RegistryError as error:
        return error


def _register(target: "Target", camera: Camera, link: CameraLink, there: Camera | RegistryError | None) -> bool:
    """Whether nobody else was faster."""
    registrations = registrations_of(target)
    if isinstance(there, RegistryError):
        registrations.register(camera, link)
        return True
    return registrations.add(camera, link, there)


def _somebody_was_faster(target: "Target", link: CameraLink) -> CommandError:
    command = f"camera-skill cameras show {link.endpoint_id}{target.choice.words}"
    return CommandError(
        f"Somebody else added endpoint {link.endpoint_id} at the same time, and “{link.friendly_name}” was not added: "
        f"`{command}` tells who has it."
    )


@contextmanager
def _channel_is_not_lost(channel: channels.Channel) -> Iterator[None]:
    """A failure says that the channel was made."""
    try:
        yield
    except CommandError as error:
        if not channel.is_new:
            raise
        raise CommandError(
            f"{error} The camera was not registered. Its signaling channel {channel.arn} was made, and nothing is "
            "lost: adding the camera again adopts it."
        ) from error
