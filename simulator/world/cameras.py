from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.child_process import MQTT_HOST_VARIABLE, guarded
from simulator.world.errors import CameraError
from simulator.world_folder import open_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ROOT = Path(__file__).parent.parent.parent
_CONNECT_SECONDS = 25.0
_STOP_SECONDS = 10.0
_PUBLISH_SECONDS = 10.0
_LOG_LINES = 15


@dataclass(frozen=True)
class Identity:
    """What a camera is called: by Alexa, by people, by Kinesis Video Streams and by AWS IoT."""

    endpoint_id: str
    friendly_name: str
    channel_name: str
    thing_name: str


@dataclass(frozen=True)
class Surroundings:
    """What a camera is started with: the signaling service's control plane, and the environment to see.

    `mqtt_url` and `mqtt_host`: where AWS IoT speaks MQTT over WebSocket, and the name that it goes by. `say` is told
    when a camera ended that nobody stopped.
    """

    signaling_endpoint_url: str
    region: str
    mqtt_url: str
    mqtt_host: str
    environment: Mapping[str, str]
    logs: Path
    say: Callable[[str], None]


class SimulatedCamera:
    """A camera process.

    `state`: starting, connected (as master of its channel), disconnected or ended. `has_broker`: whether it is
    connected to AWS IoT.
    """

    def __init__(self, identity: Identity, surroundings: Surroundings) -> None:
        self.endpoint_id = identity.endpoint_id
        self.friendly_name = identity.friendly_name
        self._identity = identity
        self.state = "starting"
        self.has_broker = False
        self.sessions = 0
        self.log = surroundings.logs / f"camera-{identity.endpoint_id}.log"
        self._surroundings = surroundings
        self._stopping = False
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._commands: asyncio.WriteTransport | None = None
        self._published: dict[str, tuple[int, str]] = {}  # by event id: how often, and to which topic
        self._changed = asyncio.Condition()

    async def start(self) -> None:
        """Starts the process; returns when it is connected as master and to the broker. Raises: CameraError."""
        its_end, our_end = os.pipe()  # not its standard input: that is the guardian's
        try:
            self._commands, _ = await asyncio.get_running_loop().connect_write_pipe(
                asyncio.BaseProtocol, os.fdopen(our_end, "wb", buffering=0)
            )
            with open_private(self.log, "wb") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *guarded(self._command(its_end)),
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=log,
                    env={**self._surroundings.environment, MQTT_HOST_VARIABLE: self._surroundings.mqtt_host},
                    cwd=_ROOT,
                    start_new_session=True,
                    pass_fds=[its_end],
                )
        finally:
            os.close(its_end)
        self._reader = asyncio.create_task(self._follow(self._process))
        try:
            async with asyncio.timeout(_CONNECT_SECONDS), self._changed:
                await self._changed.wait_for(
                    lambda: self.state != "starting" and (self.has_broker or not self._is_master)
                )
        except TimeoutError as error:
            raise CameraError(self._failure(f"did not connect within {_CONNECT_SECONDS:.0f} s")) from error
        if self.state != "connected":
            raise CameraError(self._failure("could not connect"))

    @property
    def _is_master(self) -> bool:
        return self.state == "connected"

    async def publish(self, kind: str, event: Mapping[str, Any]) -> dict[str, str]:
        """Has the camera publish an event; returns when the broker has it: its id and its topic.

        Raises:
            CameraError: the camera has ended, or is not connected to the broker; then it publishes it later.
        """
        whole = {"id": uuid.uuid4().hex, **event}
        event_id = str(whole["id"])
        before, _ = self._published.get(event_id, (0, ""))
        if self._commands is None or self._commands.is_closing() or self.state == "ended":
            raise CameraError(self._failure("has ended"))
        self._commands.write(json.dumps({"kind": kind, "event": whole}).encode() + b"\n")
        try:
            async with asyncio.timeout(_PUBLISH_SECONDS), self._changed:
                await self._changed.wait_for(
                    lambda: self.state == "ended" or self._published.get(event_id, (0, ""))[0] > before
                )
        except TimeoutError as error:
            raise CameraError(self._failure("could not publish the event yet")) from error
        times, topic = self._published.get(event_id, (0, ""))
        if times == before:
            raise CameraError(self._failure("has ended"))
        return {"id": event_id, "topic": topic}

    async def stop(self) -> None:
        """Ends the process; returns when it is gone."""
        self._stopping = True
        if self._commands is not None:
            self._commands.close()
        if self._process is None or self._reader is None:
            return
        if self._process.returncode is None:
            self._process.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(self._reader), _STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._reader

    def status(self) -> dict[str, Any]:
        """What the control API tells of it."""
        return {
            "endpoint_id": self.endpoint_id,
            "friendly_name": self.friendly_name,
            "state": self.state,
            "connected": self._is_master,
            "broker": "connected" if self.has_broker else "disconnected",
            "sessions": self.sessions,
            "exit_code": self._process.returncode if self._process else None,
            "log": str(self.log),
        }

    async def _follow(self, process: Process) -> None:
        if process.stdout is not None:
            async for line in process.stdout:
                await self._change(line)
        await process.wait()
        self.sessions = 0
        if self.state != "starting" and not self._stopping:
            self._surroundings.say(f"The simulated camera {self.friendly_name} has ended: see {self.log}")
        async with self._changed:
            self.state, self.has_broker = "ended", False
            self._changed.notify_all()

    async def _change(self, line: bytes) -> None:
        with open_private(self.log, "ab") as log:
            log.write(line)
        try:
            said = json.loads(line)
            event = said["event"]
        except (ValueError, KeyError, TypeError):  # something else that the program wrote: it is in the log
            return
        async with self._changed:
            if event in {"connected", "disconnected"}:
                self.state = event
            elif event in {"mqtt_connected", "mqtt_disconnected"}:
                self.has_broker = event == "mqtt_connected"
            elif event == "published":
                times, _ = self._published.get(said["id"], (0, ""))
                self._published[said["id"]] = times + 1, said["topic"]
            elif event == "session_started":
                self.sessions += 1
            elif event == "session_ended":
                self.sessions = max(0, self.sessions - 1)
            self._changed.notify_all()

    def _command(self, commands: int) -> list[str]:
        return [
            *(sys.executable, "-m", "simulator.camera"),
            f"--name={self.friendly_name}",
            f"--channel-name={self._identity.channel_name}",
            f"--thing-name={self._identity.thing_name}",
            f"--endpoint-url={self._surroundings.signaling_endpoint_url}",
            f"--region={self._surroundings.region}",
            f"--mqtt-url={self._surroundings.mqtt_url}",
            f"--commands={commands}",
        ]

    def _failure(self, what: str) -> str:
        end = "\n".join(self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:])
        return f"The simulated camera {self.friendly_name} {what}. The end of {self.log}:\n{end}"


