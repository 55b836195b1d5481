"""A camera on a signaling channel: an aiortc master that sends the test picture and a tone, and tells of events."""

from simulator.camera.camera import Camera, CameraSettings
from simulator.camera.event_publisher import Broker, EventPublisher
from simulator.camera.events import Event, Report
from simulator.camera.master import Channel, MasterConnection
from simulator.camera.session import Patience

__all__ = [
    "Broker",
    "Camera",
    "CameraSettings",
    "Channel",
    "Event",
    "EventPublisher",
    "MasterConnection",
    "Patience",
    "Report",
]
