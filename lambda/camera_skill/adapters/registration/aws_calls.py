"""Calls of the registry function to AWS: patient with throttling, and with errors of ours."""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from camera_skill.adapters.replies import MALFORMED, code_of
from camera_skill.registration_errors import AwsBusyError, AwsDeniedError, AwsFailedError

if TYPE_CHECKING:
    from botocore.client import BaseClient

CONFIG = Config(
    connect_timeout=1.0,
    read_timeout=5.0,
    retries={"total_max_attempts": 3, "mode": "legacy"},
    max_pool_connections=20,  # the threads of a batch
)
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
_THROTTLED = {
    "ClientLimitExceededException",  # KVS
    "ThrottlingException",
    "Throttling",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
    "InternalServerError",  # DynamoDB: worth another attempt
    "ServiceUnavailableException",
}
_THROTTLED_WRITES = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
_DENIED = {"AccessDeniedException", "AccessDenied", "NotAuthorizedException", "UnauthorizedException"}


class Patience:
    """Lets clients wait and try again where AWS says that it is too much at once, as long as the invocation has time.

    botocore does this for some services. It does not know KVS's way to say it, nor that of transactions.
    """

    def __init__(self) -> None:
        """`begin` says how long an invocation has."""
        self._end = 0.0

    def begin(self, seconds: float) -> None:
        """An invocation begins, that may wait for so many seconds."""
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until the end, never below zero."""
        return max(0.0, self._end - time.monotonic())

    def teach(self, client: "BaseClient") -> None:
        """Makes a client patient."""
        client.meta.events.register("needs-retry", self._pause_after)  # type: ignore[arg-type]  # it may return

    def _pause_after(self, response: Any, attempts: int, **_: object) -> float | None:  # noqa: ANN401 - botocore's
        """Asked by botocore after each call: the seconds until the next attempt, None for none."""
        if response is None or not is_throttled(response[1]):
            return None
        pause = random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempts - 1))  # noqa: S311 - no secret
        return pause if pause < self.left() else None


def is_throttled(reply: Mapping[str, Any]) -> bool:
    """Whether AWS would take the same call later."""
    code = reply.get("Error", {}).get("Code")
    reasons = {reason.get("Code") for reason in reply.get("CancellationReasons", [])}
    return code in _THROTTLED or (code == "TransactionCanceledException" and bool(reasons & _THROTTLED_WRITES))


@contextmanager
def mapped(what: str) -> Iterator[None]:
    """What AWS raises within, as errors of ours. `what` names the call, as in "the look-up of a channel".

    The text of no service is repeated: it may hold what it was sent.

    Raises:
        AwsBusyError, AwsDeniedError, AwsFailedError.
    """
    try:
        yield
    except ClientError as error:
        code = code_of(error) or "no code"
        if is_throttled(error.response) or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
            raise AwsBusyError(f"AWS is too busy for {what} ({code})") from error
        kind = AwsDeniedError if code in _DENIED else AwsFailedError
        raise kind(f"AWS refused {what} ({code})") from error
    except BotoCoreError as error:
        raise AwsBusyError(f"AWS did not answer: {what} ({type(error).__name__})") from error
    except MALFORMED as error:
        raise AwsFailedError(f"AWS's reply cannot be read: {what} ({type(error).__name__})") from error
