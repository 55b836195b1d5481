"""Who may ask a port of this machine: programs that know its address, and no web page of somebody else's.

A page in the developer's browser can send requests to 127.0.0.1, and a name of its own may lead there (DNS rebinding).
Browsers say where a request comes from: `Origin`, `Sec-Fetch-Site` (W3C, "Fetch Metadata Request Headers").
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_UNSAID_PORTS = {80, 443}
_OWN_SITES = {"", "none", "same-origin"}
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


def is_origin(text: str) -> bool:
    """Whether a page can have this Origin of its own. `null` is every sandbox's, and no page's own."""
    return _ORIGIN.fullmatch(text) is not None


@dataclass(frozen=True)
class LocalPort:
    """A port of the loopback interface.

    `hosts`: further names with ports, as in `Host`, under which it is reached. `origins`: of pages that may ask it.
    `pages`: paths to which a link of any page may lead. `is_forwarded`: other ports of loopback lead to this one.
    """

    port: int
    hosts: Collection[str] = ()
    origins: Collection[str] = ()
    pages: Collection[str] = ()
    is_forwarded: bool = False

    def refusal(self, method: str, path: str, headers: Mapping[str, str]) -> str:
        """Why a request is refused, as a sentence; empty if it is not. `headers`: names in lower case."""
        host = headers.get("host", "").lower()
        if self.is_forwarded and host.rpartition(":")[0] in LOOPBACK_NAMES:
            return self._refusal_of_page(method, path, headers, {host})
        port = "" if self.port in _UNSAID_PORTS else f":{self.port}"
        own = {f"{name}{port}" for name in LOOPBACK_NAMES} | {*self.hosts}
        if host not in own:
            return f"This port is {LOOPBACK_NAMES[0]}:{self.port}, and answers to no other Host."
        return self._refusal_of_page(method, path, headers, own)

    def _refusal_of_page(self, method: str, path: str, headers: Mapping[str, str], own: Collection[str]) -> str:
        origin = headers.get("origin", "")
        if origin and origin in self.origins:  # a page that may ask, which is of another site
            return ""
        place = origin.lower().partition("://")[2]
        is_near = place in own or (self.is_forwarded and place.rpartition(":")[0] in LOOPBACK_NAMES)
        if origin and not is_near:
            return "This port answers no page of another origin."
        if headers.get("sec-fetch-site", "").lower() in _OWN_SITES or self._is_link(method, path, headers):
            return ""
        return "This port answers no page of another site."

    def _is_link(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Whether somebody followed a link, and sees the page: no other page can read it, or frame it."""
        is_top = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        return method == "GET" and is_top and path in self.pages
