"""Sends rows to the registry function in batches, several at a time, and tells what became of each."""

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from cli.errors import CommandError
from cli.importing.camera_file import Row
from cli.registry import TRY_AGAIN, Registry, RegistryRefusalError

AT_ONCE = 4
"""Batches. Each adds ten cameras at a time, and an AWS account may create 50 channels a second."""
BATCH = 100
"""Rows of a request: the registry function takes no more."""
ATTEMPTS = 20
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
TO_THE_END = 2.0
"""Seconds that an import which was stopped waits for the requests that are under way."""


class Outcome(StrEnum):
    """What became of a row, as the registry function says it."""

    ADDED = "ADDED"
    SHARED = "SHARED"
    ALREADY_THERE = "ALREADY_THERE"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class Wish:
    """A row, and the request that it makes."""

    row: Row
    request: Mapping[str, Any] = field(repr=False)

    @property
    def shares(self) -> bool:
        """Whether the camera is, or may be, another user's, too."""
        return bool(self.request.get("share"))

    @property
    def cameras(self) -> Iterator[Hashable]:
        """By what the row names a camera, if it does so by more than the user and the friendly name."""
        for name in ("endpoint_id", "external_id", "channel_arn", "thing_name"):
            if name in self.request:
                yield name, self.request[name]

    @property
    def users(self) -> Iterator[Hashable]:
        """The user and the cameras: what rows have in common that go together, so that a batch is of few users."""
        yield "user", self.request["user_id"]
        yield from self.cameras

    @property
    def links(self) -> Iterator[Hashable]:
        """The user's name for the camera, and the cameras: the least that rows have in common whose order matters."""
        yield "name", self.request["user_id"], self.request["friendly_name"].casefold()
        yield from self.cameras


Tell = Callable[[Wish, Outcome, str], None]
"""Takes a row, what became of it, and why it was refused."""


def parted(wishes: Iterable[Wish]) -> tuple[list[Wish], list[Wish]]:
    """The wishes without those for shared cameras; and these, so that each is in the part of the row that adds it."""
    wishes = list(wishes)
    shared = {name for wish in wishes if wish.shares for name in wish.cameras}
    parts: tuple[list[Wish], list[Wish]] = ([], [])
    for wish in wishes:
        parts[wish.shares or not shared.isdisjoint(wish.cameras)].append(wish)
    return parts


def grouped(wishes: Iterable[Wish], names_of: Callable[[Wish], Iterable[Hashable]]) -> list[list[Wish]]:
    """The wishes in groups that have no name in common, each in the order of the file."""
    group_of: dict[Hashable, int] = {}
    groups: dict[int, list[tuple[int, Wish]]] = {}
    for number, wish in enumerate(wishes):
        names = list(names_of(wish))
        met = sorted({group_of[name] for name in names if name in group_of})
        own = met[0] if met else number
        groups.setdefault(own, []).append((number, wish))
        for other in met[1:]:
            groups[own] += groups.pop(other)
            group_of = {name: own if group == other else group for name, group in group_of.items()}
        group_of.update(dict.fromkeys(names, own))
    return [[wish for _, wish in sorted(group, key=lambda one: one[0])] for group in groups.values()]


def packed(groups: Iterable[Sequence[Wish]]) -> list[list[list[Wish]]]:
    """Groups as runs of batches: the batches of a run go one after another, runs side by side. Small groups share."""
    runs: list[list[list[Wish]]] = []
    shared: list[Wish] = []
    for group in groups:
        if len(group) > BATCH:
            runs.append([list(group[begin : begin + BATCH]) for begin in range(0, len(group), BATCH)])
            continue
        if len(shared) + len(group) > BATCH:
            runs.append([shared])
            shared = []
        shared.extend(group)
    return [*runs, [shared]] if shared else runs


