"""Who speaks: the customer's account behind an access token."""

from typing import Protocol

from camera_skill.budget import Budget


class AccessTokens(Protocol):
    """The account server's word on access tokens."""

    def user_id(self, token: str | None, budget: Budget) -> str:
        """The user to whom the account server gave this token.

        Raises: TokenInvalidError, TokenExpiredError, AccountServerUnreachableError.
        """
