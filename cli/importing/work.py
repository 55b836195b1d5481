"""Carries out what was planned for a file of cameras: channels and registrations, several at a time."""

import queue
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from camera_skill.adapters import items
from camera_skill.camera import Camera, CameraLink
from camera_skill.errors import CameraNotFoundError, RegistryError
from cli.cameras import channels
from cli.cameras.registrations import Registrations
from cli.errors import CommandError
from cli.importing.plan import Outcome, Plan

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient

AT_ONCE = 10
"""Cameras: as many as boto3 keeps connections. Each costs four calls of the control plane, of which AWS takes 50
channels a second (Kinesis Video Streams with WebRTC, service quotas)."""
BATCH = 100
"""Keys of one BatchGetItem."""
ATTEMPTS = 30
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
TO_THE_END = 2.0
"""Seconds that an import which was stopped waits for the calls that are under way."""
THROTTLED = {"ClientLimitExceededException", "ThrottlingException", "ProvisionedThroughputExceededException"}
THROTTLED_WRITES = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
SPOILT_CHANNEL = {"InvalidArgumentException", "ResourceInUseException", "ResourceNotFoundException"}
"""What KVS says of one channel. Whatever else AWS says would be said of every row."""

Tell = Callable[[Plan, CommandError | None], None]
"""Takes a plan that was carried out, or why it could not be."""


class RegisteredCameras:
    """What the registry has, for the planner. Every method raises botocore's exceptions."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        """The table by name."""
        self._client = dynamodb
        self._table = table
        self._registrations = Registrations(dynamodb, table)

    def cameras(self, endpoint_ids: Collection[str]) -> Mapping[str, Camera | CommandError]:
        """Those of these cameras that there are; in place of one that cannot be read, why."""
        keys = [items.camera_key(endpoint_id) for endpoint_id in endpoint_ids]
        batches = (keys[begin : begin + BATCH] for begin in range(0, len(keys), BATCH))
        return dict(_read(item) for batch in batches for item in self._items(batch))

    def links(self, user_id: str) -> Iterable[CameraLink]:
        """A user's links."""
        return self._registrations.links(user_id)

    def has_owner(self, endpoint_id: str) -> bool:
        """Whether anybody has this camera."""
        return bool(self._registrations.owners(endpoint_id))

    def _items(self, keys: list[items.Key]) -> Iterator[items.Item]:
        request: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
        attempts = 0
        while request:  # a table that is throttled leaves keys out, and the SDK does not take that for a failure
            if attempts:
                time.sleep(_pause(attempts))
            attempts += 1
            response = self._client.batch_get_item(RequestItems=request)
            yield from response["Responses"].get(self._table, [])
            request = response["UnprocessedKeys"]
            if attempts == ATTEMPTS:
                raise CommandError("The registry is throttled and does not let itself be read: try again later.")


