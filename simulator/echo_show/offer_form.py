"""The form of an Echo Show's SDP: aiortc's description of our side, written as an Echo writes it.

The form was taken from an offer of December 2023 (github.com/AlexxIT/go2rtc, issues 820 and 825) and has been
stable since 2019: constant names, one section each for audio and video with the same candidates, UDP and TCP, for two
components; codecs 96, 0, 8 and 99, of which the static ones have no rtpmap and H264 no fmtp; the bandwidth after
the first attributes; no trickle.
"""

import dataclasses
import secrets
import time
from collections.abc import Sequence
from typing import Final

from aiortc.sdp import MediaDescription, SessionDescription

AUDIO: Final = "audio0"
VIDEO: Final = "video0"
ABS_SEND_TIME: Final = "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MIDS: Final = {"audio": AUDIO, "video": VIDEO}
PAYLOAD_TYPES: Final = {AUDIO: ("96", "0", "8"), VIDEO: ("99",)}
FEEDBACK: Final = ("nack", "nack pli", "ccm fir")


@dataclasses.dataclass(frozen=True)
class Address:
    """An address of an Echo's candidates, with its ports: media flows over ``udp`` alone.

    An Echo lists more, a second UDP port for RTCP and two for TCP; the caller holds these, so that no
    check for them ever reaches another program. An address that only a NAT has (server-reflexive) is without
    them; an Echo's media gateway has public addresses and lists all of them as its own, and so does this.
    """

    ip: str
    udp: int
    held: tuple[int, int, int] | None = None


def name_mids(offer: str) -> str:
    """Aiortc's offer with an Echo's mids, before aiortc takes it as its local description."""
    description = SessionDescription.parse(offer)
    description.group[0].items = []
    for media in description.media:
        media.rtp.muxId = MIDS[media.kind]
        description.group[0].items.append(media.rtp.muxId)
    return str(description)


def write_offer(local: str, addresses: Sequence[Address]) -> str:
    """The offer as an Echo would send it, from aiortc's local description with named mids."""
    description = SessionDescription.parse(local)
    session_id = int(time.time()) + 2_208_988_800  # an NTP time, as an Echo's is
    cname = f"user{secrets.randbelow(9 * 10**9) + 10**9}@host-{secrets.token_hex(4)}"
    audio, video = description.media
    lines = [
        "v=0",
        f"o=- {session_id} {session_id} IN IP4 0.0.0.0",
        "s=a 2 z",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        f"a=group:BUNDLE {AUDIO} {VIDEO}",
        *_section(audio, addresses, cname),
        *_section(video, addresses, cname),
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _section(media: MediaDescription, addresses: Sequence[Address], cname: str) -> list[str]:
    if media.ice is None or media.dtls is None:
        raise ValueError("a local description without ICE or DTLS parameters")
    video = media.kind == "video"
    mid = MIDS[media.kind]
    fingerprint = next(found for found in media.dtls.fingerprints if found.algorithm == "sha-256")
    return [
        f"m={media.kind} 1 UDP/TLS/RTP/SAVPF {' '.join(PAYLOAD_TYPES[mid])}",
        *(line for index, address in enumerate(addresses) for line in _candidates(address, index)),
        *(["b=AS:2500"] if video else []),
        "a=setup:actpass",
        ABS_SEND_TIME,
        "a=rtpmap:99 H264/90000" if video else "a=rtpmap:96 opus/48000/2",
        "a=rtcp:9 IN IP4 0.0.0.0",
        "a=rtcp-mux",
        "a=sendrecv",
        f"a=mid:{mid}",
        *(f"a=rtcp-fb:99 {feedback}" for feedback in FEEDBACK if video),
        f"a=ssrc:{media.ssrc[0].ssrc} cname:{cname}",
        f"a=ice-ufrag:{media.ice.usernameFragment}",
        f"a=ice-pwd:{media.ice.password}",
        f"a=fingerprint:sha-256 {fingerprint.value}",
    ]


def _candidates(address: Address, index: int) -> list[str]:
    """Of the address number ``index``: the first is preferred."""
    udp, tcp, passive = (3 * index + number for number in (1, 2, 3))
    preference = index << 8
    media = f"a=candidate:{udp} 1 UDP {2013266431 - preference} {address.ip} {address.udp} typ host"
    if address.held is None:
        return [media]
    udp_rtcp, tcp_media, tcp_rtcp = address.held
    return [
        media,
        f"a=candidate:{tcp} 1 TCP {1015021823 - preference} {address.ip} 9 typ host tcptype active",
        f"a=candidate:{passive} 1 TCP {1010827519 - preference} {address.ip} {tcp_media} typ host tcptype passive",
        f"a=candidate:{udp} 2 UDP {2013266430 - preference} {address.ip} {udp_rtcp} typ host",
        f"a=candidate:{tcp} 2 TCP {1015021822 - preference} {address.ip} 9 typ host tcptype active",
        f"a=candidate:{passive} 2 TCP {1010827518 - preference} {address.ip} {tcp_rtcp} typ host tcptype passive",
    ]
