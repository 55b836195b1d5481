"""Node scripts of tests/contract/javascript, with the packages that its lock file pins."""

import asyncio
import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from simulator.credentials import PROCESS_CREDENTIALS
from tests.support.tools import need_program

SCRIPTS = Path(__file__).parent.parent / "contract" / "javascript"
_INSTALL_SECONDS = 110
KEY = {
    "AWS_ACCESS_KEY_ID": PROCESS_CREDENTIALS.access_key_id,
    "AWS_SECRET_ACCESS_KEY": PROCESS_CREDENTIALS.secret_access_key,
}


def install_packages() -> None:
    """Run `npm ci`, unless what the lock file says is there already; two processes do not run it at once.

    Without Node the test that needs it is left out.
    """
    need_program("node", "npm")
    package, lock = SCRIPTS / "package.json", SCRIPTS / "package-lock.json"
    wanted = hashlib.sha256(package.read_bytes() + lock.read_bytes()).hexdigest()
    stamp = SCRIPTS / "node_modules" / ".stamp"
    with package.open() as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        subprocess.run(["npm", "ci"], cwd=SCRIPTS, check=True, timeout=_INSTALL_SECONDS)
        stamp.write_text(wanted)


class Script:
    """A running script; its events are the lines that it prints."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def next_event(self, seconds: float = 20.0) -> dict[str, Any]:
        """The next event; an AssertionError with what the script complained of where there is none."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), seconds)
        if not line:
            assert self._process.stderr is not None
            raise AssertionError(f"the script ended: {(await self._process.stderr.read()).decode()}")
        event: dict[str, Any] = json.loads(line)
        return event

    async def event(self, name: str, seconds: float = 20.0) -> dict[str, Any]:
        """The next event of this name; others are passed over, but for errors."""
        while (event := await self.next_event(seconds))["event"] != name:
            assert event["event"] != "error", event
        return event

    async def stop(self, seconds: float = 10.0) -> int:
        """Ask the script to end, if it still runs; return its exit code."""
        if self._process.returncode is None:
            self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), seconds)


@asynccontextmanager
async def running_script(name: str, settings: dict[str, Any], ca: Path | None = None) -> AsyncIterator[Script]:
    """Run a script with these settings, trusting the certificate authority; it is gone afterwards."""
    environment = {**os.environ, **KEY, **({"NODE_EXTRA_CA_CERTS": str(ca)} if ca else {})}
    process = await asyncio.create_subprocess_exec(
        "node",
        name,
        json.dumps(settings),
        cwd=SCRIPTS,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        yield Script(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
