"""Who speaks: the customer's account behind an access token."""

from typing import Protocol

from camera_skill.budget import Budget

MOST_CHARACTERS, MOST_BYTES = 256, 1_000
"""Of a user id: OpenID Connect allows 255 of a `sub`, and DynamoDB 1,024 bytes of a sort key, of which it is a part."""


class AccessTokens(Protocol):
    """The account server's word on access tokens."""

    def user_id(self, token: str | None, budget: Budget) -> str:
        """The user to whom the account server gave this token.

        Raises: TokenInvalidError, TokenExpiredError, AccountServerUnreachableError.
        """


def is_user_id(text: str) -> bool:
    """Whether an account server may name a user so: printable, and short enough for the tables."""
    return 0 < len(text) <= MOST_CHARACTERS and text.isprintable() and len(text.encode()) <= MOST_BYTES
