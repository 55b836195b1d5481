"""The two servers of Alexa's cloud, and what faults do to their answers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from simulator.alexa.cloud.event_gateway import error_body
from simulator.alexa.cloud.faults import At
from simulator.local_requests import refuse_pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from simulator.alexa.cloud.event_gateway import EventGateway
    from simulator.alexa.cloud.faults import CloudFault, CloudFaults
    from simulator.alexa.cloud.login_with_amazon import LoginWithAmazon

_POLL_SECONDS = 0.1
_SHUTDOWN_SECONDS = 0.5
_MOST_BYTES = 4 * 1024 * 1024
_LOGIN_ERRORS = {400: "invalid_request", 401: "invalid_client", 503: "temporarily_unavailable"}


@asynccontextmanager
async def serving(application: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """The URL at which it is served. Raises: OSError if the port is taken."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def login_application(login: LoginWithAmazon, faults: CloudFaults) -> web.Application:
    """Login with Amazon, as far as its token endpoint goes."""

    async def token(request: web.Request) -> web.StreamResponse:
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        user_id = login.whose(form.get("code", "") or form.get("refresh_token", ""))
        fault = faults.take(At.LOGIN, user_id, user_id) if user_id else None
        if fault is not None and fault.name.isdigit():
            status = int(fault.name)
            said = {"error": _LOGIN_ERRORS.get(status, "server_error"), "error_description": "as the fault wants it"}
            return web.json_response(said, status=status)

        def answer() -> web.Response:
            status, body = login.answer(form)
            return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})

        return await _answered(request, fault, answer)

    return _application("/auth/o2/token", token)


def gateway_application(gateway: EventGateway) -> web.Application:
    """The event gateway."""

    async def events(request: web.Request) -> web.StreamResponse:
        token = _bearer_token(request.headers)
        body = await request.read()
        record, fault = gateway.receive(token, body)
        if fault is not None and fault.name.isdigit():
            gateway.refuse(token, record, int(fault.name))
            return web.json_response(error_body(record), status=record.status)

        def answer() -> web.Response:
            gateway.take(token, body, record)
            if record.status == 202:
                return web.Response(status=202)
            return web.json_response(error_body(record), status=record.status)

        if fault is not None and fault.name in {"hang", "closed", "garbage"}:
            gateway.ignore(record)
        return await _answered(request, fault, answer)

    return _application("/v3/events", events)


def _application(path: str, handler: Any) -> web.Application:  # noqa: ANN401 - a handler of aiohttp
    application = web.Application(client_max_size=_MOST_BYTES, middlewares=[refuse_pages])
    application.router.add_post(path, handler)
    return application


def _bearer_token(headers: Mapping[str, str]) -> str:
    kind, _, token = headers.get("Authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""


async def _answered(
    request: web.Request, fault: CloudFault | None, answer: Callable[[], web.Response]
) -> web.StreamResponse:
    if fault is None:
        return answer()
    if fault.name == "garbage":
        return web.Response(text="<html>It works!</html>", content_type="text/html")
    if fault.name == "slow":
        response = answer()
        await asyncio.sleep(fault.seconds)
        return response
    if fault.name == "lost":
        answer()
    if fault.name == "hang":
        while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(_POLL_SECONDS)
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
