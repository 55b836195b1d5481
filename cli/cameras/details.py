"""All there is to know of one camera, for `cameras show`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cli.cameras.features import in_words, spoken
from cli.cameras.finding import Found
from cli.output import say
from cli.users.customers import email_of

if TYPE_CHECKING:
    from cli.target import Target


def details_of(target: "Target", found: Found) -> dict[str, Any]:
    """What the registry tells, with the emails of the owners."""
    owners = [
        {"user_id": owner["user_id"], "email": email_of(target, owner["user_id"]), **owner} for owner in found.owners
    ]
    return {**found.details, "owners": owners}


def say_details(details: Mapping[str, Any]) -> None:
    """The same for people."""
    say(f"Endpoint id {details['endpoint_id']}" + (f", added {details['added_at']}" if details.get("added_at") else ""))
    say("Owners:" if details["owners"] else "It belongs to nobody.")
    for owner in details["owners"]:
        say(f"  {owner['email']} calls it “{owner['friendly_name']}”")
    if "features" in details:
        _say_rest(details)
    for warning in details["warnings"]:
        say(f"Warning: {warning}.")


def say_channel(channel: Mapping[str, Any]) -> None:
    """What AWS says of a signaling channel."""
    made_by = "created by the stack" if channel["is_own"] else "not created by the stack"
    say(f"Signaling channel: {channel['status']}, {made_by}, made {channel['created_at']}")
    say(f"  {channel['arn']}")
    say(f"  It keeps an offer for {channel['message_ttl']} s. Media storage: {in_words(channel['media_storage'])}.")
    if masters := channel.get("masters"):
        last = f", the last one at about {masters['last_at']}" if masters["last_at"] else ""
        say(f"  Connections of a master in the last day: {masters['connects']}{last}; failed: {masters['failures']}.")


def _say_rest(details: Mapping[str, Any]) -> None:
    say("Features:")
    for name, value in details["features"].items():
        say(f"  {spoken(name)}: {in_words(value)}")
    if details["external_id"]:
        say(f"External id: {details['external_id']}")
    if channel := details.get("channel"):
        say_channel(channel)
        say(f"  {details['signaling_endpoint']}")
    else:
        say(f"Signaling channel: missing\n  {details['channel_arn']}")
    say(f"AWS IoT thing: {details['thing_name']}")
    if health := details.get("health"):
        say(f"Health: {_health(health, details)}")
    if alexa := details.get("alexa"):
        say(f"Alexa is told: {', '.join(alexa['display_categories'])}")
        for interface in alexa["interfaces"]:
            say(f"  {interface}")


def _health(health: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    if "error" in health:
        return f"not known, {health['error']}"
    is_assumed = health["at"] in {"", details.get("added_at")}
    since = "assumed since it was added: no offer told otherwise" if is_assumed else f"known since {health['at']}"
    return f"{'reachable' if health['is_reachable'] else 'unreachable'}, {since}"
