"""An event gateway on a real socket, which gives the answers that a test has it give, one after another."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.support.alexa_schema import checked
from tests.support.threaded_server import Request, threaded_server

ACCEPTED = 202


class Got(NamedTuple):
    """A request: its path, its headers in lower case, and its message."""

    path: str
    headers: dict[str, str]
    message: dict[str, Any]


class Gateway:
    """`url` for settings; `got` is what came; each answer is a status with a code, and the last one stays."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[Got] = []
        self._answers: list[tuple[int, str]] = [(ACCEPTED, "")]

    def will_answer(self, *answers: tuple[int, str]) -> None:
        self._answers = [*answers]

    def next_answer(self) -> tuple[int, str]:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    @property
    def tokens(self) -> list[str]:
        return [got.headers["authorization"].removeprefix("Bearer ") for got in self.got]


@contextmanager
def running_gateway() -> Iterator[Gateway]:
    gateway = Gateway()

    def handle(request: Request) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        gateway.got.append(Got(request.path, headers, checked(json.loads(request.body))))
        status, code = gateway.next_answer()
        body = {"header": {}, "payload": {"code": code, "description": "Atza|SENTINEL"}}
        content = b"" if status == ACCEPTED else json.dumps(body).encode()
        request.reply(status, content, {"Content-Type": "application/json"})

    with threaded_server(handle) as gateway.url:
        yield gateway
