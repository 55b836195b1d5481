import asyncio
from types import TracebackType
from typing import Self

from aiohttp import web

from simulator.signaling.calls import (
    Call,
    FrontDoor,
    Interceptor,
    Parameters,
    Request,
    json_response,
    unknown_operation,
)
from simulator.signaling.channels import Channels
from simulator.signaling.control_plane import ControlPlane, ResourceEndpoints
from simulator.signaling.data_plane import DataPlane
from simulator.signaling.errors import ACCESS_DENIED, CONNECTION_DENIED, NOT_AUTHORIZED
from simulator.signaling.faults import Faults
from simulator.signaling.listener import Listener
from simulator.signaling.settings import SignalingSettings
from simulator.signaling.websockets import Delivery, WebSockets


class SignalingService:
    """The Kinesis Video Streams signaling service on four listeners, from entering the context to leaving it."""

    def __init__(self, settings: SignalingSettings | None = None) -> None:
        self.settings = settings or SignalingSettings()
        self._channels = Channels(self.settings)
        self.faults = Faults(self._refuse_connections)
        self._front_door = FrontDoor(self.settings, self._channels, self.faults.answer)
        self._websockets = WebSockets(self.settings, self._channels, self._front_door)
        self._control_plane = ControlPlane(self._channels, self._resource_endpoints)
        self._data_plane = DataPlane(self.settings, self._channels)
        self._listeners: list[Listener] = []

    @property
    def requests(self) -> list[Request]:
        """Every call and every client's message, in the order of arrival."""
        return self._front_door.requests

    @property
    def deliveries(self) -> list[Delivery]:
        """Every message that was sent to a master or viewer, in that order."""
        return self._websockets.deliveries

    def intercept(self, interceptor: Interceptor | None) -> None:
        """Let the interceptor answer every call from now on, WebSocket handshakes included; None ends that."""
        self._front_door.interceptor = interceptor

    @property
    def control_plane_url(self) -> str:
        """What clients take as the endpoint of `kinesisvideo`."""
        return self._url("http", 0)

    @property
    def data_plane_url(self) -> str:
        """The HTTPS endpoint of all channels."""
        return self._url("http", 1)

    @property
    def master_url(self) -> str:
        """The WebSocket endpoint of all channels for masters."""
        return self._url("ws", 2)

    @property
    def viewer_url(self) -> str:
        """The WebSocket endpoint of all channels for viewers."""
        return self._url("ws", 3)

    async def __aenter__(self) -> Self:
        settings = self.settings
        listeners = (
            (self._control, settings.control_plane_port),
            (self._data, settings.data_plane_port),
            (self._master, settings.master_port),
            (self._viewer, settings.viewer_port),
        )
        try:
            for handler, port in listeners:
                listener = Listener(handler, port, settings)
                self._listeners.append(listener)
                await listener.start()
        except BaseException:
            await self._stop()
            raise
        self._refuse_connections()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        for listener in self._listeners:
            await listener.stop()
        self.faults.end()
        for channel in self._channels:
            channel.end()
        await asyncio.gather(*(listener.clean_up() for listener in self._listeners))

    def _refuse_connections(self) -> None:
        control = {operation for operation, _ in self._control_plane.operations.values()}
        data = {operation for operation, _ in self._data_plane.operations.values()}
        for listener, operations in zip(self._listeners, (control, data), strict=False):
            listener.refuse(refuses=not operations.isdisjoint(self.faults.refused))

    def _url(self, scheme: str, listener: int) -> str:
        port = self._listeners[listener].port
        if self.settings.tls is None:
            return f"{scheme}://{self.settings.host}:{port}"
        # The C SDK fails on a URL with a port.
        return f"{scheme}s://{self.settings.host}" + ("" if port == 443 else f":{port}")

    def _resource_endpoints(self) -> ResourceEndpoints:
        return ResourceEndpoints(self.data_plane_url, self.master_url, self.viewer_url)

    async def _control(self, http: web.BaseRequest) -> web.StreamResponse:
        if http.method != "POST" or http.path not in self._control_plane.operations:
            return self._unknown()
        operation, implementation = self._control_plane.operations[http.path]

        async def handler(_: Call, parameters: Parameters) -> web.StreamResponse:
            return json_response(implementation(parameters))

        return await self._front_door.handle(http, operation, ACCESS_DENIED, handler)

    async def _data(self, http: web.BaseRequest) -> web.StreamResponse:
        if http.method != "POST" or http.path not in self._data_plane.operations:
            return self._unknown()
        operation, implementation = self._data_plane.operations[http.path]

        async def handler(_: Call, parameters: Parameters) -> web.StreamResponse:
            return json_response(await implementation(parameters))

        return await self._front_door.handle(http, operation, NOT_AUTHORIZED, handler)

    async def _master(self, http: web.BaseRequest) -> web.StreamResponse:
        connect = self._websockets.connect_as_master
        return await self._front_door.handle(http, "ConnectAsMaster", CONNECTION_DENIED, connect)

    async def _viewer(self, http: web.BaseRequest) -> web.StreamResponse:
        connect = self._websockets.connect_as_viewer
        return await self._front_door.handle(http, "ConnectAsViewer", CONNECTION_DENIED, connect)

    def _unknown(self) -> web.StreamResponse:
        self._front_door.record("UnknownOperation", "", "")
        return unknown_operation()
