"""An Echo Show with Alexa behind it: sends the directives, checks the replies, plays the media."""

import asyncio
from typing import Any

from simulator.alexa import directives
from simulator.echo_show.errors import UnexpectedReplyError
from simulator.echo_show.peer import EchoPeer
from simulator.echo_show.rtc_session import Invoke, RtcSession, event_payload
from simulator.echo_show.screen import Screen, VerifyingScreen
from simulator.echo_show.showing import Show, Showing
from simulator.media_addresses import use_all_addresses, use_loopback_only


class EchoShow:
    """An Echo Show of the user with this access token.

    In the local world its media stays on loopback, and every picture is verified. For cameras ``outside`` of it
    media goes over this host's addresses, whatever the picture shows; ``stun_server`` (``stun:HOST:PORT``) tells
    the address behind a NAT.
    """

    def __init__(
        self, invoke: Invoke, access_token: str, *, outside: bool = False, stun_server: str | None = None
    ) -> None:
        self._invoke = invoke
        self._access_token = access_token
        self._outside = outside
        self._stun_server = stun_server
        self._endpoints: dict[str, dict[str, Any]] = {}
        if outside:
            use_all_addresses()
        else:
            use_loopback_only()

    async def discover(self) -> list[dict[str, Any]]:
        """The endpoints that the skill lists for the user. AlexaError, UnexpectedReplyError."""
        event = await self._invoke(directives.discover(self._access_token))
        endpoints = event_payload(event, "Alexa.Discovery", "Discover.Response").get("endpoints")
        if not isinstance(endpoints, list):
            raise UnexpectedReplyError("The skill's Discover.Response lists no endpoints.")
        self._endpoints = {str(endpoint.get("endpointId")): endpoint for endpoint in endpoints}
        return endpoints

    async def show(
        self,
        endpoint_id: str,
        frames: int = 30,
        timeout: float = 20.0,  # noqa: ASYNC109 - the error names what did not come in time
        *,
        camera_name: str | None = None,
    ) -> Showing:
        """Shows the camera until, after the first frame, ``frames`` more have come, and ends the session.

        A simulated camera's picture must carry ``camera_name``, by default the friendly name under which the camera was
        discovered; it is discovered first if that did not happen yet. ``timeout`` is for all of it, in
        seconds. Any EchoShowError.
        """
        if camera_name is None and endpoint_id not in self._endpoints:
            await self.discover()
        endpoint = self._endpoints.get(endpoint_id, {})
        name = camera_name or str(endpoint.get("friendlyName", endpoint_id))
        screen = Screen(name) if self._outside else VerifyingScreen(name)
        session = RtcSession(self._invoke, self._access_token, endpoint_id, endpoint.get("cookie", {}))
        deadline = asyncio.get_running_loop().time() + timeout
        async with EchoPeer(self._stun_server, silent=self._outside) as peer:
            return await Show(session, peer, screen, deadline).run(frames)
