"""A fleet that a maker has: channels named by serial numbers, things named otherwise, taken over by one import.

And a second stack in the same account, which has nothing to do with the first one's cameras.
"""

import asyncio
import csv
import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cli.local_world.control_client import ControlClient
from cli.local_world.world_file import read_world
from simulator.world.deployment import Deployment, Source
from tests.end_to_end.conftest import RunningWorld, running_world
from tests.support.command import PROGRAM
from tests.support.project import ROOT
from tests.support.world_process import aws_of

if TYPE_CHECKING:
    from mypy_boto3_iot import IoTClient
    from mypy_boto3_kinesisvideo import KinesisVideoClient

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("fleet"), pytest.mark.timeout(600)]
CAMERAS, PER_CUSTOMER = 200, 100
TTL = 33
CUSTOMER, NEIGHBOUR = "customer@example.com", "neighbour@example.com"
PRESENCE_SECONDS = 40.0


@pytest.fixture(scope="module")
def fleet_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    """A world whose stack may use the maker's channels and things."""
    names = "ExistingChannelNames=SN*", "ExistingThingNames=door-*,gate-?"
    with running_world(tmp_path_factory.mktemp("fleet"), *names) as world:
        yield world


@pytest.fixture(scope="module")
def kvs(fleet_world: RunningWorld) -> "KinesisVideoClient":
    client: KinesisVideoClient = fleet_world.session().client(
        "kinesisvideo", endpoint_url=fleet_world.content["signaling_endpoint_url"]
    )
    return client


@pytest.fixture(scope="module")
def iot(fleet_world: RunningWorld) -> "IoTClient":
    client: IoTClient = fleet_world.session().client("iot", endpoint_url=fleet_world.content["aws_endpoint_url"])
    return client


@pytest.fixture(scope="module")
def fleet(kvs: "KinesisVideoClient", iot: "IoTClient") -> dict[str, tuple[str, str]]:
    """ARN and thing by serial number, as the maker's own factory made them."""

    def make(number: int) -> tuple[str, tuple[str, str]]:
        serial, thing = f"SN{number:06}", f"door-{uuid.uuid4().hex[:12]}"
        arn = kvs.create_signaling_channel(ChannelName=serial, SingleMasterConfiguration={"MessageTtlSeconds": TTL})[
            "ChannelARN"
        ]
        iot.create_thing(thingName=thing, attributePayload={"attributes": {"line": "7"}})
        certificate = iot.create_keys_and_certificate(setAsActive=True)["certificateArn"]
        iot.attach_thing_principal(thingName=thing, principal=certificate)
        return serial, (arn, thing)

    with ThreadPoolExecutor(4) as threads:
        return dict(threads.map(make, range(CAMERAS)))


def seen(kvs: "KinesisVideoClient", iot: "IoTClient") -> dict[str, Any]:
    """All channels and things that there are, with all that the stack could have changed of them."""
    channels = {}
    for page in kvs.get_paginator("list_signaling_channels").paginate():
        for info in page["ChannelInfoList"]:
            time.sleep(0.025)  # AWS takes fifty such calls a second
            tags = kvs.list_tags_for_resource(ResourceARN=info["ChannelARN"])["Tags"]
            channels[info["ChannelName"]] = (
                info["ChannelARN"],
                info["Version"],
                info["SingleMasterConfiguration"],
                tags,
            )
    things = {}
    for listed in iot.get_paginator("list_things").paginate():
        for thing in listed["things"]:
            name = thing["thingName"]
            certificates = [
                iot.describe_certificate(certificateId=one.rpartition("/")[2])["certificateDescription"]["status"]
                for one in iot.list_thing_principals(thingName=name)["principals"]
            ]
            things[name] = (thing["attributes"], thing["version"], certificates)
    return {"channels": channels, "things": things}


