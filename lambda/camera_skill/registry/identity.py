"""A camera's identity: an endpoint id that is random and never used again."""

import base64
import re
import secrets

_BYTES = 16
_RANDOM = re.compile(r"[a-z2-7]{26}")


def new_endpoint_id() -> str:
    """128 random bits as 26 lower-case letters and digits (RFC 4648, base32).

    Alexa wants ids that are unique across all devices and users of a skill. Alexa, AWS IoT and KVS all take these.
    """
    return base64.b32encode(secrets.token_bytes(_BYTES)).decode().rstrip("=").lower()


def is_random(endpoint_id: str) -> bool:
    """Whether it is one of these. Those from before were made of names."""
    return _RANDOM.fullmatch(endpoint_id) is not None
