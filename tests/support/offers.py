"""Offers to the function, and all that came of each: what Alexa, the operator and the signaling service saw."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from camera_skill.adapters.tables import Registry
from simulator.signaling import SignalingService
from tests.support.account_server import USER_ID, AccountServer
from tests.support.directives import OFFER, initiate
from tests.support.function_process import FunctionProcess

REPLY_SECONDS = 5.5
"""By then Alexa must have a reply, whatever fails, on the invoker's clock."""
ANSWERED = "AnswerGeneratedForSession"
SEND, LOOK_UP = "SendAlexaOfferToMaster", "GetSignalingChannelEndpoint"


@dataclass(frozen=True)
class Told:
    """What came of an offer: the reply, its `seconds`, the log line, the metrics, and the calls of the service."""

    reply: dict[str, Any]
    seconds: float
    log: dict[str, Any]
    metrics: dict[str, Any]
    calls: Counter[str]

    @property
    def outcome(self) -> str:
        return outcome_of(self.reply)


class Offers:
    """Sends offers to the function, and tells what came of each."""

    def __init__(self, account_server: AccountServer, signaling: SignalingService) -> None:
        self._account_server = account_server
        self._signaling = signaling

    async def send(self, function: FunctionProcess, seconds: float = 8.0) -> Told:
        before, started = len(self._signaling.requests), time.monotonic()
        function.output.clear()
        reply = await function.invoke(initiate(self._account_server.token(), OFFER), seconds)
        took = time.monotonic() - started
        log, metrics = (json.loads(line) for line in function.output)
        calls = Counter(request.operation for request in self._signaling.requests[before:])
        return Told(reply, took, log, metrics, Counter({name: calls[name] for name in (SEND, LOOK_UP)}))

    def deliveries(self) -> int:
        """How many offers cameras got."""
        return offers_delivered(self._signaling)


def outcome_of(reply: dict[str, Any]) -> str:
    """The type of the error that Alexa is told in an event, else the event's name."""
    return str(reply["payload"].get("type", reply["header"]["name"]))


def offers_delivered(signaling: SignalingService) -> int:
    """How many offers cameras got."""
    return sum(delivery.message_type == "SDP_OFFER" for delivery in signaling.deliveries)


async def stored(registry: Registry) -> str:
    """The signaling endpoint that the registry has."""
    owned = await asyncio.to_thread(registry.cameras_of, USER_ID)
    return owned.cameras[0][1].signaling_endpoint
