from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING

from aiohttp import web

from simulator.alexa.cloud import CloudFaultError
from simulator.local_requests import refuse_pages
from simulator.signaling import DEFAULT_OPERATION, Fault, FaultError
from simulator.world.alexa_control import AlexaControl
from simulator.world.cameras import Identity
from simulator.world.errors import CameraError
from simulator.world.request_bodies import check_is_json, json_of, object_of, optional, refusal, text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulator.alexa.cloud import AlexaCloud
    from simulator.local_aws import LocalAws
    from simulator.signaling import SignalingService
    from simulator.world.cameras import Cameras
    from simulator.world.world_file import WorldFile

_ENDPOINT_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_THING_NAME = re.compile(r"[A-Za-z0-9:_-]{1,128}")
_KINDS = ("doorbell", "motion", "detection", "status")


class Control:
    """The supervisor's HTTP API on loopback, for the command and for tests; JSON in and out.

    All paths begin with a secret, which is in `world.json`: another user of the machine does not know it.
    GET /status tells of every part whether it works. POST /cameras and DELETE /cameras/ENDPOINT_ID start and end
    simulated cameras; POST /cameras/ENDPOINT_ID/events/KIND has one publish an event. PUT /account and PUT
    /cameras-listing put into `world.json` what the command knows, and DELETE /account takes both out; PUT /account has
    Alexa link the account, too. What is about Alexa stands in AlexaControl.
    GET /signaling/requests tells what the signaling service was asked for, and what it delivered. GET, POST and DELETE
    /signaling/faults list, set and clear the faults that it has on demand. Errors are {"error": SENTENCE}.
    """

    def __init__(
        self,
        aws: LocalAws,
        signaling: SignalingService,
        alexa: AlexaCloud,
        cameras: Cameras,
        world_file: WorldFile,
        secret: str,
    ) -> None:
        self._secret = secret
        self._aws = aws
        self._signaling = signaling
        self._alexa = alexa
        self._cameras = cameras
        self._world_file = world_file

    def application(self) -> web.Application:
        """The API, to be served on loopback only."""
        server = web.Application(middlewares=[refuse_pages])
        server.add_subapp(f"/{self._secret}", self._api())
        return server

    def _api(self) -> web.Application:
        application = web.Application(middlewares=[_answer_errors])
        application.router.add_get("/status", self._status)
        application.router.add_post("/cameras", self._start_camera)
        application.router.add_delete("/cameras/{endpoint_id}", self._stop_camera)
        application.router.add_post("/cameras/{endpoint_id}/events/{kind}", self._publish)
        application.router.add_put("/account", self._put_account)
        application.router.add_delete("/account", self._delete_account)
        application.router.add_put("/cameras-listing", self._put_cameras)
        application.router.add_get("/signaling/requests", self._requests)
        application.router.add_get("/signaling/faults", self._faults)
        application.router.add_post("/signaling/faults", self._set_fault)
        application.router.add_delete("/signaling/faults", self._clear_faults)
        AlexaControl(self._alexa).add_to(application)
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
            "alexa": {"login_url": self._alexa.login_url, "event_gateway_url": self._alexa.gateway_url},
            "cameras": self._cameras.status(),
        }
        return web.json_response(status)

    async def _start_camera(self, request: web.Request) -> web.Response:
        body = await object_of(request)
        identity = Identity(
            *(text(body, name) for name in ("endpoint_id", "friendly_name", "channel_name", "thing_name"))
        )
        if not _ENDPOINT_ID.fullmatch(identity.endpoint_id):
            raise refusal("endpoint_id has 1 to 128 letters, digits, underscores or hyphens.")
        if not _CHANNEL_NAME.fullmatch(identity.channel_name):
            raise refusal("channel_name has 1 to 256 letters, digits, underscores, dots or hyphens.")
        if not _THING_NAME.fullmatch(identity.thing_name):
            raise refusal("thing_name has 1 to 128 letters, digits, colons, underscores or hyphens.")
        camera = await self._cameras.start(identity)
        return web.json_response(camera.status(), status=201)

    async def _stop_camera(self, request: web.Request) -> web.Response:
        await self._cameras.stop(request.match_info["endpoint_id"])
        return web.json_response({})

    async def _publish(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        if kind not in _KINDS:
            raise refusal(f"There is no event “{kind}”; there are {', '.join(_KINDS)}.")
        published = await self._cameras.publish(request.match_info["endpoint_id"], kind, await object_of(request))
        return web.json_response(published, status=201)

    async def _put_account(self, request: web.Request) -> web.Response:
        body = await object_of(request)
        self._world_file.account = {name: text(body, name) for name in ("user_id", "access_token")}
        self._world_file.write()
        accepted = await self._alexa.link(**self._world_file.account)
        return web.json_response({"accept_grant": accepted})

    async def _delete_account(self, _: web.Request) -> web.Response:
        self._world_file.account, self._world_file.cameras = None, []
        self._world_file.write()
        return web.json_response({})

    async def _put_cameras(self, request: web.Request) -> web.Response:
        cameras = await json_of(request)
        if not isinstance(cameras, list) or not all(isinstance(camera, dict) for camera in cameras):
            raise refusal("A list of cameras is wanted.")
        names = ("endpoint_id", "friendly_name", "channel_arn")
        self._world_file.cameras = [{name: text(camera, name) for name in names} for camera in cameras]
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
        body = await object_of(request)
        setting = self._signaling.faults.set(
            Fault.parse(text(body, "fault")),
            channel_name=optional(body, "channel_name", str),
            operation=optional(body, "operation", str) or DEFAULT_OPERATION,
            times=optional(body, "times", int),
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
        if request.method != "GET":
            check_is_json(request)
        return await handler(request)
    except (FaultError, CloudFaultError) as error:
        return web.json_response({"error": str(error)}, status=400)
    except CameraError as error:
        return web.json_response({"error": str(error)}, status=409)
    except web.HTTPException as error:
        return web.json_response({"error": error.text or error.reason}, status=error.status)