class Crew:
    """Threads that send batches, from entering the context to leaving it.

    Not a ThreadPoolExecutor: Python joins the threads of one before it ends, so that after Ctrl-C an import would wait
    for every request that is under way.
    """

    def __init__(self, registry: Registry, tell: Tell, *, is_dry_run: bool) -> None:
        """One thread at a time calls `tell`. No Ctrl-C cuts that short."""
        self._registry = registry
        self._tell = tell
        self._is_dry_run = is_dry_run
        self._is_told = True
        self._stopped = threading.Event()
        self._runs: queue.SimpleQueue[Sequence[Sequence[Wish]] | None] = queue.SimpleQueue()
        self._change = threading.Condition()
        self._put_off: list[Wish] = []
        self._left = 0
        self._failure: Exception | None = None

    def carry_out(self, wishes: Sequence[Wish], show: Callable[[], None]) -> None:
        """Sends these, and tells of each; shows how far it is meanwhile.

        Shared cameras go with the next wishes, or at the end. They connect users, so that a batch of them is of many
        users. Without them, a batch is of few users, whose cameras the function must look at.

        Raises: what would go wrong with every row; the others are done or not.
        """
        now, later = parted(wishes)
        later, self._put_off = self._put_off, later
        by_user, by_link = grouped(now, lambda wish: wish.users), grouped(later, lambda wish: wish.links)
        self._send_in_runs([*packed(by_user), *packed(by_link)], show)

    def finish(self, show: Callable[[], None]) -> None:
        """Sends what `carry_out` has put off. Raises: the same."""
        self.carry_out([], show)

    def _send_in_runs(self, runs: Sequence[Sequence[Sequence[Wish]]], show: Callable[[], None]) -> None:
        self._left = len(runs)
        for run in runs:
            self._runs.put(run)
        with self._change:
            while self._left and not self._failure:
                self._change.wait()
                show()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Nothing is sent any more; returns when what was under way was told, or takes too long."""
        self._stopped.set()
        with self._change:
            self._change.wait_for(lambda: not self._left, TO_THE_END)
            self._is_told = False

    def __enter__(self) -> Self:
        for _ in range(AT_ONCE):
            threading.Thread(target=self._work, daemon=True).start()  # none may outlive an import that was stopped
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        for _ in range(AT_ONCE):
            self._runs.put(None)

    def _work(self) -> None:
        while (run := self._runs.get()) is not None:
            failure = None
            try:
                for batch in run:
                    self._send_all(batch)
            except Exception as error:  # noqa: BLE001 - raised again by the thread that waits, whatever it is
                failure = error
            with self._change:
                self._left -= 1
                self._failure = self._failure or failure
                self._change.notify()

    def _send_all(self, batch: Sequence[Wish]) -> None:
        """Sends a batch, and again what AWS was too busy for. Raises: CommandError if that does not end."""
        for attempt in range(ATTEMPTS):
            if self._stopped.wait(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)) if attempt else 0):
                return
            batch = self._send(batch)
            if not batch:
                return
        raise CommandError("AWS is too busy for the registry function: try again later.")

    def _send(self, batch: Sequence[Wish]) -> list[Wish]:
        """Tells what became of the rows; those that must be sent again."""
        rows = [wish.request for wish in batch]
        try:
            if self._is_dry_run:
                answers = self._registry.read("ImportCameras", rows=rows, dry_run=True)["rows"]
            else:
                answers = self._registry.change_many("ImportCameras", rows=rows)["rows"]
        except RegistryRefusalError as error:
            if error.code != TRY_AGAIN:
                raise
            return list(batch)
        again = []
        for wish, answer in zip(batch, answers, strict=True):
            if answer["outcome"] == TRY_AGAIN:
                again.append(wish)
                continue
            with self._change:
                if self._is_told:
                    self._tell(wish, Outcome(answer["outcome"]), answer.get("error", {}).get("message", ""))
                self._change.notify()
        return again


@dataclass
class Rehearsal:
    """What a dry run remembers of the rows so far, since nothing is written that the registry would know of."""

    _users: dict[Hashable, set[str]] = field(default_factory=lambda: defaultdict(set))

    def outcome(self, wish: Wish, outcome: Outcome) -> Outcome:
        """What would become of the row after those before it."""
        _, *camera = wish.links
        name = camera[0] if camera else next(wish.links)
        users = self._users[name]
        is_known, is_shared = wish.request["user_id"] in users, bool(users)
        users.add(wish.request["user_id"])
        if outcome is not Outcome.ADDED or not is_shared:
            return outcome
        return Outcome.ALREADY_THERE if is_known else Outcome.SHARED
