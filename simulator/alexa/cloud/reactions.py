"""What Alexa, its app and an Echo do with what a skill tells: sentences, and the live view that an Echo Show opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.alexa.cloud.customers import Device
from simulator.alexa.cloud.messages import DOORBELL, OBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.alexa.cloud.customers import Customer
    from simulator.alexa.cloud.messages import Message

_RTC = "Alexa.RTCSessionController"


@dataclass
class Reaction:
    """`sentences`: what happens. `live_view`: the device that the Echo Show opens by itself."""

    sentences: list[str] = field(default_factory=list)
    live_view: Device | None = None


def react(customer: Customer, message: Message) -> Reaction:
    """Does with the message what Alexa would do, to the devices that it knows of the customer too."""
    if message.name in _OF_DISCOVERY:
        return Reaction(_OF_DISCOVERY[message.name](customer, message))
    device = customer.devices.get(message.endpoint_ids[0])
    if device is None:
        return Reaction([f"no such device: {message.endpoint_ids[0]}"])
    if message.name == "DoorbellPress":
        return _doorbell(device)
    if message.name == "ObjectDetection":
        return Reaction(_objects(device, message))
    return Reaction([_changed(device, one) for one in message.payload["change"]["properties"]])


def _doorbell(device: Device) -> Reaction:
    if not device.has(DOORBELL):
        return Reaction([f"passes over: {device.name} is no doorbell"])
    said = [f"announces: someone is at {device.name}"]
    return Reaction(said, device) if device.has(_RTC) else Reaction(said)


def _objects(device: Device, message: Message) -> list[str]:
    if not device.has(OBJECTS):
        return [f"passes over: {device.name} detects no objects"]
    return [f"routines: {one.get('imageNetClass')} seen at {device.name}" for one in message.payload.get("events", ())]


def _changed(device: Device, changed: dict[str, Any]) -> str:
    namespace, value = str(changed.get("namespace")), changed.get("value")
    if not device.has(namespace):
        return f"passes over: {device.name} has no {namespace}"
    if namespace == "Alexa.MotionSensor":
        return f"routines: {'motion' if value == 'DETECTED' else 'no motion any more'} at {device.name}"
    if namespace == "Alexa.EndpointHealth":
        is_there = isinstance(value, dict) and value.get("value") == "OK"
        return f"app shows: {device.name} {'online' if is_there else 'offline'}"
    return f"app shows: {changed.get('name')} of {device.name} has changed"


def _add_or_update(customer: Customer, message: Message) -> list[str]:
    said = []
    for device in map(Device, message.endpoints):
        known = customer.devices.get(device.endpoint_id)
        customer.devices[device.endpoint_id] = device
        if known is None:
            said.append(f"app shows: {device.name} is new")
        elif known.name != device.name:
            said.append(f"app shows: {known.name} is called {device.name} now")
        elif known == device:
            said.append(f"app shows: {device.name} as it was")
        else:
            said.append(f"app shows: {device.name} has changed")
    return said


def _delete(customer: Customer, message: Message) -> list[str]:
    said = []
    for endpoint_id in message.endpoint_ids:
        device = customer.devices.pop(endpoint_id, None)
        said.append(f"app removes: {device.name}" if device else f"no such device: {endpoint_id}")
    return said


_OF_DISCOVERY: dict[str, Callable[[Customer, Message], list[str]]] = {
    "AddOrUpdateReport": _add_or_update,
    "DeleteReport": _delete,
}
