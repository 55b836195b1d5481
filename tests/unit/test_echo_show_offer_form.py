import re
from collections.abc import Callable

import pytest
from aiortc.sdp import SessionDescription

from simulator.echo_show import EchoPeer
from simulator.media_addresses import LOOPBACK, use_loopback_only
from tests.support.directives import offer_of, real_echo_offer

# What differs from one offer to the next: numbers, addresses, secrets. All else is form.
VARIABLE = (
    (r"^o=- \d+ \d+ ", "o=- N N "),
    (r"^(a=candidate:\d+ [12] (?:UDP|TCP) \d+) [\d.]+ (?:9|\d{4,5}) ", r"\1 ADDRESS PORT "),
    (r"^a=ssrc:\d+ cname:user\d+@host-[0-9a-f]{8}$", "a=ssrc:N cname:NAME"),
    (r"^a=ice-ufrag:[A-Za-z0-9+/]{4}$", "a=ice-ufrag:USER"),
    (r"^a=ice-pwd:[A-Za-z0-9+/]{22}$", "a=ice-pwd:PASSWORD"),
    (r"^a=fingerprint:sha-256 [0-9A-F]{2}(?::[0-9A-F]{2}){31}$", "a=fingerprint:sha-256 DIGEST"),
)


def form(offer: str) -> list[str]:
    """The offer's lines without what is variable; neighbouring candidates in one order, as an Echo shuffles them."""
    assert offer.endswith("\r\n")
    lines = []
    for line in offer.split("\r\n"):
        for pattern, placeholder in VARIABLE:
            line = re.sub(pattern, placeholder, line)  # noqa: PLW2901 - each pattern rewrites what the last one left
        lines.append(line)
    first, second, *rest = (index for index, line in enumerate(lines) if line.startswith("m="))
    assert rest == []
    for start in (first + 1, second + 1):
        lines[start : start + 6] = sorted(lines[start : start + 6])
    return lines


@pytest.fixture
async def offer() -> str:
    use_loopback_only()
    async with EchoPeer() as peer:
        return await peer.offer()


@pytest.mark.parametrize("other", [real_echo_offer, lambda: offer_of("echo-show")])
async def test_offer_has_the_form_of_an_echo_when_aiortc_makes_it(offer: str, other: Callable[[], str]) -> None:
    assert form(offer) == form(other())


async def test_offer_describes_the_peer_itself_when_it_is_in_an_echos_form(offer: str) -> None:
    audio, video = SessionDescription.parse(offer).media
    assert {candidate.ip for candidate in audio.ice_candidates + video.ice_candidates} == {LOOPBACK}
    assert audio.ice == video.ice
    assert audio.ssrc[0].ssrc != video.ssrc[0].ssrc
    ports = {one.port for one in audio.ice_candidates if one.tcpType != "active"}
    assert len(ports) == 4
