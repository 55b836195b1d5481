"""docs/events.md: what it tells cameras to publish is what the function takes, and its AWS commands work."""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from camera_skill.adapters import camera_events
from camera_skill.camera_event import CameraEvent, Kind
from camera_skill.events.record import EventOutcome
from camera_skill.report import Outcome
from simulator.local_aws import LocalAws
from tests.support.deployed_stack import deployed_stack
from tests.support.project import ROOT

if TYPE_CHECKING:
    from mypy_boto3_iot import IoTClient

PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"`cameras/<thing>/events/(\w+)`|^```json\n(.*?)^```", re.DOTALL | re.MULTILINE)
KINDS = {*Kind} - {Kind.CONNECTED, Kind.DISCONNECTED}


def examples() -> list[tuple[str, str]]:
    """Each with the kind that was named before it."""
    found, kind = [], ""
    for named, example in EXAMPLE.findall(PAGE):
        kind = named or kind
        if example:
            found.append((kind, example))
    return found


def test_every_kind_of_event_has_an_example() -> None:
    definitions = json.loads(camera_events.SCHEMA.read_text())["definitions"]
    assert {kind for kind, _ in examples()} == KINDS == definitions.keys() - {"id"}


@pytest.mark.parametrize(("kind", "example"), examples())
def test_function_takes_the_example_when_it_is_published(kind: str, example: str) -> None:
    payload = base64.b64encode(example.encode()).decode()
    body = {"payload": payload, "thing": "camera-skill-front-door", "kind": kind, "received_at": 1_795_427_743_000}
    event = camera_events.incoming(json.dumps(body))
    assert isinstance(event, CameraEvent), event
    assert event.id == json.loads(example)["id"]


def test_every_member_of_the_schema_is_documented() -> None:
    definitions = json.loads(camera_events.SCHEMA.read_text())["definitions"]
    for kind in KINDS:
        for name in definitions[kind]["properties"]:
            assert any(f'"{name}"' in example for of, example in examples() if of == kind), (kind, name)


def test_every_outcome_is_explained() -> None:
    for outcome in (*EventOutcome, *Outcome):
        assert f"| {outcome} | " in PAGE


def test_commands_certify_a_cameras_thing_until_the_camera_is_removed(
    local_aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (script,) = re.findall(r"^```bash\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    iot: IoTClient = local_aws.session().client("iot", endpoint_url=local_aws.url)
    iot.create_policy(policyName="cameras", policyDocument='{"Version": "2012-10-17", "Statement": []}')
    program = tmp_path / "aws"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P {ROOT / "tests" / "support" / "aws_program.py"} "$@"\n')
    program.chmod(0o755)
    with deployed_stack(local_aws, tmp_path, more_outputs={"CameraPolicyName": "cameras"}) as stack:
        environment = {**os.environ, **stack.environment, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        for name, value in stack.environment.items():
            monkeypatch.setenv(name, value)
        user = stack.add_user("anna@example.com")
        thing = stack.json("cameras", "add", "Front Door", "--user", user)["thing_name"]
        script = script.replace("--stack-name camera-skill", f"--stack-name {stack.name}")
        script = re.sub(r"^THING=\S+$", f"THING={thing}", script, flags=re.MULTILINE)
        done = subprocess.run(
            [
                "bash",
                "-euo",
                "pipefail",
                "-c",
                script,
            ],
            cwd=tmp_path,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done
        (certificate,) = iot.list_thing_principals(thingName=thing)["principals"]
        (policy,) = iot.list_attached_policies(target=certificate)["policies"]
        assert policy.get("policyName") == "cameras"
        removed = stack.said("cameras", "remove", "Front Door", "--user", user, "--yes")
    assert "1 certificate is deactivated." in removed
    described = iot.describe_certificate(certificateId=certificate.rpartition("/")[2])
    assert described["certificateDescription"]["status"] == "INACTIVE"
    assert iot.list_principal_things(principal=certificate)["things"] == []
    assert (tmp_path / "camera.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE KEY" in (tmp_path / "camera.key").read_text()
    assert done.stdout.splitlines()[-1]
