"""Requests to servers of this machine: those of other people's pages are refused (`local_port`)."""

from collections.abc import Awaitable, Callable, Collection

from aiohttp import web

from simulator.local_port import LocalPort

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CHANGES = {"POST", "PUT", "PATCH", "DELETE"}


def refusal_of(
    request: web.BaseRequest,
    *,
    hosts: Collection[str] = (),
    origins: Collection[str] = (),
    pages: Collection[str] = (),
    is_forwarded: bool = False,
) -> str:
    """Why a request is refused, as a sentence; empty if it is not. The rest as LocalPort has it, hosts without port."""
    port = request.get_extra_info("sockname")[1]
    named = [name if port in {80, 443} else f"{name}:{port}" for name in hosts]
    headers = {name.lower(): ",".join(request.headers.getall(name)) for name in {*request.headers}}
    return LocalPort(port, named, origins, pages, is_forwarded).refusal(request.method, request.path, headers)


@web.middleware
async def refuse_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets programs through, and no page of a browser."""
    if refusal := refusal_of(request):
        return web.json_response({"error": refusal}, status=403)
    return await handler(request)
