from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from simulator.signaling.calls import Call, FrontDoor, Parameters
from simulator.signaling.channel import MASTER, Channel
from simulator.signaling.channels import Channels
from simulator.signaling.connection import Connection
from simulator.signaling.errors import INVALID_ARGUMENT, ServiceError
from simulator.signaling.frames import Frame, Message, message_from, parse, recipient_of, status_response
from simulator.signaling.rates import MESSAGE_RATES, RateLimiter
from simulator.signaling.settings import SignalingSettings

_OPERATIONS = {"SDP_OFFER": "SendSdpOffer", "SDP_ANSWER": "SendSdpAnswer", "ICE_CANDIDATE": "SendIceCandidate"}
_COUNTED = {**_OPERATIONS, "ICE_CANDIDATE": "SendCandidate"}
"""The same by the names that CloudWatch has for them."""


class Delivery(NamedTuple):
    """A message that was sent to a peer; no sender or recipient is the master. Time in seconds since 1970."""

    message_type: str
    channel_name: str
    sender_client_id: str
    recipient_client_id: str
    time: float


class WebSockets:
    """The masters' and viewers' WebSockets: who connects, and whose messages go where."""

    def __init__(self, settings: SignalingSettings, channels: Channels, front_door: FrontDoor) -> None:
        self.deliveries: list[Delivery] = []
        self._settings = settings
        self._channels = channels
        self._front_door = front_door

    async def connect_as_master(self, call: Call, parameters: Parameters) -> web.StreamResponse:
        """Connect a master; a client id that it may bring along means nothing."""
        channel = self._channels.get(arn=parameters["ChannelARN"])
        connection = self._connection(call, channel, MASTER)
        channel.connect_master(connection)
        return await self._serve(connection, call, channel, MASTER)

    async def connect_as_viewer(self, call: Call, parameters: Parameters) -> web.StreamResponse:
        """Connect a viewer under its client id."""
        client_id: str = parameters["ClientId"]
        channel = self._channels.get(arn=parameters["ChannelARN"])
        channel.check_room(client_id, self._settings.viewers_per_channel)
        connection = self._connection(call, channel, client_id)
        channel.connect_viewer(client_id, connection)
        return await self._serve(connection, call, channel, client_id)

    def _connection(self, call: Call, channel: Channel, client_id: str) -> Connection:
        def sent(message: Message) -> None:
            sender = message.sender_client_id if client_id == MASTER else MASTER
            self.deliveries.append(
                Delivery(message.message_type, channel.name, sender, client_id, self._settings.clock())
            )

        connection = Connection(call.http, self._settings, sent)
        if not connection.socket.can_prepare(call.http):
            raise ServiceError(INVALID_ARGUMENT, "The request is not a WebSocket handshake.")
        return connection

    async def _serve(self, connection: Connection, call: Call, channel: Channel, client_id: str) -> web.StreamResponse:
        try:
            await connection.socket.prepare(call.http)
            self._front_door.count(call.operation, channel.name, failed=False)
            await connection.run(self._receiver(connection, channel, client_id))
        finally:
            channel.disconnect(client_id, connection)
            self._front_door.count("Disconnect", channel.name, failed=False)
        return connection.socket

    def _receiver(self, connection: Connection, channel: Channel, client_id: str) -> Callable[[str], None]:
        limiter = RateLimiter(self._settings)

        def receive(text: str) -> None:
            frame = Frame({})
            try:
                frame = parse(text)
                self._route(frame, limiter, channel, client_id)
            except ServiceError as error:
                self._front_door.count(_counted(frame), channel.name, failed=True)
                if frame.correlation_id:
                    connection.send_text(status_response(frame.correlation_id, error.error_type, error.message))
            else:
                self._front_door.count(_counted(frame), channel.name, failed=False)
                if self._settings.assumptions.empty_frame_per_message:
                    connection.send_text("")

        return receive

    def _route(self, frame: Frame, limiter: RateLimiter, channel: Channel, client_id: str) -> None:
        if client_id == MASTER:
            message = message_from(frame, self._settings.assumptions.sender_client_id_of_master or "")
            recipient = recipient_of(frame)
        else:
            message = message_from(frame, client_id)
            recipient = MASTER
        self._front_door.record(_OPERATIONS[message.message_type], channel.name, client_id)
        limiter.take(MESSAGE_RATES[message.message_type], message.message_type)
        if recipient == MASTER:
            channel.send_to_master(message)
        else:
            channel.send_to_viewer(recipient, message)


def _counted(frame: Frame) -> str:
    """What CloudWatch calls the operation of this message, empty if it is none."""
    return _COUNTED.get(str(frame.members.get("action")), "")
