"""Cameras as the registry API's responses have them: plain values."""

from collections.abc import Mapping
from datetime import UTC, datetime

from camera_skill.camera import Camera, CameraLink
from camera_skill.channel import ChannelFacts, MasterConnections
from camera_skill.registry.ending import Ended
from camera_skill.registry.features import features_of

Json = dict[str, object]


def camera_row(camera: Camera, friendly_name: str = "") -> Json:
    """A camera, and what a user calls it."""
    named: Json = {"friendly_name": friendly_name} if friendly_name else {}
    return {
        "endpoint_id": camera.endpoint_id,
        **named,
        "channel_arn": camera.channel_arn,
        "thing_name": camera.thing,
        "external_id": camera.external_id,
        "added_at": time_of(camera.added_at),
        "features": features_of(camera),
    }


def owner_row(link: CameraLink, may_report: Mapping[str, bool]) -> Json:
    """A user who has a camera, and whether Alexa takes reports for this user."""
    return {
        "user_id": link.user_id,
        "friendly_name": link.friendly_name,
        "may_report": may_report.get(link.user_id, False),
    }


def channel_row(facts: ChannelFacts, masters: MasterConnections | None) -> Json:
    """A signaling channel as it is."""
    row: Json = {
        "arn": facts.arn,
        "status": facts.status,
        "created_at": time_of(facts.created_at),
        "message_ttl": facts.message_ttl,
        "media_storage": facts.stores_media,
        "is_own": facts.is_own,
    }
    if masters is not None:
        row["masters"] = {
            "connects": masters.connects,
            "failures": masters.failures,
            "last_at": time_of(masters.last_at),
        }
    return row


def ended_row(ended: Ended) -> Json:
    """What became of a camera."""
    row: Json = {
        "endpoint_id": ended.endpoint_id,
        "taken_from": [{"user_id": link.user_id, "friendly_name": link.friendly_name} for link in ended.links],
        "other_owners": ended.others,
        "sessions": ended.sessions,
    }
    if ended.is_gone:
        row["removed"] = {
            "channel_arn": ended.channel_arn,
            "channel": str(ended.channel or ""),
            "thing_name": ended.thing_name,
            "thing": str(ended.thing or ""),
            "certificates": ended.certificates,
        }
    return row


def time_of(seconds: float) -> str:
    """For people and machines (RFC 3339), empty if it is not known."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else ""
