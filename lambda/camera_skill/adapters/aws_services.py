"""Calls to services of AWS: what they and the way to them may do, as errors of ours; and clients that are made late."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from camera_skill.adapters import connections
from camera_skill.adapters.connections import C, FreshClient
from camera_skill.adapters.replies import MALFORMED, code_of
from camera_skill.budget import Budget
from camera_skill.errors import CameraSkillError, DeadlineExceededError

T = TypeVar("T")

CONFIG = Config(connect_timeout=0.5, read_timeout=1.0, retries={"total_max_attempts": 3, "mode": "legacy"})
"""Three attempts of at most 1.5 s each, within the budget, for calls that may be repeated.

Not in the SDK's standard mode, in which calls share one quota of retries: records that cannot be written would use it
up, and the next customer's camera would not be looked up twice.
"""


class Service:
    """A service by the name that errors give it, and the kind of error that its failures are."""

    def __init__(self, name: str, failure: type[CameraSkillError]) -> None:
        """`name`: as in "the registry"."""
        self.name = name
        self.failure = failure

    def within(self, budget: Budget, call: Callable[[], T], what: str) -> T:
        """The result of `call` within the budget. Raises: `failure`, naming `what` was asked; else what `call` raised.

        The text of no service is repeated: it may hold what it was sent.
        """
        try:
            return connections.call(budget, call, what)
        except DeadlineExceededError as error:
            raise self.failure(f"{self.name} did not answer in time: {what}") from error
        except ClientError as error:
            raise self.failure(f"{self.name} refused the {what}: {code_of(error) or 'no code'}") from error
        except MALFORMED as error:
            raise self.failure(f"{self.name}'s reply cannot be read: {what}") from error
        except BotoCoreError as error:
            raise self.failure(f"{self.name} could not be reached: {what}") from error


class LateClient(Generic[C]):
    """A client that is made when it is needed first: reading the model of a service costs a cold start some 20 ms."""

    def __init__(self, make: Callable[[], C]) -> None:
        """`make` is called once, with whoever needs it waiting; its client's connections become bounded."""
        self._make = make
        self._lock = threading.Lock()  # a call that was cut off may still be making it
        self._fresh: FreshClient[C] | None = None

    def get(self) -> C:
        """The client, for a call that is made now."""
        with self._lock:
            if self._fresh is None:
                client = self._make()
                connections.bounded(client)  # type: ignore[arg-type]  # boto3's clients are all that is made here
                self._fresh = FreshClient(client)
            return self._fresh.get()
