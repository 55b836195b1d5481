"""What holds a secret keeps it to itself when it is printed: into a log, a traceback, a failed assertion."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.local_world.world_file import World
from simulator.camera.signaling_message import SignalingMessage
from simulator.credentials import Credentials
from simulator.world.world_file import WorldFile

SECRET = "example-secret-9f2c"
KEY = Credentials("AKIAEXAMPLE", SECRET)
ACCOUNT = {"user_id": "user-1", "access_token": SECRET}
PLACES: dict[str, Any] = {
    "folder": Path(".local"),
    "control_url": f"http://127.0.0.1:1/{SECRET}",
    "aws_endpoint_url": "http://127.0.0.1:2",
    "signaling_endpoint_url": "http://127.0.0.1:3",
    "region": "us-east-1",
    "stack_name": "camera-skill",
}
HOLDERS = [
    World(**PLACES, pid=1, credentials=KEY, outputs={}, account=ACCOUNT, cameras=()),
    WorldFile(**PLACES, access_key_id=KEY.access_key_id, secret_access_key=SECRET, outputs={}, account=ACCOUNT),
    KEY,
    SignalingMessage("SDP_OFFER", "echo-1", {"type": "offer", "sdp": f"a=ice-pwd:{SECRET}\r\n"}, {}),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_a_secret_stays_hidden_when_its_holder_is_printed(holder: object) -> None:
    assert SECRET in json.dumps(holder if isinstance(holder, tuple) else vars(holder), default=str)
    assert SECRET not in repr(holder)
