"""Requests to the account server: one small reply each, and never longer than so many seconds."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import urllib3

from camera_skill.adapters import connections
from camera_skill.budget import Budget
from camera_skill.errors import AccountServerUnreachableError, DeadlineExceededError

T = TypeVar("T")

CONNECT_SECONDS, READ_SECONDS = 1.0, 2.0
"""For all requests of one question together, which are cut off after both, however the server dribbles."""
_MOST_BYTES = 256 * 1024
_UNREACHABLE = (DeadlineExceededError, connections.NotConnectedError, urllib3.exceptions.HTTPError, OSError)


class AccountServerRequests:
    """GETs that follow no redirect, and leave no connection that a freeze could outlast."""

    def __init__(self, server: str) -> None:
        """`server` names it in errors: an address without anything secret."""
        self._server = server
        self._http = urllib3.PoolManager(
            num_pools=1, timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), retries=False
        )
        connections.bounded_manager(self._http)

    def within(self, budget: Budget, ask: Callable[[], T]) -> T:
        """What `ask` returns, which makes its requests one after another.

        Raises: AccountServerUnreachableError if they fail, take too long, or have replies of no sense (ValueError,
        whose text must be ours); else whatever `ask` raises.
        """
        capped = budget.apart(min(CONNECT_SECONDS + READ_SECONDS, budget.left()))
        try:
            return connections.call(capped, ask, "the account server")
        except _UNREACHABLE as error:
            raise AccountServerUnreachableError(
                f"the account server did not answer ({type(error).__name__}): is {self._server} up?"
            ) from error
        except ValueError as error:
            raise AccountServerUnreachableError(f"what {self._server} sent is not what it should: {error}") from error

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body of the reply; of a long body the beginning. Only within `within`."""
        with self._http.request(
            "GET",
            url,
            headers={**(headers or {}), "Accept": "application/json", "Connection": "close"},
            redirect=False,
            preload_content=False,
        ) as response:
            return response.status, response.read(_MOST_BYTES, decode_content=False)

    def get_document(self, url: str) -> bytes:
        """The body of a reply that must be good. Only within `within`."""
        status, body = self.get(url)
        if status != 200:
            raise self.failed(status)
        return body

    def failed(self, status: int) -> AccountServerUnreachableError:
        """What to raise for a status that says nothing of the token."""
        return AccountServerUnreachableError(f"the account server answered with HTTP {status}: is {self._server} well?")
