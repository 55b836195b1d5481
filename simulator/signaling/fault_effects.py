"""What faults do to a call: they stand in for the service, or let it act and spoil its reply or its connection."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from simulator.signaling.calls import Call, Proceed, json_response, unknown_operation
from simulator.signaling.errors import ErrorType, ServiceError
from simulator.signaling.fault_answers import Spoil, spoiled, wrapped

Effect = Callable[[Call, Proceed, float], Awaitable[web.StreamResponse]]
"""Answers a call; the number is the fault's argument, 0 for a fault without one."""

_POLL_SECONDS = 0.1
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def raising(error_type: ErrorType, message: str) -> Effect:
    """The service answers with an exception, and does nothing."""

    async def effect(_call: Call, _proceed: Proceed, _argument: float) -> web.StreamResponse:
        raise ServiceError(error_type, message)

    return effect


def replying(reply: Callable[[], web.Response]) -> Effect:
    """The service answers so, and does nothing."""

    async def effect(_call: Call, _proceed: Proceed, _argument: float) -> web.StreamResponse:
        return reply()

    return effect


def answering(text: Callable[[float], str]) -> Effect:
    """An answer of this text comes without any camera; the text may depend on the fault's argument."""

    async def effect(_call: Call, _proceed: Proceed, argument: float) -> web.StreamResponse:
        return json_response({"Answer": wrapped(text(argument))})

    return effect


def spoiling(spoil: Spoil) -> Effect:
    """The camera's own answer is spoiled; what is no answer stays."""

    async def effect(call: Call, proceed: Proceed, _: float) -> web.StreamResponse:
        response = await proceed()
        output: dict[str, Any] = json.loads(_body(response))
        offer = (call.parameters or {}).get("MessagePayload")
        answer = spoiled(output.get("Answer") or "", offer, spoil)
        return response if answer is None else json_response(output | {"Answer": answer})

    return effect


wrong_host = replying(unknown_operation)


async def slow(_: Call, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """Answers late."""
    response = await proceed()
    await asyncio.sleep(seconds)
    return response


async def late(_: Call, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """Acts late."""
    await asyncio.sleep(seconds)
    return await proceed()


async def never(call: Call, proceed: Proceed, _: float) -> web.StreamResponse:
    """Acts, and does not answer for as long as the client waits."""
    acting = asyncio.ensure_future(proceed())
    try:
        while not _has_left(call):  # noqa: ASYNC110  # aiohttp tells no handler that its client has left
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        acting.cancel()
    return web.Response()


async def cut_off(call: Call, proceed: Proceed, _: float) -> web.StreamResponse:
    """Acts, and closes the connection in the middle of the body that it has announced."""
    body, response = await _begun(call, proceed)
    await _write(response, body[: len(body) // 2])
    if call.http.transport is not None:
        call.http.transport.close()
    return response


async def dribble(call: Call, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """Acts, and sends the body byte by byte, so many seconds apart."""
    body, response = await _begun(call, proceed)
    for position in range(len(body)):
        if position:
            await asyncio.sleep(seconds)
        if not await _write(response, body[position : position + 1]):
            break
    return response


async def reset(call: Call, _proceed: Proceed, _argument: float) -> web.StreamResponse:
    """Resets the connection in place of acting."""
    transport = call.http.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    return web.Response()


async def reset_after(call: Call, proceed: Proceed, argument: float) -> web.StreamResponse:
    """Acts, and resets the connection in place of answering."""
    await proceed()
    return await reset(call, proceed, argument)


def _has_left(call: Call) -> bool:
    return call.http.transport is None or call.http.transport.is_closing()


def _body(response: web.StreamResponse) -> bytes:
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        raise TypeError("the service answered with a stream")
    return response.body


async def _begun(call: Call, proceed: Proceed) -> tuple[bytes, web.StreamResponse]:
    """The body of the service's reply, and a response of that length whose head is under way."""
    whole = await proceed()
    body = _body(whole)
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = len(body)
    await response.prepare(call.http)
    return body, response


async def _write(response: web.StreamResponse, data: bytes) -> bool:
    """Whether the client was still there."""
    try:
        await response.write(data)
    except ConnectionError:
        return False
    return True
