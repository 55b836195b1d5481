"""python -m simulator.camera: one camera as a process, which says on standard output what happens to it."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence

from simulator.camera import Broker, Camera, CameraSettings, Channel, Event, EventPublisher, MasterConnection, commands
from simulator.child_process import MQTT_HOST_VARIABLE


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs until SIGTERM or SIGINT, then ends all sessions and returns."""
    options = _parser().parse_args(arguments)
    settings = CameraSettings(options.name, options.width, options.height, options.fps)
    channel = Channel(options.channel_name, options.region, options.endpoint_url)
    # Not an option: other users of the machine can read those, and whoever knows the name gets in.
    broker = Broker(options.mqtt_url, os.environ.get(MQTT_HOST_VARIABLE)) if options.mqtt_url else None
    publisher = EventPublisher(options.thing_name or channel.name, broker, _print_event) if broker else None
    asyncio.run(_run(settings, channel, publisher, options.commands))


async def _run(
    settings: CameraSettings, channel: Channel, publisher: EventPublisher | None, commands_from: int | None
) -> None:
    async with Camera(settings, _print_event) as camera:
        running = asyncio.create_task(_connect(camera, channel, publisher, commands_from))
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signal_number, running.cancel)
        await asyncio.gather(running, return_exceptions=True)
    if (error := None if running.cancelled() else running.exception()) is not None:
        raise error


async def _connect(
    camera: Camera, channel: Channel, publisher: EventPublisher | None, commands_from: int | None
) -> None:
    """Keeps the camera connected to its channel and its broker, until it is cancelled."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(MasterConnection(camera, channel, _print_event).run())
        if publisher is not None:
            tasks.create_task(publisher.run())
            if commands_from is not None:
                tasks.create_task(commands.obey(commands_from, publisher, _print_event))


def _print_event(event: Event) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator.camera", description="A simulated camera.")
    parser.add_argument("--name", required=True, help="what the picture shows in large letters")
    parser.add_argument("--channel-name", required=True, help="the signaling channel that it is the master of")
    parser.add_argument("--thing-name", help="its AWS IoT thing and MQTT client id (default: the channel's name)")
    parser.add_argument("--endpoint-url", help="the control plane of Kinesis Video Streams (default: AWS)")
    parser.add_argument("--region", default="us-east-1", help="the channel's region (default: %(default)s)")
    parser.add_argument("--mqtt-url", help="where it publishes events, ws://HOST:PORT/PATH (default: nowhere)")
    parser.add_argument("--commands", type=int, metavar="FD", help="the file descriptor that it reads commands from")
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=360)
    parser.add_argument("--fps", type=int, default=15)
    return parser


if __name__ == "__main__":
    main()
