"""Services that treat every request alike: they answer, refuse, or never come to an end."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tests.support.directives import ANSWER
from tests.support.raw_server import Serve, http_reply, read_request, serving


def repeating(reply: bytes) -> Serve:
    """Gives the same reply to every request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(reply)
            await writer.drain()

    return serve


def dribbling(head: bytes, drop: bytes, *, first_after: float = 0.0, every: float = 0.2) -> Serve:
    """Reads a request, and answers after so many seconds, drop by drop, without an end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(first_after)
        writer.write(head)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(every)

    return serve


def signaling_reply(sdp: str) -> bytes:
    """What the data plane of signaling says once a camera gave this answer."""
    answer = json.dumps({"type": "answer", "sdp": sdp})
    return http_reply(200, json.dumps({"Answer": base64.b64encode(answer.encode()).decode()}))


def dynamodb_reply(status: int, body: object) -> bytes:
    """A reply as DynamoDB writes it; a text is the body as it stands."""
    return http_reply(status, body if isinstance(body, str) else json.dumps(body), "application/x-amz-json-1.0")


def dynamodb_error(status: int, name: str) -> bytes:
    """An error as DynamoDB writes it."""
    error = {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": "as the test wants it"}
    return dynamodb_reply(status, error)


@asynccontextmanager
async def answering_servers(count: int = 1) -> AsyncIterator[list[str]]:
    """The URLs of so many data planes of signaling that give the same answer to every offer."""
    serve = repeating(signaling_reply(ANSWER))
    async with AsyncExitStack() as stack:
        yield [f"http://{await stack.enter_async_context(serving(serve))}" for _ in range(count)]


@asynccontextmanager
async def refusing_server(status: int, name: str) -> AsyncIterator[str]:
    """The URL of a DynamoDB whose every reply is this error."""
    async with serving(repeating(dynamodb_error(status, name))) as address:
        yield f"http://{address}"


@asynccontextmanager
async def slow_server(*, first_after: float = 0.0, every: float = 0.2) -> AsyncIterator[str]:
    """The URL of a service that reads a request, and answers byte by byte, `every` so many seconds, without an end."""
    head = http_reply(200, "", length=9_000)
    async with serving(dribbling(head, b" ", first_after=first_after, every=every)) as address:
        yield f"http://{address}"
