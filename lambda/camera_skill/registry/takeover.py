"""Taking over what exists: only a channel and a thing that the caller names, and only if nobody has it."""

from collections.abc import Iterable

from camera_skill.camera import CHANNEL_ARN, THING_NAME, channel_name
from camera_skill.channel import ChannelFacts, Channels, Things
from camera_skill.registration import Claim, ClaimKind
from camera_skill.registry.features import short_value
from camera_skill.registry.refusals import Code, RefusedError
from camera_skill.registry.stack import Stack

_TYPE, _ACTIVE = "SINGLE_MASTER", "ACTIVE"
_TAKEN = {
    ClaimKind.CHANNEL: (Code.CHANNEL_TAKEN, "signaling channel"),
    ClaimKind.THING: (Code.THING_TAKEN, "thing"),
    ClaimKind.EXTERNAL_ID: (Code.EXTERNAL_ID_TAKEN, "external id"),
}


class Takeover:
    """Checks what a camera is to take over."""

    def __init__(self, stack: Stack, channels: Channels, things: Things) -> None:
        """`stack` says what the roles reach."""
        self._stack = stack
        self._channels = channels
        self._things = things

    def check_names(self, channel_arn: str, thing_name: str) -> None:
        """Checks what can be told without AWS; empty texts name nothing.

        Raises:
            RefusedError: it is no channel or thing, or none that this stack may use.
        """
        if channel_arn:
            self._check_channel_name(channel_arn)
        if thing_name:
            self._check_thing_name(thing_name)

    def channel(self, arn: str) -> ChannelFacts:
        """The channel, if it is no other camera's and Alexa's offers can reach a camera through it.

        Raises:
            RefusedError: it is not there, a stack made it for another camera, it stores its media, is of another type,
                or is not active.
        """
        facts = self._channels.facts(arn)
        name = channel_name(arn)
        if facts is None or facts.arn != arn:  # AWS may take other spellings, and a claim has one
            raise RefusedError(
                Code.NO_SUCH_CHANNEL,
                f"There is no signaling channel {arn}. A channel that was made anew has another ARN: "
                "DescribeSignalingChannel tells it.",
            )
        if facts.creator:
            raise _made_for_another(Code.CHANNEL_TAKEN, f"signaling channel {name}", facts.creator)
        if facts.stores_media:
            raise RefusedError(
                Code.CHANNEL_UNUSABLE,
                f"Media storage is enabled on the signaling channel {name}, so Alexa's offers fail on it. Disable it "
                "with UpdateMediaStorageConfiguration, or name another channel.",
            )
        if facts.kind != _TYPE:
            raise RefusedError(
                Code.CHANNEL_UNUSABLE, f"The signaling channel {name} is of type {facts.kind}. Cameras need {_TYPE}."
            )
        if facts.status != _ACTIVE:
            raise RefusedError(
                Code.CHANNEL_UNUSABLE, f"The signaling channel {name} is {facts.status}. Wait until it is {_ACTIVE}."
            )
        return facts

    def check_thing(self, name: str) -> None:
        """Raises: RefusedError if there is no such thing, or if a stack made it for another camera."""
        facts = self._things.facts(name)
        if facts is None:
            raise RefusedError(
                Code.NO_SUCH_THING,
                f"AWS IoT has no thing {name} in {self._stack.region}. Create it, or leave the thing out.",
            )
        if facts.creator:
            raise _made_for_another(Code.THING_TAKEN, f"thing {name}", facts.creator)

    def _check_channel_name(self, arn: str) -> None:
        found = CHANNEL_ARN.fullmatch(arn)
        if found is None:
            raise RefusedError(
                Code.NO_SUCH_CHANNEL,
                f"“{short_value(arn)}” is not the ARN of a signaling channel. One looks like "
                "arn:aws:kinesisvideo:REGION:ACCOUNT:channel/NAME/CREATION_TIME.",
            )
        if found["account"] != self._stack.account_id:
            raise RefusedError(
                Code.CHANNEL_FORBIDDEN,
                f"The signaling channel {found['name']} is in the AWS account {found['account']}, and the stack in "
                f"{self._stack.account_id}. The stack's roles reach only its own account.",
            )
        if not self._stack.may_use_channel(found["name"]):
            raise RefusedError(
                Code.CHANNEL_FORBIDDEN,
                f"The stack may not use the signaling channel {found['name']}. Deploy the stack with a pattern for it "
                "in the parameter ExistingChannelNames.",
            )

    def _check_thing_name(self, name: str) -> None:
        if not THING_NAME.fullmatch(name):
            raise RefusedError(
                Code.NO_SUCH_THING,
                f"“{short_value(name)}” is not the name of a thing. That has 1 to 128 letters, digits, :, _ and -.",
            )
        if not self._stack.may_use_thing(name):
            raise RefusedError(
                Code.THING_FORBIDDEN,
                f"The stack may not use the thing {name}. Deploy the stack with a pattern for it in the parameter "
                "ExistingThingNames.",
            )


def taken(kinds: Iterable[str], values: dict[ClaimKind, str], endpoint_id: str = "") -> RefusedError:
    """The refusal of a camera of which another one has the first of these claims."""
    kind = ClaimKind(next(each for each in ClaimKind if each in kinds))
    code, what = _TAKEN[kind]
    return RefusedError(
        code,
        f"The {what} {values[kind]} belongs to another camera already, {endpoint_id or 'which was added meanwhile'}. "
        "Remove that camera first, or share it.",
        endpoint_id,
    )


def _made_for_another(code: Code, what: str, creator: str) -> RefusedError:
    """What a stack made is a camera's, or was to be: also before it is registered, and while it is being removed."""
    return RefusedError(
        code,
        f"The {what} was made by the stack {creator} for a camera of its own. Remove that camera first, and keep its "
        "channel. If that stack is gone, take the mark camera-skill:stack off yourself.",
    )


def claims_of(channel_arn: str, thing_name: str, external_id: str) -> list[Claim]:
    """The claims of a camera that takes these over; empty texts claim nothing."""
    named = {ClaimKind.CHANNEL: channel_arn, ClaimKind.THING: thing_name, ClaimKind.EXTERNAL_ID: external_id}
    return [Claim(kind, value) for kind, value in named.items() if value]
