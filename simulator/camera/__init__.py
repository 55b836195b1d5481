"""A camera on a signaling channel: an aiortc master that sends the test picture and a tone."""

from simulator.camera.camera import Camera, CameraSettings
from simulator.camera.events import Event, Report
from simulator.camera.master import Channel, MasterConnection
from simulator.camera.session import Patience

__all__ = ["Camera", "CameraSettings", "Channel", "Event", "MasterConnection", "Patience", "Report"]
