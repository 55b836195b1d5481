"""Connections that do not outlive their use: by the end of the budget, or by a freeze that nobody tells them of."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from urllib3 import HTTPResponse
from urllib3.exceptions import ConnectTimeoutError

from camera_skill.budget import Budget, BudgetedCall, both_clocks, seconds_between
from camera_skill.errors import DeadlineExceededError

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from urllib3 import PoolManager

T = TypeVar("T")

IDLE_SECONDS = 5.0
"""A connection unused for longer is not trusted any more: Lambda freezes containers for minutes."""
MOST_REPLY_BYTES = 16 * 2**20
"""More than any call's reply: BatchGetItem's has at most 16 MB, the cameras of a customer some kB."""

_thread = threading.local()


class ReplyTooLongError(Exception):
    """A reply that would fill the function's memory. botocore makes an HTTPClientError of it."""


class NotConnectedError(BotoCoreError):
    """The network failed, or the time was over, before a connection came about: not a byte of the request was sent."""

    fmt = "no connection came about, so that nothing was sent"


def call(budget: Budget, function: Callable[[], T], what: str, least_seconds: float = 0.0) -> T:
    """The result of `function`, whose requests go over `bounded` clients; nothing of it goes on after the budget.

    A request is sent only while `least_seconds` are left, however long name resolution and handshake took; a
    call that is late is cut off, so that neither its thread nor its connection stays behind.

    Raises: NotConnectedError where certainly nothing was sent; DeadlineExceededError, naming `what` was waited for;
    else whatever `function` raises.
    """
    return begin(budget, function, what, least_seconds).result()


def begin(budget: Budget, function: Callable[[], T], what: str, least_seconds: float = 0.0) -> "Begun[T]":
    """The same, but the caller goes on meanwhile, and asks for the result later, once, so that nothing stays behind."""
    current = _Call(budget, least_seconds)
    return Begun(current, budget.begin(lambda: current.run(function), what))


def bounded(client: "BaseClient") -> None:
    """Lets a boto3 client use connections that `call` bounds. It has no other way to reach its connections."""
    session = client._endpoint.http_session  # type: ignore[attr-defined]  # noqa: SLF001 - botocore is pinned
    session._pool_classes_by_scheme = _POOLS  # noqa: SLF001 - for proxies
    bounded_manager(session._manager)  # noqa: SLF001


def bounded_manager(manager: "PoolManager") -> None:
    """Lets a pool manager, that has no pools yet, use connections that `call` bounds."""
    manager.pool_classes_by_scheme = _POOLS


class Begun(Generic[T]):
    """A call that goes on in its thread."""

    def __init__(self, call: "_Call", begun: BudgetedCall[T]) -> None:
        self._call = call
        self._begun = begun

    def result(self, budget: Budget | None = None) -> T:
        """What it returned, waited for to the end of its own budget, or of another `budget`.

        Raises: NotConnectedError or DeadlineExceededError, having cut the call off; else what the call raised.
        """
        try:
            return self._begun.result(budget)
        except DeadlineExceededError as error:
            if self._call.cut():
                raise NotConnectedError from error
            error.seconds_given = self._call.seconds_given
            raise


class _Call:
    """A call in its thread, the connection that it uses, and what is known of its request."""

    def __init__(self, budget: Budget, least_seconds: float) -> None:
        self.seconds_given = 0.0
        self._budget = budget
        self._least_seconds = least_seconds
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_over = False
        self._is_watched = False
        self._may_have_sent = False

    def run(self, function: Callable[[], T]) -> T:
        _thread.call = self
        try:
            return function()
        except (HTTPClientError, BotocoreConnectionError) as error:
            if self._has_sent_nothing():
                raise NotConnectedError from error
            raise
        finally:
            _thread.call = None

    def connecting(self) -> None:
        """Before a new connection is made."""
        self._is_watched = True

    def use(self, connection: Any) -> None:  # noqa: ANN401 - botocore's connections have no types
        """Before any byte is sent. Raises: ConnectTimeoutError if it is too late for that."""
        self._is_watched = True
        with self._lock:
            left = self._budget.left()
            if not self._is_over and left > 0.0 and left >= self._least_seconds:
                self._socket = connection.sock
                self._may_have_sent = True
                self.seconds_given = left
                return
        connection.close()
        raise ConnectTimeoutError(connection, "connected too late")

    def cut(self) -> bool:
        """Ends the call, which sends nothing from now on. Whether it had sent nothing before, either."""
        with self._lock:
            self._is_over = True
        if self._socket is not None:
            with suppress(OSError):  # closed meanwhile
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # not TLS's own, which would wait for the peer
        return self._has_sent_nothing()

    def _has_sent_nothing(self) -> bool:
        # Known for certain only where the call used connections that tell it what they do.
        return self._is_watched and not self._may_have_sent


class _Bounded:
    """Tells the call of this thread before anything is sent, on a new connection or on one that was kept."""

    def connect(self) -> None:
        current = _current()
        if current is not None:
            current.connecting()
        super().connect()  # type: ignore[misc]  # the other base has it
        if current is not None:
            current.use(self)

    def request(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        current = _current()
        if current is not None and self.sock is not None:  # type: ignore[attr-defined]  # the other base has it
            current.use(self)
        return super().request(*arguments, **options)  # type: ignore[misc]  # the other base has it

    def getresponse(self) -> Any:  # noqa: ANN401 - passed on
        response = super().getresponse()  # type: ignore[misc]  # the other base has it
        if response.length_remaining is None or response.length_remaining > MOST_REPLY_BYTES:
            response.stream = partial(_stream, response)
        return response


def _stream(response: HTTPResponse, *arguments: Any, **options: Any) -> Iterator[bytes]:  # noqa: ANN401 - passed on
    """The parts of a reply of unknown length. Raises: ReplyTooLongError, having closed the connection."""
    read = 0
    for part in HTTPResponse.stream(response, *arguments, **options):
        read += len(part)
        if read > MOST_REPLY_BYTES:
            response.close()
            raise ReplyTooLongError
        yield part


def _current() -> "_Call | None":
    return getattr(_thread, "call", None)


class _HTTPConnection(_Bounded, AWSHTTPConnection):  # type: ignore[misc]  # botocore has no types
    pass


class _HTTPSConnection(_Bounded, AWSHTTPSConnection):  # type: ignore[misc]  # botocore has no types
    pass


class _HTTPPool(AWSHTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(AWSHTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class Closable(Protocol):
    """A boto3 client: `close` ends its connections, and it opens new ones when it is used again."""

    def close(self) -> None:
        """Ends all idle connections."""


C = TypeVar("C", bound=Closable)


class FreshClient(Generic[C]):
    """A client that is only given out with connections which were used a moment ago, or with none."""

    def __init__(self, client: C) -> None:
        """`client` has no connections yet."""
        self._client = client
        self._used = both_clocks()

    def get(self) -> C:
        """The client, for a call that is made now."""
        now = both_clocks()
        if seconds_between(self._used, now) > IDLE_SECONDS:
            self._client.close()
        self._used = now
        return self._client
