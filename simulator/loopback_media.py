"""The one place that keeps the media of the local world on loopback."""

import aioice.ice
from aiortc import RTCBundlePolicy, RTCConfiguration

LOOPBACK = "127.0.0.1"


def use_loopback_only() -> None:
    """Every ICE agent of this process gathers 127.0.0.1 from now on, and no other address.

    ICE wants loopback left out (RFC 8445, 5.1.1.1) and aioice has no setting for it: it gathers the
    addresses of all interfaces except this one. The local world is the opposite case. Its media must not
    be seen on a network, and must flow on a machine that has none, where aioice would gather nothing and
    every session would fail. So this replaces the function with which aioice lists the host's addresses.
    Camera and Echo Show call it as they start, before their first peer connection; calling it again is harmless.
    """
    aioice.ice.get_host_addresses = _loopback_address


def loopback_configuration(bundle_policy: RTCBundlePolicy = RTCBundlePolicy.BALANCED) -> RTCConfiguration:
    """Configuration without STUN and TURN servers: aiortc's default asks a public STUN server."""
    return RTCConfiguration(iceServers=[], bundlePolicy=bundle_policy)


def _loopback_address(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: ARG001, FBT001 - aioice's signature
    return [LOOPBACK] if use_ipv4 else []
