"""Requests to web servers: one small reply each, and never longer than so many seconds."""

import ssl
from collections.abc import Callable, Container, Mapping
from functools import cache
from typing import TypeVar

import urllib3

from camera_skill.adapters import connections
from camera_skill.budget import Budget
from camera_skill.errors import CameraSkillError, DeadlineExceededError

T = TypeVar("T")

CONNECT_SECONDS, READ_SECONDS = 1.0, 2.0
"""For all requests of one question together, which are cut off after both, however the server dribbles."""
_MOST_BYTES = 256 * 1024
_UNREACHABLE = (DeadlineExceededError, connections.NotConnectedError, urllib3.exceptions.HTTPError, OSError)


class HttpRequests:
    """Requests that follow no redirect, are sent once, and leave no connection that a freeze could outlast."""

    def __init__(
        self,
        server: str,
        who: str,
        failure: type[CameraSkillError],
        pools: int = 1,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        """`server` names it in errors: an address without anything secret; `who` it is; `failure`: those errors."""
        self._server = server
        self._who = who
        self._failure = failure
        self._seconds = CONNECT_SECONDS + read_seconds
        self._http = urllib3.PoolManager(
            num_pools=pools,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
            retries=False,
            ssl_context=_tls() if server.startswith("https:") else None,
        )
        connections.bounded_manager(self._http)

    def within(self, budget: Budget, ask: Callable[[], T]) -> T:
        """What `ask` returns, which makes its requests one after another.

        Raises: `failure` if they fail, take too long, or have replies of no sense (ValueError, whose text must be
        ours); else whatever `ask` raises.
        """
        capped = budget.apart(min(self._seconds, budget.left()))
        try:
            return connections.call(capped, ask, self._who)
        except _UNREACHABLE as error:
            raise self._failure(
                f"{self._who} did not answer ({type(error).__name__}): is {self._server} up?"
            ) from error
        except ValueError as error:
            raise self._failure(f"what {self._server} sent is not what it should: {error}") from error

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body of the reply; of a long body the beginning. Only within `within`."""
        return self._request("GET", url, headers or {})

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, unread: Container[int] = ()
    ) -> tuple[int, bytes]:
        """The same; the body is not waited for where the status is one of the `unread`."""
        return self._request("POST", url, headers, body, unread)

    def failed(self, status: int) -> CameraSkillError:
        """What to raise for a status that says nothing but that the server is not well."""
        return self._failure(f"{self._who} answered with HTTP {status}: is {self._server} well?")

    def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        unread: Container[int] = (),
    ) -> tuple[int, bytes]:
        with self._http.request(
            method,
            url,
            body=body,
            headers={**headers, "Accept": "application/json", "Connection": "close"},
            redirect=False,
            preload_content=False,
        ) as response:
            if response.status in unread:
                return response.status, b""
            return response.status, response.read(_MOST_BYTES, decode_content=False)


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: for each connection urllib3 would read all certificates anew, 30 ms of a whole core."""
    context = urllib3.util.ssl_.create_urllib3_context()
    context.load_default_certs()
    return context
