from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.child_process import guarded
from simulator.world.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ROOT = Path(__file__).parent.parent.parent
_CONNECT_SECONDS = 25.0
_STOP_SECONDS = 10.0
_LOG_LINES = 15


@dataclass(frozen=True)
class Surroundings:
    """What a camera is started with: the signaling service's control plane, and the environment to see.

    `say` is told when a camera ended that nobody stopped.
    """

    signaling_endpoint_url: str
    region: str
    environment: Mapping[str, str]
    logs: Path
    say: Callable[[str], None]


class SimulatedCamera:
    """A camera process. `state`: starting, connected (as master of its channel), disconnected or ended."""

    def __init__(self, endpoint_id: str, friendly_name: str, surroundings: Surroundings) -> None:
        self.endpoint_id = endpoint_id
        self.friendly_name = friendly_name
        self.state = "starting"
        self.sessions = 0
        self.log = surroundings.logs / f"camera-{endpoint_id}.log"
        self._surroundings = surroundings
        self._stopping = False
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()

    async def start(self) -> None:
        """Starts the process and returns when the camera is connected as master; raises CameraError if it fails to."""
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *guarded(self._command()),
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                env=dict(self._surroundings.environment),
                cwd=_ROOT,
                start_new_session=True,
            )
        self._reader = asyncio.create_task(self._follow(self._process))
        try:
            async with asyncio.timeout(_CONNECT_SECONDS), self._changed:
                await self._changed.wait_for(lambda: self.state != "starting")
        except TimeoutError as error:
            raise CameraError(self._failure(f"did not connect within {_CONNECT_SECONDS:.0f} s")) from error
        if self.state != "connected":
            raise CameraError(self._failure("could not connect"))

    async def stop(self) -> None:
        """Ends the process; returns when it is gone."""
        self._stopping = True
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
            "connected": self.state == "connected",
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
            self.state = "ended"
            self._changed.notify_all()

    async def _change(self, line: bytes) -> None:
        with self.log.open("ab") as log:
            log.write(line)
        try:
            event = json.loads(line)["event"]
        except (ValueError, KeyError, TypeError):  # something else that the program wrote: it is in the log
            return
        async with self._changed:
            if event in {"connected", "disconnected"}:
                self.state = event
            elif event == "session_started":
                self.sessions += 1
            elif event == "session_ended":
                self.sessions = max(0, self.sessions - 1)
            self._changed.notify_all()

    def _command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "simulator.camera"),
            f"--name={self.friendly_name}",
            f"--channel-name={self.endpoint_id}",
            f"--endpoint-url={self._surroundings.signaling_endpoint_url}",
            f"--region={self._surroundings.region}",
        ]

    def _failure(self, what: str) -> str:
        end = "\n".join(self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:])
        return f"The simulated camera {self.friendly_name} {what}. The end of {self.log}:\n{end}"


class Cameras:
    """The simulated cameras of a world, by endpoint id."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._cameras: dict[str, SimulatedCamera] = {}

    async def start(self, endpoint_id: str, friendly_name: str) -> SimulatedCamera:
        """Starts a camera, in the place of one that ended; raises CameraError."""
        present = self._cameras.get(endpoint_id)
        if present is not None and present.state != "ended":
            raise CameraError(f"The simulated camera {endpoint_id} already runs.")
        camera = self._cameras[endpoint_id] = SimulatedCamera(endpoint_id, friendly_name, self._surroundings)
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

    async def stop_all(self) -> None:
        """Ends all cameras at once."""
        await asyncio.gather(*(camera.stop() for camera in self._cameras.values()))
        self._cameras.clear()

    def status(self) -> list[dict[str, Any]]:
        """What the control API tells of them."""
        return [camera.status() for camera in self._cameras.values()]
