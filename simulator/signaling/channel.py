import asyncio
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from simulator.signaling.errors import CLIENT_LIMIT_EXCEEDED, ServiceError
from simulator.signaling.frames import Message
from simulator.signaling.settings import Assumptions

MASTER = ""


class Peer(Protocol):
    """The connection of a master or viewer."""

    def deliver(self, message: Message) -> None:
        """Send the message as soon as the connection takes it; it is lost if the peer is gone by then."""
        ...

    def end(self, code: int) -> None:
        """Close the connection with this close code."""
        ...


class _Held(NamedTuple):
    client_id: str
    message: Message
    expires_at: float


@dataclass
class Channel:
    """A signaling channel: what the control plane knows of it, and who is connected.

    `master` and `viewers` are the newest connections; older ones may still be open, and get nothing any more.
    `stores_media_in`: the ARN of the stream, where media storage is enabled. Peers reach no master then: it takes part
    in the storage session.
    """

    name: str
    arn: str
    creation_time: float
    version: str
    message_ttl_seconds: int
    tags: dict[str, str]
    message_ttl_scale: float
    assumptions: Assumptions
    stores_media_in: str = ""
    transition: str = "CREATING"
    transition_ends_at: float = 0.0
    master: Peer | None = None
    viewers: dict[str, Peer] = field(default_factory=dict)
    _peers: set[Peer] = field(default_factory=set)
    _offers: dict[str, tuple[Message, asyncio.Future[str | None]]] = field(default_factory=dict)
    _calls: set[asyncio.Future[str | None]] = field(default_factory=set)
    _held: list[_Held] = field(default_factory=list)

    @property
    def message_lifetime(self) -> float:
        """How long an undelivered message is kept, in seconds."""
        return self.message_ttl_seconds * self.message_ttl_scale

    def connect_master(self, peer: Peer) -> None:
        """Make the peer the master, and give it what was kept for a master."""
        self._peers.add(peer)
        if self.master is not None and self.assumptions.close_replaced_connections:
            self.master.end(1000)
        self.master = peer
        kept = self._take(MASTER)
        if self.assumptions.redeliver_unanswered:
            unanswered = [offer for offer, answer in self._offers.values() if not answer.done()]
            kept += [offer for offer in unanswered if offer not in kept]
        for message in kept:
            peer.deliver(message)

    def check_room(self, client_id: str, viewers: int) -> None:
        """Check that this viewer still has room among so many.

        Raises:
            ServiceError: ClientLimitExceededException when it has not.
        """
        if client_id not in self.viewers and len(self.viewers) >= viewers:
            raise ServiceError(CLIENT_LIMIT_EXCEEDED, f"The channel has {viewers} viewers already.")

    def connect_viewer(self, client_id: str, peer: Peer) -> None:
        """Make the peer the viewer of this client id, and give it what was kept for it."""
        self._peers.add(peer)
        if client_id in self.viewers and self.assumptions.close_replaced_connections:
            self.viewers[client_id].end(1000)
        self.viewers[client_id] = peer
        for message in self._take(client_id):
            peer.deliver(message)

    def disconnect(self, client_id: str, peer: Peer) -> None:
        """Forget a connection that has ended, unless a newer one has its place."""
        self._peers.discard(peer)
        if self.master is peer:
            self.master = None
        elif self.viewers.get(client_id) is peer:
            del self.viewers[client_id]

    def send_to_master(self, message: Message) -> None:
        """Give the master a viewer's message, or keep it until one connects."""
        if self.stores_media_in:
            return
        if self.master is not None:
            self.master.deliver(message)
        elif self.assumptions.hold_undelivered:
            self._hold(MASTER, message)

    def send_to_viewer(self, client_id: str, message: Message) -> None:
        """Give a master's message to a viewer, or to the call whose offer it answers, or keep it."""
        if client_id in self._offers:
            # Alexa takes its candidates from the answer: whatever else is sent to it has nowhere to go.
            answer = self._offers[client_id][1]
            if message.message_type == "SDP_ANSWER" and not answer.done():
                answer.set_result(message.message_payload)
        elif client_id in self.viewers:
            self.viewers[client_id].deliver(message)
        elif self.assumptions.hold_undelivered:
            self._hold(client_id, message)

    async def send_alexa_offer(self, sender_client_id: str, message_payload: str) -> str | None:
        """Give an offer to the master, as soon as there is one; return its answer, None if none came in time."""
        message = Message("SDP_OFFER", sender_client_id, message_payload)
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._overwrite(sender_client_id)
        self._offers[sender_client_id] = (message, answer)
        self._calls.add(answer)
        block = self.assumptions.block_seconds
        try:
            async with asyncio.timeout(self.message_lifetime if block is None else block):
                if self.master is not None and not self.stores_media_in:
                    self.master.deliver(message)
                elif not self.stores_media_in:
                    self._hold(MASTER, message)
                return await answer
        except TimeoutError:
            return None
        finally:
            self._calls.discard(answer)
            if self._offers.get(sender_client_id) == (message, answer):
                del self._offers[sender_client_id]

    def end(self) -> None:
        """End every connection, and every call that waits for an answer."""
        for peer in list(self._peers):
            peer.end(1001)
        for answer in self._calls:
            if not answer.done():
                answer.set_result(None)

    def _overwrite(self, sender_client_id: str) -> None:
        _, older = self._offers.pop(sender_client_id, (None, None))
        if older is not None and not older.done() and not self.assumptions.overwritten_offer_waits:
            older.set_result(None)

    def _hold(self, client_id: str, message: Message) -> None:
        now = asyncio.get_running_loop().time()
        self._held = [
            older
            for older in self._held
            if older.expires_at > now and (older.client_id != client_id or not _overwrites(message, older.message))
        ]
        self._held.append(_Held(client_id, message, now + self.message_lifetime))

    def _take(self, client_id: str) -> list[Message]:
        now = asyncio.get_running_loop().time()
        taken = [held.message for held in self._held if held.client_id == client_id and held.expires_at > now]
        self._held = [held for held in self._held if held.client_id != client_id]
        return taken


def _overwrites(newer: Message, older: Message) -> bool:
    return newer.message_type != "ICE_CANDIDATE" and newer[:2] == older[:2]
