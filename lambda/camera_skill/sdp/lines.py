"""Lines of an SDP text, however they end."""


def lines_of(text: str) -> list[str]:
    """All lines without their ends, empty ones included, so that an index is a line number less one.

    CRLF, LF and CR end a line, and nothing else does: `str.splitlines` would split at U+2028 in a session name, too.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def with_crlf(text: str) -> str:
    """The same SDP with every line ended by CRLF (RFC 8866, section 5), the last one included.

    Some cameras split on nothing else: an LF-only text is empty to them.
    """
    return joined(lines_of(text))


def joined(lines: list[str]) -> str:
    """The text of these lines, without empty ones."""
    return "".join([f"{line}\r\n" for line in lines if line])
