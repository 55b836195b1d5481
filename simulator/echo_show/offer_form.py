"""The form of an Echo Show's SDP: aiortc's description of our side, written as an Echo writes it.

The form was taken from an offer of December 2023 (github.com/AlexxIT/go2rtc, issues 820 and 825) and has been
stable since 2019: constant names, one section each for audio and video with the same candidates, UDP and TCP, for two
components; codecs 96, 0, 8 and 99, of which the static ones have no rtpmap and H264 no fmtp; the bandwidth after
the first attributes; no trickle.
"""

import dataclasses
import secrets
import time
from typing import Final

from aiortc.sdp import MediaDescription, SessionDescription

AUDIO: Final = "audio0"
VIDEO: Final = "video0"
ABS_SEND_TIME: Final = "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MIDS: Final = {"audio": AUDIO, "video": VIDEO}
PAYLOAD_TYPES: Final = {AUDIO: ("96", "0", "8"), VIDEO: ("99",)}
FEEDBACK: Final = ("nack", "nack pli", "ccm fir")


@dataclasses.dataclass(frozen=True)
class Ports:
    """The ports of an Echo's candidates on one address: media flows over ``udp`` alone.

    An Echo lists more, a second UDP port for RTCP and two for TCP; the caller holds these, so that no
    check for them ever reaches another program.
    """

    udp: int
    udp_rtcp: int
    tcp: int
    tcp_rtcp: int


def name_mids(offer: str) -> str:
    """Aiortc's offer with an Echo's mids, before aiortc takes it as its local description."""
    description = SessionDescription.parse(offer)
    description.group[0].items = []
    for media in description.media:
        media.rtp.muxId = MIDS[media.kind]
        description.group[0].items.append(media.rtp.muxId)
    return str(description)


def write_offer(local: str, ports: Ports) -> str:
    """The offer as an Echo would send it, from aiortc's local description with named mids and one host address."""
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
        *_section(audio, ports, cname),
        *_section(video, ports, cname),
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _section(media: MediaDescription, ports: Ports, cname: str) -> list[str]:
    if media.ice is None or media.dtls is None:
        raise ValueError("a local description without ICE or DTLS parameters")
    video = media.kind == "video"
    mid = MIDS[media.kind]
    fingerprint = next(found for found in media.dtls.fingerprints if found.algorithm == "sha-256")
    return [
        f"m={media.kind} 1 UDP/TLS/RTP/SAVPF {' '.join(PAYLOAD_TYPES[mid])}",
        *_candidates(media.ice_candidates[0].ip, ports),
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


def _candidates(address: str, ports: Ports) -> list[str]:
    lines = []
    for component, udp, tcp in ((1, ports.udp, ports.tcp), (2, ports.udp_rtcp, ports.tcp_rtcp)):
        lines += [
            f"a=candidate:1 {component} UDP {2013266432 - component} {address} {udp} typ host",
            f"a=candidate:2 {component} TCP {1015021824 - component} {address} 9 typ host tcptype active",
            f"a=candidate:3 {component} TCP {1010827520 - component} {address} {tcp} typ host tcptype passive",
        ]
    return lines
