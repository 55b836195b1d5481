from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from simulator.local_aws import LocalAwsError
from simulator.local_port import is_origin
from simulator.world.deployment import Source
from simulator.world.errors import WorldError
from simulator.world.progress import Progress
from simulator.world.supervisor import World, WorldSettings
from simulator.world_folder import ForeignFolderError

_PROJECT = Path(__file__).parent.parent.parent


def main() -> int:
    """Runs a world until SIGTERM, SIGINT or SIGHUP; 0 if it ran, 1 with a sentence on stderr if it could not."""
    os.umask(0o077)  # what it and its programs write is the user's alone
    try:
        asyncio.run(_run_until_signal(_settings()))
    except (WorldError, LocalAwsError, ForeignFolderError) as error:
        sys.stderr.write(f"error: {_plain(str(error))}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"error: {_plain(_sentence(error))}\n")
        return 1
    return 0


def _plain(text: str) -> str:
    """Without characters that a terminal obeys; the text may be that of a program or a file's name."""
    return "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)


def _sentence(error: OSError) -> str:
    reason = error.strerror or repr(error)
    return reason if error.filename is None else f"{error.filename}: {reason}"


def _settings() -> WorldSettings:
    parser = argparse.ArgumentParser(prog="python -m simulator.world", description="Runs a local world.")
    parser.add_argument("--folder", type=Path, default=Path(".local"), help="holds all that belongs to the world")
    parser.add_argument("--aws-port", type=_port, default=0, help="port of local AWS (default: a free one)")
    parser.add_argument("--signaling-port", type=_port, default=0, help="port of the signaling control plane")
    parser.add_argument("--control-port", type=_port, default=0, help="port of the supervisor's own API")
    parser.add_argument("--project", type=Path, default=_PROJECT, help="the project whose template is deployed")
    parser.add_argument(
        "--parameter",
        type=_parameter,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the template (may be given several times)",
    )
    parser.add_argument(
        "--allow-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="of a web page that may use the signaling service (may be given several times)",
    )
    arguments = parser.parse_args()
    return WorldSettings(
        folder=arguments.folder,
        source=Source.of_project(arguments.project.resolve()),
        aws_port=arguments.aws_port,
        signaling_port=arguments.signaling_port,
        control_port=arguments.control_port,
        parameters=dict(arguments.parameter),
        allowed_origins=tuple(arguments.allow_origin),
    )


def _parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name.isalnum():
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


def _origin(text: str) -> str:
    if not is_origin(text):
        raise argparse.ArgumentTypeError(f"{text} is not an origin as http://localhost:8000")
    return text


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not a port")
    return port


async def _run_until_signal(settings: WorldSettings) -> None:
    running = asyncio.create_task(World(settings, Progress(sys.stdout)).run())
    loop = asyncio.get_running_loop()

    def end() -> None:
        if not running.cancelling():  # a second Ctrl-C does not interrupt the clearing up
            running.cancel()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    try:
        await running
    except asyncio.CancelledError:
        return


if __name__ == "__main__":
    sys.exit(main())
