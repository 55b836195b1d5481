"""Names of cameras: as they are spoken, the endpoint id that is made of one, and which was meant."""

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable

from cli.errors import CommandError

MAX_ENDPOINT_ID = 128
MOST_SHOWN = 40
DIGEST_CHARACTERS = 10


def spaced(name: str) -> str:
    """The name with single spaces between its words, and letters in one form (Unicode's NFC), as Alexa takes it."""
    return unicodedata.normalize("NFC", " ".join(name.split()))


def checked_friendly_name(name: str) -> str:
    """The same, once Alexa takes it.

    Raises:
        CommandError: says which rule the name breaks.
    """
    from camera_skill.alexa.discovery import friendly_name_defect

    name = spaced(name)
    if defect := friendly_name_defect(name):
        raise CommandError(f"Alexa would refuse “{short(name)}”: the name {defect}.")
    return name


def short(name: str) -> str:
    """The name, cut where it would fill a sentence."""
    return name if len(name) <= MOST_SHOWN else f"{name[:MOST_SHOWN]}…"


def endpoint_id_of(name: str, prefix: str) -> str:
    """The endpoint id, and signaling channel's name, for a camera's friendly name: `<prefix>front-door`.

    A name without any Latin letter or digit gets a digest in their place.
    """
    latin = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub("[^a-z0-9]+", "-", latin).strip("-")
    if not slug:
        slug = hashlib.sha256(name.encode()).hexdigest()[:DIGEST_CHARACTERS]
    return (prefix + slug)[:MAX_ENDPOINT_ID].rstrip("-")


def checked_endpoint_id(endpoint_id: str, prefix: str) -> str:
    """The endpoint id, if it can name a signaling channel that the stack's roles reach.

    Raises:
        CommandError: says which rule it breaks.
    """
    if not is_endpoint_id(endpoint_id):
        raise CommandError(
            f"“{endpoint_id}” cannot be an endpoint id: it takes 1 to {MAX_ENDPOINT_ID} of "
            "the letters A to Z, digits, - and _."
        )
    if not endpoint_id.startswith(prefix):
        raise CommandError(
            f"“{endpoint_id}” does not begin with “{prefix}”, and the stack's function may only reach "
            f"channels that do: try --endpoint-id {prefix}{endpoint_id}"
        )
    return endpoint_id


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
