"""The Kinesis Video Streams signaling service on its real wire, for the local world."""

from simulator.signaling.calls import Call, Interceptor, Proceed, Request
from simulator.signaling.fault_kinds import FAULT_KINDS, FaultKind
from simulator.signaling.faults import DEFAULT_OPERATION, OPERATIONS, Fault, FaultError, Faults, FaultSetting
from simulator.signaling.service import SignalingService
from simulator.signaling.settings import Assumptions, NoAnswer, SignalingSettings, TurnServer
from simulator.signaling.websockets import Delivery

__all__ = [
    "DEFAULT_OPERATION",
    "FAULT_KINDS",
    "OPERATIONS",
    "Assumptions",
    "Call",
    "Delivery",
    "Fault",
    "FaultError",
    "FaultKind",
    "FaultSetting",
    "Faults",
    "Interceptor",
    "NoAnswer",
    "Proceed",
    "Request",
    "SignalingService",
    "SignalingSettings",
    "TurnServer",
]
