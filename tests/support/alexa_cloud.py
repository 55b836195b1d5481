"""Alexa's cloud in a thread of its own, for code that blocks the test's; and messages for its gateway."""

import asyncio
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from simulator.alexa.cloud import AlexaCloud, CloudSettings

T = TypeVar("T")
FRONT_DOOR = "camera-skill-front-door"


class ThreadedCloud:
    """Its `cloud` may be read, and its faults, tokens and customers set, from the test's thread."""

    def __init__(self, cloud: AlexaCloud, loop: asyncio.AbstractEventLoop) -> None:
        self.cloud = cloud
        self._loop = loop

    def run(self, awaitable: Awaitable[T], seconds: float = 20) -> T:
        """The result of what is to run where the cloud runs: `run(cloud.link("u1", "token"))`."""

        async def whole() -> T:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(whole(), self._loop).result(seconds)


@contextmanager
def running_alexa_cloud(settings: CloudSettings | None = None) -> Iterator[ThreadedCloud]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    cloud = ThreadedCloud(AlexaCloud(settings), loop)
    try:
        cloud.run(cloud.cloud.__aenter__())
        try:
            yield cloud
        finally:
            cloud.run(cloud.cloud.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def doorbell_endpoint(endpoint_id: str = FRONT_DOOR, friendly_name: str = "Front Door") -> dict[str, Any]:
    """An endpoint that has all interfaces of a doorbell, as Discover.Response lists it."""

    def interface(name: str, version: str = "3", **members: object) -> dict[str, Any]:
        return {"type": "AlexaInterface", "interface": name, "version": version, **members}

    def reporting(name: str) -> dict[str, Any]:
        return {"supported": [{"name": name}], "proactivelyReported": True, "retrievable": True}

    classes = [{"imageNetClass": "person"}, {"imageNetClass": "package"}]
    return {
        "endpointId": endpoint_id,
        "friendlyName": friendly_name,
        "manufacturerName": "Example",
        "description": "A camera of Example",
        "displayCategories": ["CAMERA", "DOORBELL"],
        "capabilities": [
            interface("Alexa"),
            interface("Alexa.RTCSessionController", configuration={"isFullDuplexAudioSupported": False}),
            interface("Alexa.EndpointHealth", properties=reporting("connectivity")),
            interface("Alexa.MotionSensor", properties=reporting("detectionState")),
            interface("Alexa.DoorbellEventSource", proactivelyReported=True),
            interface(
                "Alexa.SmartVision.ObjectDetectionSensor",
                "1.0",
                properties=reporting("objectDetectionClasses"),
                configuration={"objectDetectionConfiguration": classes},
            ),
        ],
    }