@pytest.fixture(scope="module")
def imported(
    fleet_world: RunningWorld, fleet: dict[str, tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The file of the maker's cameras, imported: the first hundred are the customer's, the others a neighbour's."""
    assert fleet_world.run("users", "add", NEIGHBOUR).exit_code == 0
    file = tmp_path_factory.mktemp("files") / "fleet.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(["friendly_name", "user", "external_id", "channel_arn", "thing_name", "doorbell", "health"])
        for number, (serial, (arn, thing)) in enumerate(fleet.items()):
            user = CUSTOMER if number < PER_CUSTOMER else NEIGHBOUR
            writer.writerow([f"Door {number % PER_CUSTOMER + 1}", user, serial, arn, thing, "yes", "mqtt"])
    report = fleet_world.run("cameras", "import", file, "--json")
    assert report.exit_code == 0, report
    assert (report.json["added"], report.json["refused"]) == (CAMERAS, [])
    return file


def test_one_import_takes_a_fleet_over_and_changes_nothing_of_it(
    fleet_world: RunningWorld,
    kvs: "KinesisVideoClient",
    iot: "IoTClient",
    fleet: dict[str, tuple[str, str]],
    imported: Path,
) -> None:
    there = seen(kvs, iot)
    assert there["channels"].keys() == fleet.keys()
    assert there["things"].keys() == {thing for _, thing in fleet.values()}
    assert {one[2]["MessageTtlSeconds"] for one in there["channels"].values()} == {TTL}
    again = fleet_world.run("cameras", "import", imported, "--json").json
    assert (again["already_there"], again["added"]) == (CAMERAS, 0)
    assert seen(kvs, iot) == there
    rows = fleet_world.run("cameras", "list", "--all", "--json").json
    assert {(row["external_id"], row["channel_arn"], row["thing_name"]) for row in rows} == {
        (serial, *names) for serial, names in fleet.items()
    }
    assert len({row["endpoint_id"] for row in rows}) == CAMERAS


@pytest.mark.usefixtures("imported")
def test_a_camera_of_the_fleet_is_shown_rings_and_goes_offline_like_any_other(fleet_world: RunningWorld) -> None:
    world, name = fleet_world, "Door 7"
    assert world.run("world", "plug-in", name).exit_code == 0
    shown = world.run("show", name, "--json")
    assert shown.exit_code == 0, shown
    assert shown.json["frames"]["count"] > 30
    (rung,) = world.run("ring", name, "--json", "--timeout", "60").json["alexa"]
    assert (rung["name"], rung["status"], rung["view"]["state"]) == ("DoorbellPress", 202, "shown")
    since = max(event["number"] for event in ControlClient(read_world(world.folder)).alexa_events(0, 0))
    assert world.run("world", "unplug", name).exit_code == 0
    deadline = time.monotonic() + PRESENCE_SECONDS
    told: list[str] = []
    while f"app shows: {name} offline" not in told:
        assert time.monotonic() < deadline, told
        for event in ControlClient(read_world(world.folder)).alexa_events(since, seconds=1.0):
            since = event["number"]
            told += event["echo"]
    assert "gave no answer in time" in world.run("show", name).sentence
    unknown = world.run("cameras", "add", "Other", "--channel-arn", _other_channel(world)).sentence
    assert "The stack may not use the signaling channel other-1." in unknown


def _other_channel(world: RunningWorld) -> str:
    client = world.session().client("kinesisvideo", endpoint_url=world.content["signaling_endpoint_url"])
    return str(client.create_signaling_channel(ChannelName="other-1")["ChannelARN"])


@pytest.mark.usefixtures("imported")
def test_a_second_stack_in_the_account_mints_other_ids_and_gets_nothing_of_the_first_ones(
    fleet_world: RunningWorld, tmp_path: Path
) -> None:
    aws = aws_of(fleet_world.folder, fleet_world.content)
    url = fleet_world.content["signaling_endpoint_url"]
    parameters = {
        "AccountServer": "oidc",
        "TokenIssuer": "https://accounts.example.com",
        "TokenClientIds": "alexa",
        "TokenScope": "cameras",
        "LocalKinesisVideoEndpointUrl": url,
        "LocalSignalingHost": "127.0.0.1",
    }
    second = Deployment(aws, Source.of_project(ROOT), parameters, stack_name="second")
    asyncio.run(second.build())
    asyncio.run(second.deploy())
    first = fleet_world.run("cameras", "add", "Attic", "--json").json

    def on_second(*arguments: str) -> subprocess.CompletedProcess[str]:
        keys = {
            "AWS_ACCESS_KEY_ID": fleet_world.content["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": fleet_world.content["secret_access_key"],
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        environment = {**os.environ, **keys, "AWS_ENDPOINT_URL": aws.url, "XDG_STATE_HOME": str(tmp_path)}
        command = [str(PROGRAM), *arguments, "--stack-name", "second"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

    ids = set()
    for number in range(20):
        added = on_second("cameras", "add", f"Attic {number}", "--user", "customer-1", "--json")
        assert added.returncode == 0, added
        ids.add(json.loads(added.stdout)["endpoint_id"])
    rows = fleet_world.run("cameras", "list", "--all", "--json").json
    assert len(ids) == 20
    assert ids.isdisjoint({row["endpoint_id"] for row in rows})
    for option, value in (("--channel-arn", first["channel_arn"]), ("--thing", first["thing_name"])):
        refused = on_second("cameras", "add", "Mine", "--user", "customer-1", option, value)
        assert refused.returncode == 1
        assert "was made by the stack camera-skill for a camera of its own" in refused.stderr
    assert fleet_world.run("cameras", "remove", "Attic", "--yes").exit_code == 0


def test_nothing_that_the_stack_did_not_create_is_deleted_when_the_fleet_goes(
    fleet_world: RunningWorld,
    kvs: "KinesisVideoClient",
    iot: "IoTClient",
    fleet: dict[str, tuple[str, str]],
    imported: Path,
) -> None:
    before = seen(kvs, iot)
    arn, _ = fleet["SN000000"]
    removed = fleet_world.run("cameras", "remove", "Door 1", "--yes")
    assert "Its signaling channel SN000000 stays as it is: the stack did not create it." in removed.stdout
    assert "still works for everyone with AWS credentials for it" in removed.stdout
    again = fleet_world.run("cameras", "add", "Yard", "--channel-arn", arn, "--json")
    assert again.exit_code == 0, again
    for user in (NEIGHBOUR, CUSTOMER):
        gone = fleet_world.run("users", "remove", user, "--yes", "--json")
        assert gone.exit_code == 0, gone
        assert {camera["channel"] for camera in gone.json["cameras_removed"]} == {"LEFT"}
        assert len(gone.json["cameras_removed"]) == PER_CUSTOMER
    assert fleet_world.run("cameras", "list", "--all", "--json").json == []
    after = seen(kvs, iot)
    assert after == before
    assert {tuple(certificates) for _, _, certificates in after["things"].values() if certificates} == {("ACTIVE",)}
    assert imported.exists()
