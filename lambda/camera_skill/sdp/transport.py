"""Whether media can flow at all: candidates, ICE credentials, fingerprint, RTCP on the same port."""

from collections.abc import Sequence
from typing import Final

from camera_skill.sdp.description import Attribute, MediaDescription, SessionDescription
from camera_skill.sdp.finding import Findings

_PRIVATE_IPV4: Final = (
    # RFC 1918, loopback, link-local, unspecified, and the addresses between a provider and its customers (RFC 6598).
    # Not a regular expression, nor the library's addresses: both lengthen the function's cold start by 2 ms and more.
    *("10.", "127.", "0.", "169.254.", "192.168."),
    *(f"172.{number}." for number in range(16, 32)),
    *(f"100.{number}." for number in range(64, 128)),
)
_PRIVATE_IPV6: Final = ("fc", "fd", "fe8", "fe9", "fea", "feb")
_HERE: Final = ("::", "::1")


def check_trickle(found: Findings, session: SessionDescription) -> None:
    """Trickle announced: Alexa neither sends nor takes a candidate after offer and answer."""
    for attributes in (session.attributes, *(media.attributes for media in session.media)):
        for line, value in attributes.get("ice-options", ()):
            if "trickle" in value.split():
                found.add("trickle", "announces trickle ICE: candidates that come later are lost", line)
                return


def check_transport(found: Findings, session: SessionDescription, main: MediaDescription | None) -> None:
    """What each accepted line needs; without credentials for `main`, an answer is of no use at all."""
    if main:
        _check_credentials(found, session, main, is_fatal=found.direction == "answer")
        _check_addresses(found, session.transport(main, "candidate"))
    for media in session.media:
        if media.is_rejected:
            continue
        _check_credentials(found, session, media, is_fatal=False)
        if not session.transport(media, "candidate"):
            found.add("no-candidates", f"has no ICE candidate for its {media.kind} line", media.line)


def _check_credentials(
    found: Findings, session: SessionDescription, media: MediaDescription, *, is_fatal: bool
) -> None:
    if not _has(session, media, "fingerprint"):
        sentence = f"has no DTLS fingerprint (a=fingerprint) for its {media.kind} line"
        found.add("no-fingerprint", sentence, media.line, is_fatal=is_fatal)
    if not (_has(session, media, "ice-ufrag") and _has(session, media, "ice-pwd")):
        sentence = f"has no ICE credentials (a=ice-ufrag and a=ice-pwd) for its {media.kind} line"
        found.add("no-ice-credentials", sentence, media.line, is_fatal=is_fatal)


def _has(session: SessionDescription, media: MediaDescription, name: str) -> bool:
    attributes = session.transport(media, name)
    return any(value.strip() for _, value in attributes[:1])


def _check_addresses(found: Findings, candidates: Sequence[Attribute]) -> None:
    addresses = []
    for line, value in candidates:
        fields = value.split(maxsplit=7)
        if len(fields) < 8 or fields[6] != "typ":
            found.add("broken-line", f"has a candidate that cannot be read, in line {line}", line)
        else:
            addresses.append(fields[4])
    if not addresses:
        return
    line = candidates[0][0]
    named = [address for address in addresses if address.endswith(".local")]
    public = [address for address in addresses if not address.endswith(".local") and not _is_private(address)]
    if len(named) == len(addresses):
        found.add("only-mdns-candidates", "has only mDNS names as candidates: they mean nothing outside its LAN", line)
    elif not public:
        found.add("only-private-candidates", "has only private addresses as candidates, none by STUN or TURN", line)
    elif all(":" in address for address in public):
        found.add("only-ipv6-candidates", "has public candidates for IPv6 alone, and Alexa has IPv4", line)


def _is_private(address: str) -> bool:
    is_ipv6 = ":" in address
    return address in _HERE or address.lower().startswith(_PRIVATE_IPV6 if is_ipv6 else _PRIVATE_IPV4)
