"""Which addresses are safe to be asked for anything: what goes there may be a secret, and what comes back decides."""

from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


def is_safe_url(url: str) -> bool:
    """Whether it is https, or http on loopback, where the local world is."""
    parts = urlsplit(url)
    if not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)
