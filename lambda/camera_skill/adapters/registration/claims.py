"""Claims as items of the registry: a channel, a thing or an external id belongs to one camera at most."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from camera_skill.adapters import items
from camera_skill.adapters.items import Item, Key
from camera_skill.adapters.registration.transactions import Transaction
from camera_skill.camera import Camera, channel_name
from camera_skill.registration import Claim, ClaimKind

_ATTRIBUTES = {ClaimKind.CHANNEL: "channel_arn", ClaimKind.THING: "thing_name", ClaimKind.EXTERNAL_ID: "external_id"}
"""Of a camera's item, and of a Camera: what it claims."""
_CHANNEL_IS_FREE = "(attribute_not_exists(channel_arn) OR channel_arn <> :arn)"
_THING_IS_FREE = "(attribute_not_exists(pk) OR (attribute_exists(thing_name) AND thing_name <> :none))"
"""Conditions of the camera that would have a channel or a thing of its name without a claim."""


def of_item(item: Item) -> tuple[Claim, ...]:
    """What the item of a camera claims, as far as it can be read."""
    values = {kind: item.get(name, {}).get("S") for kind, name in _ATTRIBUTES.items()}
    return tuple(Claim(kind, value) for kind, value in values.items() if isinstance(value, str) and value)


def holders(claims: Iterable[Claim], get: Callable[[list[Key]], Iterator[Item]]) -> Mapping[Claim, str]:
    """The endpoint ids of the cameras that have these claims. `get` reads items of the registry.

    Cameras from before there were claims have the channel and the thing of their own name.
    """
    claims = list(claims)
    wanted = {items.names(items.claim_key(*claim)): claim for claim in claims}
    elders = defaultdict(list)
    for claim in claims:
        if name := _elder(claim):
            elders[items.names(items.camera_key(name))].append(claim)
    found: dict[Claim, str] = {}
    for item in get([items.key(*names) for names in {**wanted, **elders}]):
        names = items.names(item)
        if names in wanted:
            found[wanted[names]] = item["endpoint_id"]["S"]
        for claim in elders.get(names, ()):
            if _is_elders(item, claim):
                found[claim] = names[0].removeprefix("CAMERA#")
    return found


def put(writes: Transaction, camera: Camera) -> None:
    """Claims what the camera has, if it is free. Each write has the kind of its claim for a name."""
    for kind, name in _ATTRIBUTES.items():
        if value := getattr(camera, name):
            item = {**items.claim_key(kind, value), "endpoint_id": {"S": camera.endpoint_id}}
            writes.put(kind, item, "attribute_not_exists(pk)")
    # What was taken over may be that of a camera without a claim.
    channel = "" if camera.channel_name.endswith(camera.endpoint_id) else camera.channel_name
    thing = "" if camera.has_own_thing else camera.thing_name
    if channel and channel == thing:  # one item, which takes one condition
        condition = f"{_CHANNEL_IS_FREE} AND {_THING_IS_FREE}"
        writes.check(ClaimKind.CHANNEL, items.camera_key(channel), condition, arn=camera.channel_arn, none="")
        return
    if channel:
        writes.check(ClaimKind.CHANNEL, items.camera_key(channel), _CHANNEL_IS_FREE, arn=camera.channel_arn)
    if thing:
        writes.check(ClaimKind.THING, items.camera_key(thing), _THING_IS_FREE, none="")


def _elder(claim: Claim) -> str:
    """The endpoint id of the camera that has this without a claim, if there is one: channel and thing had that name."""
    if claim.kind is ClaimKind.CHANNEL:
        return channel_name(claim.value)
    return claim.value if claim.kind is ClaimKind.THING else ""


def _is_elders(item: Item, claim: Claim) -> bool:
    if claim.kind is ClaimKind.CHANNEL:
        return bool(item.get("channel_arn") == {"S": claim.value})
    return not item.get("thing_name", {}).get("S")
