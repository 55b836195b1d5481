"""The one way of text to a terminal. What customers, cameras, services and files say may hold what a terminal obeys."""

import json
import unicodedata

_OBEYED = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's categories of characters that a terminal takes for orders, or for the end of a line."""
_TURNING = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
"""They turn the direction of writing, so that a line says what it does not (Trojan Source, CVE-2021-42574)."""


def printable(text: str, *, lines: bool = True) -> str:
    r"""The text with an escape, such as `\x1b`, in place of each character that a terminal obeys.

    `lines`: whether it may have several.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(one if one == "\n" and lines else _shown(one) for one in text)


def json_text(value: object, *, indent: int | None = None) -> str:
    """A JSON document in ASCII, that no terminal takes for anything else."""
    return json.dumps(value, indent=indent).replace("\x7f", "\\u007f")


def _shown(one: str) -> str:
    if unicodedata.category(one) in _OBEYED or one in _TURNING:
        return ascii(one)[1:-1]
    return one