class Cameras:
    """The simulated cameras of a world, by endpoint id."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._cameras: dict[str, SimulatedCamera] = {}

    async def start(self, identity: Identity) -> SimulatedCamera:
        """Starts a camera, in the place of one that ended; raises CameraError."""
        present = self._cameras.get(identity.endpoint_id)
        if present is not None and present.state != "ended":
            raise CameraError(f"The simulated camera {identity.endpoint_id} already runs.")
        camera = self._cameras[identity.endpoint_id] = SimulatedCamera(identity, self._surroundings)
        try:
            await camera.start()
        except BaseException:
            await camera.stop()
            raise
        return camera

    async def stop(self, endpoint_id: str) -> None:
        """Ends a camera; raises CameraError if there is none."""
        camera = self._cameras.pop(endpoint_id, None)
        if camera is None:
            raise CameraError(f"There is no simulated camera {endpoint_id}.")
        await camera.stop()

    async def publish(self, endpoint_id: str, kind: str, event: Mapping[str, Any]) -> dict[str, str]:
        """Has a camera publish an event: its id and its topic. Raises: CameraError."""
        camera = self._cameras.get(endpoint_id)
        if camera is None:
            raise CameraError(f"There is no simulated camera {endpoint_id}.")
        return await camera.publish(kind, event)

    def name_in_picture(self, endpoint_id: str) -> str | None:
        """What the camera was called when it was started; None if there is none."""
        camera = self._cameras.get(endpoint_id)
        return camera.friendly_name if camera else None

    async def stop_all(self) -> None:
        """Ends all cameras at once."""
        await asyncio.gather(*(camera.stop() for camera in self._cameras.values()))
        self._cameras.clear()

    def status(self) -> list[dict[str, Any]]:
        """What the control API tells of them."""
        return [camera.status() for camera in self._cameras.values()]
