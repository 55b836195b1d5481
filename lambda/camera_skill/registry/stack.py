"""What the registry function knows of its stack: how it names what it creates, and what of others it may use."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Stack:
    """A stack. `prefix`: the beginning of the names of its channels and things.

    `channel_patterns`, `thing_patterns`: which channels and things of others cameras may take over, with `*` for any
    characters and `?` for one, as in the roles.
    """

    region: str
    account_id: str
    prefix: str
    channel_patterns: tuple[str, ...] = ()
    thing_patterns: tuple[str, ...] = ()

    def name_of(self, endpoint_id: str) -> str:
        """The name of the channel, and of the thing, that the stack creates for a camera."""
        return f"{self.prefix}{endpoint_id}"

    def names(self, name: str) -> bool:
        """Whether the stack gives such names to what it creates."""
        return name.startswith(self.prefix)

    def may_use_channel(self, name: str) -> bool:
        """Whether the roles reach a channel of this name."""
        return _matches(name, (f"{self.prefix}*", *self.channel_patterns))

    def may_use_thing(self, name: str) -> bool:
        """Whether the rules and roles reach a thing of this name."""
        return _matches(name, (f"{self.prefix}*", *self.thing_patterns))


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