class Crew:
    """Threads that carry plans out, from entering the context to leaving it.

    Not a ThreadPoolExecutor: Python joins the threads of one before it ends, so that after Ctrl-C an import would wait
    for every call that hangs until it times out.
    """

    def __init__(self, registrations: Registrations, kinesis_video: "KinesisVideoClient", tell: Tell) -> None:
        """Both clients are shared by all threads, of which one at a time calls `tell`. No Ctrl-C cuts that short."""
        self._registrations = registrations
        self._kinesis_video = kinesis_video
        self._tell = tell
        self._is_told = True
        self._stopped = threading.Event()
        self._tasks: queue.SimpleQueue[Sequence[Plan] | None] = queue.SimpleQueue()
        self._change = threading.Condition()
        self._left = 0
        self._failure: Exception | None = None

    def carry_out(self, plans: Iterable[Plan], show: Callable[[], None]) -> None:
        """Carries all out, those of one camera one after the other, and tells of each; shows how far it is meanwhile.

        Raises: what would go wrong with every plan; the others are done or not.
        """
        cameras: dict[str, list[Plan]] = defaultdict(list)
        for plan in plans:
            cameras[plan.link.endpoint_id].append(plan)
        self._left = len(cameras)
        for group in cameras.values():
            self._tasks.put(group)
        with self._change:
            while self._left and not self._failure:
                self._change.wait()
                show()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Nothing is begun any more; returns when what was under way was told, or takes too long."""
        self._stopped.set()
        with self._change:
            self._change.wait_for(lambda: not self._left, TO_THE_END)
            self._is_told = False

    def patient(self, client: Any) -> None:  # noqa: ANN401 - any of boto3's clients
        """Lets the client wait and try again where AWS says that it is too much at once."""
        client.meta.events.register("needs-retry", self._pause_for)

    def __enter__(self) -> Self:
        for _ in range(AT_ONCE):
            threading.Thread(target=self._work, daemon=True).start()  # none may outlive an import that was stopped
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        for _ in range(AT_ONCE):
            self._tasks.put(None)

    def _work(self) -> None:
        while (group := self._tasks.get()) is not None:
            failure = None
            try:
                self._carry_out_all(group)
            except Exception as error:  # noqa: BLE001 - raised again by the thread that waits, whatever it is
                failure = error
            with self._change:
                self._left -= 1
                self._failure = self._failure or failure
                self._change.notify()

    def _carry_out_all(self, group: Sequence[Plan]) -> None:
        for plan in group:
            if self._stopped.is_set():
                return
            refusal = self._try(plan)
            with self._change:
                if self._is_told:
                    self._tell(plan, refusal)

    def _try(self, plan: Plan) -> CommandError | None:
        from botocore.exceptions import ClientError

        try:
            self._carry_out(plan)
        except CommandError as error:
            return error
        except CameraNotFoundError:
            return CommandError(f"The camera {plan.link.endpoint_id}, which it is to be shared of, was not added.")
        except ClientError as error:
            details = error.response.get("Error", {})
            if details.get("Code") not in SPOILT_CHANNEL or error.operation_name == "TransactWriteItems":
                raise
            return CommandError(f"KVS refused the channel {plan.link.endpoint_id}: {details.get('Message')}")
        return None

    def _carry_out(self, plan: Plan) -> None:
        if plan.outcome is Outcome.SHARED:
            self._registrations.link(plan.link)
            return
        channel = channels.create_or_adopt(self._kinesis_video, plan.link.endpoint_id)
        if not self._registrations.add(channel.given_to(plan.camera), plan.link, None):
            raise CommandError(f"Somebody else added endpoint {plan.link.endpoint_id} meanwhile: import it again.")

    def _pause_for(self, response: Any, attempts: int, **_: object) -> float | None:  # noqa: ANN401 - botocore's
        """Asked by botocore after each call: the seconds until the next attempt, None for none."""
        if response is None or attempts >= ATTEMPTS or self._stopped.is_set() or not is_throttled(response[1]):
            return None
        return None if self._stopped.wait(_pause(attempts)) else 0.0


def is_throttled(reply: Mapping[str, Any]) -> bool:
    """Whether AWS would take the same call later. botocore does not know this of KVS, nor of transactions."""
    code = reply.get("Error", {}).get("Code")
    reasons = {reason.get("Code") for reason in reply.get("CancellationReasons", [])}
    return code in THROTTLED or (code == "TransactionCanceledException" and bool(reasons & THROTTLED_WRITES))


def _pause(attempts: int) -> float:
    return random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempts - 1))  # noqa: S311 - no secret


def _read(item: items.Item) -> tuple[str, Camera | CommandError]:
    endpoint_id = item["pk"]["S"].removeprefix("CAMERA#")
    try:
        return endpoint_id, items.camera_from_item(item)
    except RegistryError as error:
        return endpoint_id, CommandError(f"{str(error).capitalize()}: remove the camera with `cameras remove` first.")
