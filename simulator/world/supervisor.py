from __future__ import annotations

import asyncio
import secrets
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from simulator.alexa.cloud import AlexaCloud
from simulator.child_process import end_processes_of_world
from simulator.credentials import PROCESS_CREDENTIALS
from simulator.local_aws import (
    ACCOUNT_ID,
    HOST,
    REGION,
    TOOLS,
    LocalAws,
    port_sentence,
)
from simulator.signaling import SignalingService, SignalingSettings
from simulator.world.cameras import Cameras, Surroundings
from simulator.world.control import Control
from simulator.world.deployment import STACK_NAME, Deployment, Source
from simulator.world.errors import WorldError
from simulator.world.live_view import LiveViews
from simulator.world.metrics import SignalingMetrics
from simulator.world.roles import FunctionRoles
from simulator.world.skill import invoker, start_functions, store_credentials
from simulator.world.world_file import FolderLock, WorldFile, world_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.world.progress import Progress

VENDOR_ID = "MLOCALWORLD"
"""Of the simulated Alexa: account linking leads back to URLs that end in it."""

_WATCH_SECONDS = 1.0
_CONTROL_SHUTDOWN_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class WorldSettings:
    """Where a world lives and what it deploys, with which parameters; ports of 0 are free ones.

    `allowed_origins`: of web pages that may use the signaling service.
    """

    folder: Path
    source: Source
    aws_port: int = 0
    signaling_port: int = 0
    control_port: int = 0
    allowed_origins: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    tools: Path = TOOLS


class World:
    """All parts of a local world, from entering the context to leaving it.

    Raises WorldError, LocalAwsError or ForeignFolderError.
    """

    def __init__(self, settings: WorldSettings, progress: Progress) -> None:
        self._settings = settings
        self._folder = settings.folder.resolve()
        self._progress = progress
        self._parts = AsyncExitStack()

    async def run(self) -> None:
        """Starts everything, writes world.json and goes on until it is cancelled; then nothing is left."""
        with FolderLock(self._folder):
            world_file(self._folder).unlink(missing_ok=True)
            left = end_processes_of_world(self._folder)
            if left:
                self._progress.say(f"Ended {left} process{'es' * (left > 1)} that an earlier world had left behind")
            async with self._parts:
                aws = await self._start()
                self._progress.say(f"The world is ready: {world_file(self._folder)}")
                await self._watch(aws)

    async def _start(self) -> LocalAws:
        control_socket = self._parts.enter_context(_listen(self._settings.control_port))  # before what takes long
        with self._progress.step("Starting the signaling service"):
            metrics, roles = SignalingMetrics(), FunctionRoles(PROCESS_CREDENTIALS)
            signaling = await self._start_signaling(metrics, roles)
        with self._progress.step("Starting local AWS"):
            settings = self._settings
            aws = LocalAws(self._folder, port=settings.aws_port, tools=settings.tools, enforces_roles=True)
            await self._parts.enter_async_context(aws)
            await self._parts.enter_async_context(metrics.publish_to(aws))
        alexa = await self._parts.enter_async_context(AlexaCloud())
        outputs = await self._deploy(aws, signaling, alexa)
        await asyncio.to_thread(roles.look, aws)
        await asyncio.to_thread(store_credentials, aws, outputs, alexa.settings)
        with self._progress.step("Starting the functions"):
            await asyncio.to_thread(start_functions, aws, outputs)
        cameras = await self._cameras(aws, signaling)
        invoke = invoker(aws, outputs)
        alexa.connect(invoke, LiveViews(invoke, cameras.name_in_picture).show)
        secret = secrets.token_urlsafe(24)
        content = WorldFile(
            folder=self._folder,
            aws_endpoint_url=aws.url,
            access_key_id=aws.credentials.access_key_id,
            secret_access_key=aws.credentials.secret_access_key,
            region=REGION,
            stack_name=STACK_NAME,
            outputs=outputs,
            signaling_endpoint_url=signaling.control_plane_url,
            event_gateway_url=alexa.gateway_url,
            control_url=f"http://{HOST}:{control_socket.getsockname()[1]}/{secret}",
        )
        await self._serve(Control(aws, signaling, alexa, cameras, content, secret), control_socket)
        self._parts.callback(world_file(self._folder).unlink, missing_ok=True)
        content.write()
        return aws

    async def _cameras(self, aws: LocalAws, signaling: SignalingService) -> Cameras:
        surroundings = Surroundings(
            signaling_endpoint_url=signaling.control_plane_url,
            region=REGION,
            mqtt_url=f"ws://{HOST}:{aws.port}/mqtt",
            mqtt_host=await asyncio.to_thread(aws.iot_host),
            environment=aws.client_environment(),
            logs=self._folder / "logs",
            say=self._progress.say,
        )
        cameras = Cameras(surroundings)
        self._parts.push_async_callback(cameras.stop_all)
        return cameras

    async def _start_signaling(self, metrics: SignalingMetrics, roles: FunctionRoles) -> SignalingService:
        port = self._settings.signaling_port
        settings = SignalingSettings(
            host=HOST,
            control_plane_port=port,
            region=REGION,
            account_id=ACCOUNT_ID,
            credentials=roles,
            allowed_origins=self._settings.allowed_origins,
            authorize=roles.allows,
            count=metrics.count,
        )
        try:
            return await self._parts.enter_async_context(SignalingService(settings))
        except OSError as error:
            raise WorldError(port_sentence(error, port, "the signaling service")) from error

    async def _deploy(self, aws: LocalAws, signaling: SignalingService, alexa: AlexaCloud) -> dict[str, str]:
        own = {
            "OperatorClient": "on",
            "AlexaVendorId": VENDOR_ID,
            "LocalKinesisVideoEndpointUrl": signaling.control_plane_url,
            "LocalJwksUrl": aws.url,
            "LocalSignalingHost": HOST,
            "LocalLoginWithAmazonUrl": alexa.login_url,
            "LocalEventGatewayUrl": alexa.gateway_url,
        }
        wanted = self._settings.parameters
        if unknown := sorted(wanted.keys() - self._settings.source.parameters()):  # SAM CLI would pass over them
            raise WorldError(f"The template has no parameter {unknown[0]}.")
        if taken := sorted(own.keys() & wanted.keys()):
            raise WorldError(f"A local world itself sets the parameter {taken[0]}.")
        deployment = Deployment(aws, self._settings.source, {**wanted, **own})
        if not deployment.is_built():
            with self._progress.step(f"Building the functions for {deployment.runtime}"):
                await deployment.build()
        with self._progress.step("Deploying the template to local AWS"):
            return await deployment.deploy()

    async def _serve(self, control: Control, listener: socket.socket) -> None:
        runner = web.AppRunner(control.application(), access_log=None, shutdown_timeout=_CONTROL_SHUTDOWN_SECONDS)
        await runner.setup()
        self._parts.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()

    async def _watch(self, aws: LocalAws) -> None:
        while aws.is_running():  # noqa: ASYNC110  # the end of a process comes with no event
            await asyncio.sleep(_WATCH_SECONDS)
        self._progress.say(f"Local AWS has ended. The end of {aws.log}:\n{aws.log_tail()}")
        await asyncio.Event().wait()


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise WorldError(port_sentence(error, port, "the world's control")) from error
