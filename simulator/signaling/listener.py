import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from simulator.local_requests import refusal_of
from simulator.signaling.connection import GOODBYE_SECONDS
from simulator.signaling.settings import SignalingSettings

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Listener:
    """Serves a handler on a port, which is its own from the start, also while it refuses connections.

    To be made where an event loop runs. Raises: OSError if the port is taken.
    """

    def __init__(self, handler: Handler, port: int, settings: SignalingSettings) -> None:
        """`port`: 0 for a free one."""
        self._settings = settings
        self._socket = _bound(settings.host, port)
        self.port: int = self._socket.getsockname()[1]  # a free one if 0 was asked for
        self._handler = handler
        self._web = web.Server(self._handle, access_log=None)
        self._runner = web.ServerRunner(self._web, shutdown_timeout=3 * GOODBYE_SECONDS)
        self._server: asyncio.Server | None = None
        self._busy: set[object] = set()
        self._refuses = False
        self._resuming: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Takes connections."""
        await self._runner.setup()
        await self._listen()

    def refuse(self, *, refuses: bool) -> None:
        """Refuses connections from now on, or takes them again. Calls under way are answered all the same."""
        if refuses == self._refuses:
            return
        self._refuses = refuses
        if self._resuming is not None and not self._resuming.done():
            return  # it will see what is wanted by then
        if refuses:
            self._give_up()
        else:
            self._socket.listen()  # at once; who connects meanwhile is served in a moment
            self._resuming = asyncio.get_running_loop().create_task(self._listen())

    async def stop(self) -> None:
        """Takes no more connections."""
        if self._resuming is not None:
            await self._resuming
        if self._server is not None:
            self._server.close()
        self._socket.close()

    async def clean_up(self) -> None:
        """Ends all connections, once calls had some time to end by themselves."""
        transports = [connection.transport for connection in self._web.connections]
        await self._runner.cleanup()
        for transport in transports:
            if transport is not None:
                # A TLS connection that was closed still waits 30 s for its peer to say goodbye. One that is gone
                # by now has no protocol any more, and Python 3.11.2 (Debian 12) asks it to abort all the same.
                with suppress(AttributeError):
                    transport.abort()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._web, sock=self._socket, ssl=self._settings.tls)
        if self._refuses:  # again, before it was listening
            self._give_up()

    def _give_up(self) -> None:
        if self._server is not None:
            self._server.close()
        self._socket.close()
        self._socket = _bound(self._settings.host, self.port)
        for connection in self._web.connections:
            connection.close()  # which lets a call end
            if connection not in self._busy and connection.transport is not None:
                # At once: a transport closes in a moment, and a client could send another call until then.
                with suppress(OSError):
                    connection.transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
                connection.transport.close()

    async def _handle(self, http: web.BaseRequest) -> web.StreamResponse:
        connection = http.protocol
        self._busy.add(connection)
        try:
            return await self._let_in(http)
        finally:
            self._busy.discard(connection)

    async def _let_in(self, http: web.BaseRequest) -> web.StreamResponse:
        """Answers programs, and pages that may ask: those may read the answer (Fetch Standard, "CORS protocol")."""
        settings, origin = self._settings, http.headers.get("Origin", "")
        allowed = (
            {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin in settings.allowed_origins else {}
        )
        if refusal := refusal_of(
            http, hosts=[settings.host], origins=settings.allowed_origins, is_forwarded=settings.is_forwarded
        ):
            return web.json_response({"message": refusal}, status=403)
        if allowed and http.method == "OPTIONS":
            asked = http.headers.get("Access-Control-Request-Headers", "")
            allowed |= {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": asked}
            return web.Response(status=204, headers=allowed)
        response = await self._handler(http)
        if allowed and not response.prepared:
            response.headers.update({**allowed, "Access-Control-Expose-Headers": "x-amzn-ErrorType, x-amzn-RequestId"})
        return response


def _bound(host: str, port: int) -> socket.socket:
    """A socket that has the port, and does not listen yet."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except BaseException:
        bound.close()
        raise
    return bound
