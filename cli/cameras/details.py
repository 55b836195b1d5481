"""All there is to know of one camera, for `cameras show`."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from camera_skill.camera import Camera, CameraLink
from camera_skill.errors import RegistryError
from cli.cameras import channels
from cli.cameras.features import features_of, in_words, spoken
from cli.cameras.finding import Found, registry_of
from cli.cameras.registrations import registrations_of
from cli.output import say
from cli.users.customers import email_of

if TYPE_CHECKING:
    from cli.target import Target

SECONDS = 20.0
"""How long the tables may take."""


def details_of(target: "Target", found: Found) -> dict[str, Any]:
    """Plain values; what cannot be told has an `error`, and what wants the operator's attention is a warning."""
    owners = [
        {"user_id": link.user_id, "email": email_of(target, link.user_id), "friendly_name": link.friendly_name}
        for link in found.owners
    ]
    details: dict[str, Any] = {"endpoint_id": found.endpoint_id, "owners": owners}
    try:
        camera = registrations_of(target).camera(found.endpoint_id)
    except RegistryError as error:
        return {**details, "warnings": [f"{error}: remove the camera, and add it again"]}
    channel = _channel(target, camera)
    link = found.link or next(iter(found.owners), None)
    return {
        **details,
        "added_at": _time(camera.added_at),
        "features": features_of(camera),
        "channel": channel,
        "health": _health(target, link),
        "alexa": _alexa(link, camera),
        "warnings": _warnings(camera, channel, link),
    }


def say_details(details: dict[str, Any]) -> None:
    """The same for people."""
    say(f"Endpoint {details['endpoint_id']}" + (f", added {details['added_at']}" if details.get("added_at") else ""))
    say("Owners:" if details["owners"] else "Nobody has it.")
    for owner in details["owners"]:
        say(f"  {owner['email']} calls it “{owner['friendly_name']}”")
    if "features" in details:
        _say_rest(details)
    for warning in details["warnings"]:
        say(f"Warning: {warning}.")


def _say_rest(details: dict[str, Any]) -> None:
    say("Features:")
    for name, value in details["features"].items():
        say(f"  {spoken(name)}: {in_words(value)}")
    channel, health, alexa = details["channel"], details["health"], details["alexa"]
    say(f"Signaling channel: {channel['status'] or 'missing'}")
    say(f"  {channel['arn']}\n  {channel['stored_endpoint']}")
    if health:
        is_assumed = health["at"] in {"", details.get("added_at")}
        since = "assumed since it was added: no offer told otherwise" if is_assumed else f"known since {health['at']}"
        say(f"Health: {'reachable' if health['is_reachable'] else 'unreachable'}, {since}")
    if alexa:
        say(f"Alexa is told: {', '.join(alexa['display_categories'])}")
        for interface in alexa["interfaces"]:
            say(f"  {interface}")


def _channel(target: "Target", camera: Camera) -> dict[str, Any]:
    kinesis_video = target.kinesis_video
    description = channels.description_of(kinesis_video, camera.endpoint_id)
    status = description["ChannelStatus"] if description else None
    arn = description["ChannelARN"] if description else None
    return {
        "arn": camera.channel_arn,
        "arn_now": arn,
        "status": status,
        "stored_endpoint": camera.signaling_endpoint,
        "endpoint_now": channels.endpoint_of(kinesis_video, arn) if arn and status == "ACTIVE" else None,
    }


def _health(target: "Target", link: CameraLink | None) -> dict[str, Any] | None:
    """None if nobody has the camera, so that nobody asks."""
    from camera_skill.adapters.connections import FreshClient
    from camera_skill.adapters.states import CameraStates
    from camera_skill.budget import Budget

    if link is None:
        return None
    states = CameraStates(registry_of(target), FreshClient(target.dynamodb), target.output("ActivityTableName"))
    _, state = states.owned(link.user_id, link.endpoint_id, Budget(SECONDS))
    return {"is_reachable": state.is_reachable.value, "at": _time(state.is_reachable.at)}


def _alexa(link: CameraLink | None, camera: Camera) -> dict[str, Any] | None:
    from camera_skill.interfaces.endpoint import endpoint_of

    if link is None:
        return None
    endpoint = endpoint_of(link, camera)
    return {
        "display_categories": endpoint.display_categories,
        "interfaces": endpoint.interfaces,
        "endpoint": endpoint.to_json(),
    }


def _warnings(camera: Camera, channel: dict[str, Any], link: CameraLink | None) -> list[str]:
    from camera_skill.interfaces.endpoint import defect_of

    warnings = []
    if channel["status"] is None:
        warnings.append("the signaling channel is missing: remove the camera, and add it again")
    elif channel["status"] != "ACTIVE":
        warnings.append(f"the signaling channel is {channel['status']}, and takes no offers")
    elif channel["arn_now"] != camera.channel_arn:
        warnings.append(f"the channel was made anew, as {channel['arn_now']}: remove the camera, and add it again")
    elif channel["endpoint_now"] != camera.signaling_endpoint:
        warnings.append(f"KVS names another signaling endpoint now, {channel['endpoint_now']}: the next offer finds it")
    if link and (defect := defect_of(link, camera)):
        warnings.append(f"Alexa does not show “{link.friendly_name}”: {defect}")
    return warnings


def _time(seconds: float) -> str:
    """For people and machines, empty if it is not known."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else ""
