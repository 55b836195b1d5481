"""Many processes of the function at once, each with one invocation at a time."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from tests.support import secrets
from tests.support.function_process import FunctionProcess, peer_pid
from tests.support.project import ROOT

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
START_SECONDS = END_SECONDS = 60.0


@asynccontextmanager
async def running_fleet(environment: Mapping[str, str], count: int) -> AsyncIterator[list[FunctionProcess]]:
    """So many processes, forked from one that has imported the function. At the end all must end well, and soon."""
    with TemporaryDirectory() as folder, TemporaryFile() as stderr:
        path = Path(folder) / "fleet"
        connected: asyncio.Queue[Connection] = asyncio.Queue()

        async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await connected.put((reader, writer))

        server = await asyncio.start_unix_server(connect, path, limit=1 << 20, backlog=count)
        runtime = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.forking_runtime",
            "camera_skill.functions.smart_home",
            str(path),
            str(count),
            env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'lambda'}", **environment},
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=stderr,
        )
        connections: list[Connection] = []
        try:
            async with asyncio.timeout(START_SECONDS):
                while len(connections) < count:
                    connections.append(await connected.get())
            yield [FunctionProcess(reader, writer, peer_pid(writer)) for reader, writer in connections]
        finally:
            for _, writer in connections:
                writer.close()
            server.close()
            try:
                code = await asyncio.wait_for(runtime.wait(), END_SECONDS)
            finally:
                if runtime.returncode is None:
                    runtime.kill()
                stderr.seek(0)
                said = stderr.read().decode()
                secrets.wrote("standard error", said)
                sys.stderr.write(said)
        assert code == 0, "a process of the function did not end well"
