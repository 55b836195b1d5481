"""What stands between the registry function and AWS: tells of each call that writes, and may be in the way of any."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import urllib3

from tests.support.passed_on import headers_for
from tests.support.threaded_server import Request, threaded_server

READS = re.compile(
    r"GetItem|BatchGetItem|Query|Scan|GET .*|.*[Dd]escribe.*|.*getSignalingChannelEndpoint|.*[Ll]istTags.*|.*metric.*"
)
THROTTLED = json.dumps({"__type": "ThrottlingException", "message": "too much"}).encode()


class Point(NamedTuple):
    """A call that writes, by its name, the how manieth it is of that name, and whether it is before or after it."""

    name: str
    number: int
    side: str


class HangUpError(Exception):
    """The caller gets no reply."""


class Gate:
    """A way to AWS. `reach` is told of each point, and may raise HangUpError; `throttles` of each call of DynamoDB."""

    def __init__(self, aws_url: str, kinesis_video_url: str) -> None:
        self.url = self.kinesis_video_url = ""
        self.reach: Callable[[Point], None] = lambda _: None
        self.throttles: Callable[[str], bool] = lambda _: False
        self._targets = aws_url, kinesis_video_url
        self._http = urllib3.PoolManager(maxsize=40, retries=False)
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Serves both addresses."""
        with ExitStack() as servers:
            urls = [
                servers.enter_context(threaded_server(lambda request, to=target: self._pass_on(request, to)))  # type: ignore[misc]
                for target in self._targets
            ]
            self.url, self.kinesis_video_url = urls
            yield
        self._http.clear()

    @contextmanager
    def told(self, reach: Callable[[Point], None]) -> Iterator[None]:
        """Whoever is told of each point, of requests that begin now."""
        self._counts.clear()
        self.reach = reach
        yield
        self.reach = lambda _: None

    def _pass_on(self, request: Request, target: str) -> None:
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        name = operation or f"{request.command} {_without_names(request.path)}"
        if operation and self.throttles(operation):
            request.reply(400, THROTTLED, {"Content-Type": "application/x-amz-json-1.0"})
            return
        try:
            with self._call("" if READS.fullmatch(name) else name):
                url = f"{target}{request.path}"
                headers = headers_for(request.command, url, dict(request.headers), request.body)
                reply = self._http.request(
                    request.command, url, body=request.body, headers=headers, decode_content=False
                )
        except HangUpError:
            request.hang_up()
            return
        kept = {key: value for key, value in reply.headers.items() if key.lower().startswith(("x-amz", "content-ty"))}
        request.reply(reply.status, reply.data, kept)

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        if not name:
            yield
            return
        with self._lock:
            self._counts[name] += 1
            number = self._counts[name]
        self.reach(Point(name, number, "before"))
        yield
        self.reach(Point(name, number, "after"))


def _without_names(path: str) -> str:
    """What of a path is the same for all things and certificates."""
    return re.sub(r"[^/]*[0-9-][^/]*", "X", path.partition("?")[0])
