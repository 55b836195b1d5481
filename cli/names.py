"""Names of cameras and users: which one was meant."""

import difflib
from collections.abc import Iterable

from camera_skill.registry.names import short, spaced

__all__ = ["close_to", "is_called", "is_endpoint_id", "short", "suggestion"]


def is_endpoint_id(text: str) -> bool:
    """Whether this could be one."""
    from camera_skill.camera import ENDPOINT_ID

    return bool(ENDPOINT_ID.fullmatch(text))


def is_called(name: str, *names: str) -> bool:
    """Whether a camera of these names, friendly name or endpoint id, goes by `name`: in any case, however spaced."""
    return spaced(name).casefold() in {one.casefold() for one in names}


def close_to(name: str, known: Iterable[str]) -> str:
    """A question that names what was probably meant, empty if nothing is close."""
    folded = {one.casefold(): one for one in known}
    close = [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, n=3)]
    return f"Did you mean {' or '.join(f'“{one}”' for one in close)}?" if close else ""


def suggestion(name: str, known: Iterable[str], words: str) -> str:
    """A sentence that names what was probably meant, or what there is, or how to make one.

    `words`: the options for a command on the same stack.
    """
    known = sorted(known)
    if not known:
        return f"This customer has none yet: `camera-skill cameras add NAME{words}` adds one."
    there_are = f"There {'is' if len(known) == 1 else 'are'} {', '.join(f'“{one}”' for one in known)}."
    return close_to(name, known) or there_are
