"""What holds a secret keeps it to itself when it is printed: into a log, a traceback, a failed assertion."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

import camera_skill
from camera_skill.adapters.grants.alexa_client import ClientCredentials
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


SECRET_NAMES = re.compile(r"token$|secret|^code$|sdp|password|payload$|message$|^response$")
HARMLESS = {"next_token": "a place in a list", "code": "of an error"}


def dataclasses_of_the_product() -> Iterator[tuple[str, Any]]:
    for module in pkgutil.walk_packages(camera_skill.__path__, "camera_skill."):
        if not module.name.startswith("camera_skill.functions"):  # which need an environment
            loaded = vars(importlib.import_module(module.name)).values()
            yield from (
                (f"{one.__module__}.{one.__name__}", one)
                for one in loaded
                if isinstance(one, type) and is_dataclass(one) and one.__module__ == module.name
            )


@pytest.mark.parametrize(("name", "kind"), [*dataclasses_of_the_product()], ids=lambda value: str(value)[:80])
def test_no_field_is_printed_whose_name_says_that_it_holds_a_secret(name: str, kind: Any) -> None:  # noqa: ANN401 - a class
    del name
    printed = [each.name for each in fields(kind) if each.repr and SECRET_NAMES.search(each.name)]
    errors = {"GatewayAnswer", "Finding"}
    assert [each for each in printed if each not in HARMLESS or (each == "code" and kind.__name__ not in errors)] == []


def test_the_client_of_alexa_keeps_its_secret() -> None:
    assert SECRET not in repr(ClientCredentials("amzn1.example", SECRET))
