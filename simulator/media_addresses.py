"""The one place that decides which addresses media takes: loopback in the local world, all of them outside it."""

import aioice.ice
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCIceServer

LOOPBACK = "127.0.0.1"

_all_host_addresses = aioice.ice.get_host_addresses


def use_loopback_only() -> None:
    """Every ICE agent of this process gathers 127.0.0.1 from now on, and no other address.

    ICE wants loopback left out (RFC 8445, 5.1.1.1) and aioice has no setting for it: it gathers the
    addresses of all interfaces except this one. The local world is the opposite case. Its media must not
    be seen on a network, and must flow on a machine that has none, where aioice would gather nothing and
    every session would fail. So this replaces the function with which aioice lists the host's addresses.
    Camera and Echo Show call it as they start, before their first peer connection; calling it again is harmless.
    """
    aioice.ice.get_host_addresses = _loopback_address


def use_all_addresses() -> None:
    """Every ICE agent of this process gathers this host's addresses again, as an Echo Show that meets a real camera."""
    aioice.ice.get_host_addresses = _all_host_addresses


def peer_configuration(
    bundle_policy: RTCBundlePolicy = RTCBundlePolicy.BALANCED, stun_server: str | None = None
) -> RTCConfiguration:
    """Configuration without STUN and TURN servers but the one given: aiortc's default asks a public STUN server."""
    servers = [RTCIceServer(stun_server)] if stun_server else []
    return RTCConfiguration(iceServers=servers, bundlePolicy=bundle_policy)


def _loopback_address(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: ARG001, FBT001 - aioice's signature
    return [LOOPBACK] if use_ipv4 else []
