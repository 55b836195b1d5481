"""python -m simulator.camera: one camera as a process, which says on standard output what happens to it."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence

from simulator.camera import Camera, CameraSettings, Channel, Event, MasterConnection


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs until SIGTERM or SIGINT, then ends all sessions and returns."""
    options = _parser().parse_args(arguments)
    settings = CameraSettings(options.name, options.width, options.height, options.fps)
    channel = Channel(options.channel_name, options.region, options.endpoint_url)
    asyncio.run(_run(settings, channel))


async def _run(settings: CameraSettings, channel: Channel) -> None:
    async with Camera(settings, _print_event) as camera:
        running = asyncio.create_task(MasterConnection(camera, channel, _print_event).run())
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signal_number, running.cancel)
        await asyncio.gather(running, return_exceptions=True)
    if (error := None if running.cancelled() else running.exception()) is not None:
        raise error


def _print_event(event: Event) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator.camera", description="A simulated camera.")
    parser.add_argument("--name", required=True, help="what the picture shows in large letters")
    parser.add_argument("--channel-name", required=True, help="the signaling channel that it is the master of")
    parser.add_argument("--endpoint-url", help="the control plane of Kinesis Video Streams (default: AWS)")
    parser.add_argument("--region", default="us-east-1", help="the channel's region (default: %(default)s)")
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=360)
    parser.add_argument("--fps", type=int, default=15)
    return parser


if __name__ == "__main__":
    main()
