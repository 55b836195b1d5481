"""The camera's connection to AWS IoT: what it sees and feels, published to `cameras/<thing>/events/<kind>`."""

import asyncio
import json
import random
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiomqtt

from simulator.camera.events import Report

KEEP_ALIVE: Final = 30  # seconds; the broker takes a camera that was silent for half as long again for gone
ANSWER_TIMEOUT: Final = 5.0
FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 30.0
STABLE_SECONDS: Final = 5.0  # a connection that lasted so long was a good one: the next attempt comes soon
MOST_WAITING: Final = 100
AT_START: Final = {"sleep": "none", "privacy": False, "low_power": False}


@dataclass(frozen=True)
class Broker:
    """Where MQTT is spoken over WebSocket: `ws://HOST:PORT/PATH`. `host`: the Host header, if it is to be another."""

    url: str
    host: str | None = None


@dataclass(frozen=True)
class _Outgoing:
    """An event that waits for the broker's acknowledgement."""

    topic: str
    event: Mapping[str, Any]


class EventPublisher:
    """Keeps a camera connected to the broker, with its thing's name as client id, and publishes its events (QoS 1).

    The first is its status. An event is published again after an interruption, with the same id, until the broker has
    acknowledged it. At most a hundred wait; the oldest is dropped for another.
    """

    def __init__(self, thing: str, broker: Broker, report: Report) -> None:
        self._thing = thing
        self._broker = broker
        self._report = report
        self._waiting: deque[_Outgoing] = deque()
        self._arrived = asyncio.Event()
        self.publish("status", AT_START)

    def publish(self, kind: str, event: Mapping[str, Any]) -> None:
        """Publishes it, as soon as there is a connection; with an id of its own if it has none."""
        whole = {"id": uuid.uuid4().hex, **event}
        if len(self._waiting) == MOST_WAITING:
            self._report({"event": "event_dropped", "id": str(self._waiting.popleft().event["id"])})
        self._waiting.append(_Outgoing(f"cameras/{self._thing}/events/{kind}", whole))
        self._arrived.set()

    async def run(self) -> None:
        """Connects, and connects again, until it is cancelled; then it takes leave of the broker."""
        pause = FIRST_PAUSE
        while True:
            began = asyncio.get_running_loop().time()
            try:
                async with self._client() as client:
                    self._report({"event": "mqtt_connected"})
                    await self._stay(client)
            except aiomqtt.MqttError as error:
                lasted = asyncio.get_running_loop().time() - began
                pause = FIRST_PAUSE if lasted > STABLE_SECONDS else min(pause * 2, LONGEST_PAUSE)
                self._report({"event": "mqtt_disconnected", "reason": f"{type(error).__name__}: {error}"})
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads cameras, keeps no secret

    def _client(self) -> aiomqtt.Client:
        address = urlsplit(self._broker.url)
        return aiomqtt.Client(
            address.hostname or "",
            address.port or 80,
            identifier=self._thing,
            keepalive=KEEP_ALIVE,
            timeout=ANSWER_TIMEOUT,
            transport="websockets",
            websocket_path=address.path or "/mqtt",
            websocket_headers={"Host": self._broker.host} if self._broker.host else {},
        )

    async def _stay(self, client: aiomqtt.Client) -> None:
        """Publishes until the connection is lost. Raises: aiomqtt.MqttError."""
        tasks = [asyncio.create_task(self._send(client)), asyncio.create_task(_until_lost(client))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, client: aiomqtt.Client) -> None:
        while True:
            self._arrived.clear()
            while self._waiting:
                outgoing = self._waiting[0]
                await client.publish(outgoing.topic, json.dumps(outgoing.event), qos=1)
                if self._waiting and self._waiting[0] is outgoing:  # not dropped meanwhile
                    self._waiting.popleft()
                self._report({"event": "published", "id": str(outgoing.event["id"]), "topic": outgoing.topic})
            await self._arrived.wait()


async def _until_lost(client: aiomqtt.Client) -> None:
    """Reads what comes, which is nothing, until the connection is lost. Raises: aiomqtt.MqttError."""
    async for _ in client.messages:
        continue
