"""Requests to the account server."""

from camera_skill.adapters.http_requests import HttpRequests
from camera_skill.errors import AccountServerUnreachableError


class AccountServerRequests(HttpRequests):
    """Those whose failure says nothing of the token that they are about."""

    def __init__(self, server: str) -> None:
        """`server` names it in errors: an address without anything secret."""
        super().__init__(server, "the account server", AccountServerUnreachableError)

    def get_document(self, url: str) -> bytes:
        """The body of a reply that must be good. Only within `within`."""
        status, body = self.get(url)
        if status != 200:
            raise self.failed(status)
        return body
