from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from simulator.signaling import DEFAULT_OPERATION, Fault, FaultError
from simulator.world.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulator.local_aws import LocalAws
    from simulator.signaling import SignalingService
    from simulator.world.cameras import Cameras
    from simulator.world.world_file import WorldFile

T = TypeVar("T")
_ENDPOINT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class Control:
    """The supervisor's HTTP API on loopback, for the command and for tests; JSON in and out.

    GET /status tells of every part whether it works. POST /cameras and DELETE /cameras/ENDPOINT_ID start and end
    simulated cameras. PUT /account and PUT /cameras-listing put into `world.json` what the command knows, and
    DELETE /account takes both out.
    GET /signaling/requests tells what the signaling service was asked for, and what it delivered. GET, POST and DELETE
    /signaling/faults list, set and clear the faults that it has on demand. Errors are {"error": SENTENCE}.
    """

    def __init__(self, aws: LocalAws, signaling: SignalingService, cameras: Cameras, world_file: WorldFile) -> None:
        self._aws = aws
        self._signaling = signaling
        self._cameras = cameras
        self._world_file = world_file

    def application(self) -> web.Application:
        """The API, to be served on loopback only."""
        application = web.Application(middlewares=[_answer_errors])
        application.router.add_get("/status", self._status)
        application.router.add_post("/cameras", self._start_camera)
        application.router.add_delete("/cameras/{endpoint_id}", self._stop_camera)
        application.router.add_put("/account", self._put_account)
        application.router.add_delete("/account", self._delete_account)
        application.router.add_put("/cameras-listing", self._put_cameras)
        application.router.add_get("/signaling/requests", self._requests)
        application.router.add_get("/signaling/faults", self._faults)
        application.router.add_post("/signaling/faults", self._set_fault)
        application.router.add_delete("/signaling/faults", self._clear_faults)
        return application

    async def _status(self, _: web.Request) -> web.Response:
        running = self._aws.is_running()
        status = {
            "folder": str(self._world_file.folder),
            "pid": self._world_file.pid,
            "started": self._world_file.started,
            "local_aws": {
                "url": self._aws.url,
                "running": running,
                "answering": running and await asyncio.to_thread(self._aws.is_answering),
                "log": str(self._aws.log),
            },
            "signaling": {"url": self._signaling.control_plane_url, "running": True},
            "cameras": self._cameras.status(),
        }
        return web.json_response(status)

    async def _start_camera(self, request: web.Request) -> web.Response:
        body = await _object(request)
        endpoint_id, friendly_name = _text(body, "endpoint_id"), _text(body, "friendly_name")
        if not _ENDPOINT_ID.fullmatch(endpoint_id):
            raise _refusal("endpoint_id has 1 to 128 letters, digits, underscores or hyphens.")
        camera = await self._cameras.start(endpoint_id, friendly_name)
        return web.json_response(camera.status(), status=201)

    async def _stop_camera(self, request: web.Request) -> web.Response:
        await self._cameras.stop(request.match_info["endpoint_id"])
        return web.json_response({})

    async def _put_account(self, request: web.Request) -> web.Response:
        body = await _object(request)
        self._world_file.account = {name: _text(body, name) for name in ("user_id", "access_token")}
        self._world_file.write()
        return web.json_response({})

    async def _delete_account(self, _: web.Request) -> web.Response:
        self._world_file.account, self._world_file.cameras = None, []
        self._world_file.write()
        return web.json_response({})

    async def _put_cameras(self, request: web.Request) -> web.Response:
        cameras = await _json(request)
        if not isinstance(cameras, list) or not all(isinstance(camera, dict) for camera in cameras):
            raise _refusal("A list of cameras is wanted.")
        names = ("endpoint_id", "friendly_name", "channel_arn")
        self._world_file.cameras = [{name: _text(camera, name) for name in names} for camera in cameras]
        self._world_file.write()
        return web.json_response({})

    async def _requests(self, _: web.Request) -> web.Response:
        requests = self._signaling.requests
        counts = Counter(request.operation for request in requests)
        deliveries = [delivery._asdict() for delivery in self._signaling.deliveries]
        requests_made = [request._asdict() for request in requests]
        return web.json_response({"counts": counts, "requests": requests_made, "deliveries": deliveries})

    async def _faults(self, _: web.Request) -> web.Response:
        return web.json_response({"faults": [setting.as_row() for setting in self._signaling.faults.listing()]})

    async def _set_fault(self, request: web.Request) -> web.Response:
        body = await _object(request)
        setting = self._signaling.faults.set(
            Fault.parse(_text(body, "fault")),
            channel_name=_optional(body, "channel_name", str),
            operation=_optional(body, "operation", str) or DEFAULT_OPERATION,
            times=_optional(body, "times", int),
        )
        return web.json_response(setting.as_row(), status=201)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        cleared = self._signaling.faults.clear(request.query.get("channel_name"))
        return web.json_response({"cleared": cleared})


@web.middleware
async def _answer_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except FaultError as error:
        return web.json_response({"error": str(error)}, status=400)
    except CameraError as error:
        return web.json_response({"error": str(error)}, status=409)
    except web.HTTPException as error:
        return web.json_response({"error": error.text or error.reason}, status=error.status)


async def _json(request: web.Request) -> object:
    if request.content_type != "application/json":  # what a page in a browser cannot send without being asked
        raise _refusal("Content-Type: application/json is wanted.")
    try:
        return await request.json()
    except ValueError as error:
        raise _refusal("The body is not JSON.") from error


async def _object(request: web.Request) -> dict[str, Any]:
    body = await _json(request)
    if not isinstance(body, dict):
        raise _refusal("A JSON object is wanted.")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise _refusal(f"{name} is missing.")
    return value


def _optional(body: dict[str, Any], name: str, kind: type[T]) -> T | None:
    value = body.get(name)
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool) or value == ""):
        raise _refusal(f"{name} is a {'number' if kind is int else 'text'}, or left out.")
    return value


def _refusal(sentence: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=sentence)
