"""Times as an operator says them."""

import re
import time
from datetime import datetime

from cli.errors import CommandError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGO = re.compile(r"(\d{1,6})([smhd])")


def since(text: str) -> float:
    """The time in seconds since 1970: so long ago (90s, 10m, 2h, 1d), or ISO 8601, local if it says nothing else.

    Raises:
        CommandError: it is neither.
    """
    if ago := _AGO.fullmatch(text.strip()):
        return time.time() - int(ago[1]) * _UNITS[ago[2]]
    try:
        return max(0.0, datetime.fromisoformat(text.strip()).timestamp())
    except (ValueError, OverflowError, OSError) as error:
        raise CommandError(
            f"“{text}” is no time: say how long ago, as in 90s, 10m, 2h or 1d, or when, as in 2026-11-22T10:00."
        ) from error
