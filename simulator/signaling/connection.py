import asyncio
import math
from collections.abc import Callable
from typing import NamedTuple

from aiohttp import WSMsgType, web

from simulator.signaling.frames import GO_AWAY, Message, text_of
from simulator.signaling.settings import SignalingSettings

# What the peer of a closing connection gets to say goodbye.
GOODBYE_SECONDS = 1.0
_GOING_AWAY = 1001
_UNSUPPORTED_DATA = 1003


class _Close(NamedTuple):
    code: int


class _Pong(NamedTuple):
    data: bytes


class Connection:
    """A WebSocket of a master or viewer, from the handshake to its end. `sent` is told of each message sent."""

    def __init__(self, http: web.BaseRequest, settings: SignalingSettings, sent: Callable[[Message], None]) -> None:
        self.socket = web.WebSocketResponse(autoping=False, timeout=GOODBYE_SECONDS)
        self._http = http
        self._settings = settings
        self._sent = sent
        self._outgoing: asyncio.Queue[Message | str | _Pong | _Close | None] = asyncio.Queue()
        self._active_at = self._opened_at = asyncio.get_running_loop().time()
        self._going_away = False
        self._last_call: asyncio.TimerHandle | None = None

    def deliver(self, message: Message) -> None:
        """Send the message as soon as the connection takes it; it is lost if the peer is gone by then."""
        self._outgoing.put_nowait(message)

    def send_text(self, text: str) -> None:
        """Send a frame that is no peer's message."""
        self._outgoing.put_nowait(text)

    def end(self, code: int) -> None:
        """Close the connection, after what is to be sent."""
        self._outgoing.put_nowait(_Close(code))
        if self._last_call is None:
            # A peer that reads nothing would hold the close frame back, too.
            self._last_call = asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self._abort)

    async def run(self, receive: Callable[[str], None]) -> None:
        """Pass every text frame to `receive` until the connection ends."""
        writer = asyncio.create_task(self._write())
        try:
            while (text := await self._next_text()) is not None:
                receive(text)
        finally:
            self._outgoing.put_nowait(None)
            _, stuck = await asyncio.wait({writer}, timeout=GOODBYE_SECONDS)
            for task in stuck:
                self._abort()
                task.cancel()
            if self._last_call is not None:
                self._last_call.cancel()

    async def _write(self) -> None:
        while (item := await self._outgoing.get()) is not None:
            try:
                await self._write_one(item)
            except ConnectionResetError:
                return
            if isinstance(item, _Close):
                return
            self._active_at = asyncio.get_running_loop().time()

    async def _write_one(self, item: Message | str | _Pong | _Close) -> None:
        if isinstance(item, _Close):
            await self.socket.close(code=item.code)
        elif isinstance(item, _Pong):
            await self.socket.pong(item.data)
        elif isinstance(item, Message):
            await self.socket.send_str(text_of(item))
            self._sent(item)
        else:
            await self.socket.send_str(item)

    async def _next_text(self) -> str | None:
        while True:
            patience = self._deadline() - asyncio.get_running_loop().time()
            try:
                # To aiohttp a timeout of 0 is none.
                frame = await self.socket.receive(timeout=max(0.001, patience))
            except TimeoutError:
                self._run_out()
                continue
            self._active_at = asyncio.get_running_loop().time()
            if frame.type is WSMsgType.TEXT:
                return str(frame.data)
            if frame.type is WSMsgType.BINARY:
                self.end(_UNSUPPORTED_DATA)
            elif frame.type is WSMsgType.PING:
                self._outgoing.put_nowait(_Pong(frame.data))
            elif frame.type is not WSMsgType.PONG:
                return None

    def _deadline(self) -> float:
        lifetime = self._settings.connection_seconds
        if self._going_away:
            lifetime += self._settings.going_away_seconds
        if self._last_call is not None:
            return math.inf
        return min(self._active_at + self._settings.idle_seconds, self._opened_at + lifetime)

    def _run_out(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._deadline():
            return
        idle = self._active_at + self._settings.idle_seconds <= now
        if idle or self._going_away:
            self.end(_GOING_AWAY)
        else:
            self._going_away = True
            self.send_text(GO_AWAY)

    def _abort(self) -> None:
        if self._http.transport is not None:
            self._http.transport.abort()
