"""What the registry says of a camera, of a user's cameras, and of all."""

from camera_skill.budget import Budget
from camera_skill.camera import Camera, CameraLink, channel_name
from camera_skill.channel import ChannelFacts, Channels
from camera_skill.errors import CameraSkillError
from camera_skill.interfaces.endpoint import defect_of, endpoint_of
from camera_skill.registration import Lists, Registered, Registrations
from camera_skill.registration_errors import AwsDeniedError
from camera_skill.registry.refusals import no_such_camera
from camera_skill.registry.rows import Json, camera_row, channel_row, owner_row, time_of
from camera_skill.state import States

SECONDS = 20.0
"""How long the tables may take to tell a camera's health."""


class Reading:
    """Reads, and writes nothing."""

    def __init__(self, registrations: Registrations, lists: Lists, states: States, channels: Channels) -> None:
        """`states` tell a camera's health, `channels` what AWS says of its channel."""
        self._registrations = registrations
        self._lists = lists
        self._states = states
        self._channels = channels

    def camera(self, endpoint_id: str) -> Json:
        """All there is to know of a camera.

        Raises:
            RefusedError: there is none.
        """
        found = self._registrations.registered(endpoint_id)
        if found is None:
            raise no_such_camera(endpoint_id)
        may_report = self._registrations.may_report([link.user_id for link in found.owners])
        row: Json = {
            "endpoint_id": endpoint_id,
            "owners": [owner_row(link, may_report) for link in found.owners],
            "warnings": [],
        }
        if found.camera is None:
            why = found.damage or "it has owners, and is not registered"
            return {**row, "warnings": [f"{why}. Remove the camera, and add it again"]}
        return {**row, **self._details(found, found.camera)}

    def cameras_of(self, user_id: str) -> Json:
        """A user's cameras, sorted by name; what cannot be read, and what Alexa does not show, with the reason."""
        links = self._registrations.links(user_id)
        cameras = self._registrations.cameras([link.endpoint_id for link in links])
        rows = []
        for link in links:
            camera = cameras.get(link.endpoint_id, "there is a link to this camera, and no such camera")
            if isinstance(camera, Camera):
                row, warning = camera_row(camera, link.friendly_name), defect_of(link, camera)
                rows.append({**row, **({"warning": f"Alexa does not show it: {warning}"} if warning else {})})
            else:
                rows.append({"endpoint_id": link.endpoint_id, "friendly_name": link.friendly_name, "error": camera})
        return {"cameras": rows}

    def all_cameras(self, next_token: str) -> Json:
        """Cameras of the stack, a part at a time."""
        page = self._lists.cameras(next_token)
        rows: list[Json] = []
        for one in page.rows:
            row = camera_row(one.camera) if one.camera else {"endpoint_id": one.endpoint_id}
            rows.append({**row, "owners": one.owners, **({"error": one.damage} if one.damage else {})})
        return _part("cameras", rows, page.next_token)

    def all_users(self, next_token: str) -> Json:
        """Users who have cameras, a part at a time."""
        page = self._lists.users(next_token)
        rows: list[Json] = [{"user_id": one.user_id, "cameras": one.cameras} for one in page.rows if one.cameras]
        return _part("users", rows, page.next_token)

    def _details(self, found: Registered, camera: Camera) -> Json:
        link = next(iter(found.owners), None)
        facts, defect = self._channel(camera.channel_arn)
        row = camera_row(camera)
        row["signaling_endpoint"] = camera.signaling_endpoint
        if facts is not None:
            row["channel"] = channel_row(facts, self._channels.masters(camera.channel_arn))
        if link is not None:
            endpoint = endpoint_of(link, camera)
            row["health"] = self._health(link)
            row["alexa"] = {
                "display_categories": endpoint.display_categories,
                "interfaces": endpoint.interfaces,
                "endpoint": endpoint.to_json(),
            }
        row["warnings"] = [*([defect] if defect else []), *self._warnings(found, camera, facts)]
        return row

    def _channel(self, arn: str) -> tuple[ChannelFacts | None, str]:
        """The channel as it is, or why nothing is known of it."""
        try:
            facts = self._channels.facts(arn)
        except AwsDeniedError:  # the rest of the answer is worth having
            return None, (
                f"the stack may not use the signaling channel {channel_name(arn)}. Deploy the stack with a pattern for "
                "it in the parameter ExistingChannelNames"
            )
        if facts is not None:
            return facts, ""
        return None, (
            f"KVS has no signaling channel {arn} any more, and one that was made anew has another ARN. Remove the "
            "camera, and add it again"
        )

    def _health(self, link: CameraLink) -> Json:
        try:
            _, state = self._states.owned(link.user_id, link.endpoint_id, Budget(SECONDS))
        except CameraSkillError as error:  # the rest of the answer is worth having
            return {"error": str(error)}
        return {"is_reachable": state.is_reachable.value, "at": time_of(state.is_reachable.at)}

    def _warnings(self, found: Registered, camera: Camera, facts: ChannelFacts | None) -> list[str]:
        warnings = []
        if found.is_ending:
            warnings.append("its removal has begun, and was cut off. Remove it again")
        if facts is None:  # of which `_channel` says why
            pass
        elif facts.status != "ACTIVE":
            warnings.append(f"the signaling channel is {facts.status}, and takes no offers")
        elif facts.stores_media:
            warnings.append(
                "media storage is enabled on the signaling channel, so Alexa's offers fail on it. Disable it with "
                "UpdateMediaStorageConfiguration"
            )
        elif (now := self._channels.signaling_endpoint(camera.channel_arn)) != camera.signaling_endpoint:
            warnings.append(f"KVS names another signaling endpoint now, {now}. The next offer finds it")
        defects = {link.friendly_name: defect_of(link, camera) for link in found.owners}
        return [*warnings, *(f"Alexa does not show “{name}”: {defect}" for name, defect in defects.items() if defect)]


def _part(name: str, rows: list[Json], next_token: str) -> Json:
    return {name: rows, **({"next_token": next_token} if next_token else {})}
