"""Names of cameras: what Alexa takes as a friendly name, and the endpoint id that is made of it."""

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable

from cli.errors import CommandError

MAX_FRIENDLY_NAME = 128
MAX_ENDPOINT_ID = 128
DIGEST_CHARACTERS = 10


def checked_friendly_name(name: str) -> str:
    """The name with single spaces, if Alexa takes it (Alexa.Discovery, endpoint objects: `friendlyName`).

    Raises:
        CommandError: says which rule the name breaks.
    """
    name = " ".join(name.split())
    if not name:
        raise CommandError("A camera needs a name of at least one letter: it is what the customer will say.")
    if len(name) > MAX_FRIENDLY_NAME:
        raise CommandError(
            f"“{name[:20]}…” has {len(name)} characters, and Alexa takes at most {MAX_FRIENDLY_NAME}: "
            "choose a shorter name."
        )
    wrong = sorted({character for character in name if not (character.isalnum() or character == " ")})
    if wrong:
        raise CommandError(
            f"“{name}” has {' '.join(wrong)} in it, and Alexa takes letters, digits and spaces only: "
            "choose a name as it is spoken."
        )
    return name


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
    from camera_skill.camera import ENDPOINT_ID

    if not ENDPOINT_ID.fullmatch(endpoint_id):
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


def is_called(name: str, friendly_name: str, endpoint_id: str) -> bool:
    """Whether a camera goes by `name`: its friendly name or its endpoint id, in any case, however spaced."""
    spoken = " ".join(name.split()).casefold()
    return spoken in {friendly_name.casefold(), endpoint_id.casefold()}


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
        return f"There is none yet: `camera-skill cameras add NAME{words}` adds one."
    there_are = f"There {'is' if len(known) == 1 else 'are'} {', '.join(f'“{one}”' for one in known)}."
    return close_to(name, known) or there_are
