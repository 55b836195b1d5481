"""The Kinesis Video Streams signaling service on its real wire, for the local world."""

from simulator.signaling.calls import Call, Interceptor, Proceed, Request
from simulator.signaling.service import SignalingService
from simulator.signaling.settings import Assumptions, NoAnswer, SignalingSettings, TurnServer
from simulator.signaling.websockets import Delivery

__all__ = [
    "Assumptions",
    "Call",
    "Delivery",
    "Interceptor",
    "NoAnswer",
    "Proceed",
    "Request",
    "SignalingService",
    "SignalingSettings",
    "TurnServer",
]
