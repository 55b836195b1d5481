"""`cameras import` on a stack that is taken for a deployed one, with a signaling service of each test's own."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path

import boto3
import pytest
from aiohttp import web

from camera_skill.adapters.items import camera_key, camera_to_item
from camera_skill.camera import Camera, CameraLink
from cli.cameras.registrations import Registrations
from cli.importing.camera_file import COLUMNS
from cli.importing.work import Crew, RegisteredCameras
from simulator.signaling import Call, Proceed, SignalingService, SignalingSettings
from simulator.signaling.errors import CLIENT_LIMIT_EXCEEDED, INVALID_ARGUMENT, ServiceError
from tests.support.command import Outcome, run
from tests.support.deployed_stack import PREFIX, DeployedStack
from tests.support.importing import csv_of
from tests.support.project import ROOT
from tests.support.raw_server import read_request, serving
from tests.support.readme import blocks
from tests.support.servers import dynamodb_error, dynamodb_reply, repeating

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def service(stack: DeployedStack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SignalingService]:
    assert stack.environment  # set before this one
    async with SignalingService(SignalingSettings(rate_scale=100)) as signaling:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", signaling.control_plane_url)
        yield signaling


@pytest.fixture(scope="module")
def emails(stack_of_module: DeployedStack) -> list[str]:
    emails = ["anna@example.com", "Bob@example.com"]
    for email in emails:
        stack_of_module.add_user(email)
    return emails


async def import_file(stack: DeployedStack, file: Path, *options: str | Path) -> Outcome:
    return await asyncio.to_thread(stack.run, "cameras", "import", file, *options)


def rows_of(emails: list[str], test: str, count: int = 30) -> list[dict[str, str]]:
    """So many cameras of the first user, of which the second has every tenth, too."""
    rows, name = [], test.replace("-", " ")
    for number in range(count):
        camera = {"endpoint_id": f"{PREFIX}{test}-{number}", "doorbell": "yes" if number % 2 else ""}
        rows.append({"friendly_name": f"{name} {number}", "user": emails[0], **camera})
        if number % 10 == 0:
            rows.append({"friendly_name": f"Shared {name} {number}", "user": emails[1].upper(), **camera})
    return rows


def written(file: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    file.write_text(csv_of(rows))
    return file


async def test_cameras_are_added_and_shared_once_when_a_file_is_imported_twice(
    stack: DeployedStack, service: SignalingService, emails: list[str], tmp_path: Path
) -> None:
    file = written(tmp_path / "cameras.csv", rows_of(emails, "twice"))
    first = await import_file(stack, file, "--json")
    assert first.exit_code == 0, first
    report = first.json
    assert [report[name] for name in ("rows", "added", "shared", "refused", "stopped")] == [33, 30, 3, [], ""]
    items, calls = stack.items(), len(service.requests)
    assert items[f"CAMERA#{PREFIX}twice-1", "CAMERA"]["is_doorbell"] == {"BOOL": True}
    shown = await asyncio.to_thread(stack.json, "cameras", "list", "--user", emails[1])
    assert [camera["friendly_name"] for camera in shown] == [f"Shared twice {number}" for number in (0, 10, 20)]

    again = await import_file(stack, file)
    assert again.exit_code == 0
    assert "33 rows: 0 added, 0 shared, 33 already there, 0 repeated, 0 refused." in again.stdout
    assert stack.items() == items
    assert len(service.requests) == calls


@pytest.mark.parametrize(
    "operation", ["CreateSignalingChannel", "DescribeSignalingChannel", "GetSignalingChannelEndpoint"]
)
async def test_no_row_is_lost_when_aws_is_asked_too_often(
    stack: DeployedStack, service: SignalingService, emails: list[str], tmp_path: Path, operation: str
) -> None:
    refused: Counter[str] = Counter()

    async def throttle(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation == operation and refused[call.channel_name] < 2:  # which botocore does not try again
            refused[call.channel_name] += 1
            raise ServiceError(CLIENT_LIMIT_EXCEEDED, "as the test wants it")
        return await proceed()

    service.intercept(throttle)
    file = written(tmp_path / "cameras.csv", rows_of(emails, f"throttled-{operation}", 11))
    outcome = await import_file(stack, file, "--json")
    assert (outcome.exit_code, outcome.json["added"], outcome.json["shared"]) == (0, 11, 2)
    assert len(refused) == 11


async def test_nothing_is_written_when_it_is_a_dry_run(
    stack: DeployedStack, service: SignalingService, emails: list[str], tmp_path: Path
) -> None:
    items = stack.items()
    file = written(tmp_path / "cameras.csv", [*rows_of(emails, "dry"), {"friendly_name": "No!", "user": emails[0]}])
    outcome = await import_file(stack, file, "--dry-run")
    assert outcome.exit_code == 1
    assert "34 rows: 30 to be added, 3 to be shared, 0 already there, 0 repeated, 1 refused." in outcome.stdout
    assert "line 35: “No!” of anna@example.com refused: Alexa would refuse “No!”" in outcome.stdout
    assert stack.items() == items
    assert service.requests == []


async def test_refused_rows_are_imported_when_they_were_mended(
    stack: DeployedStack, service: SignalingService, emails: list[str], tmp_path: Path
) -> None:
    rows = [
        {"friendly_name": "Mend 1", "user": "visitor@shop.example", "motion": ""},
        {"friendly_name": "Mend 2", "user": emails[0], "motion": "yes"},
        {"friendly_name": "Mend 3", "user": emails[0], "motion": "maybe"},
    ]
    rejected = tmp_path / "rejected.csv"
    outcome = await import_file(stack, written(tmp_path / "cameras.csv", rows), "--rejected", rejected, "--json")
    assert outcome.exit_code == 1
    rules = {refusal["line"]: refusal["rule"] for refusal in outcome.json["refused"]}
    assert rules == {
        2: f"There is no user visitor@shop.example on the stack {stack.name}. Add one: `camera-skill users add "
        f"visitor@shop.example --stack-name {stack.name}`.",
        4: "The motion is “maybe”, and takes yes or no.",
    }
    assert outcome.json["added"] == 1
    rejected.write_text(rejected.read_text().replace("visitor@shop.example,", f"{emails[1]},").replace(",maybe", ",no"))
    mended = await import_file(stack, rejected)
    assert mended.exit_code == 0, mended
    assert "2 rows: 2 added" in mended.stdout
    assert {request.operation for request in service.requests} >= {"CreateSignalingChannel"}


@pytest.mark.parametrize("form", ["list", "lines"])
async def test_standard_input_is_imported_when_it_is_json(
    stack: DeployedStack, service: SignalingService, emails: list[str], form: str
) -> None:
    rows: list[dict[str, object]] = [{"friendly_name": f"Json {form} {n}", "user": emails[0]} for n in range(3)]
    rows[0] |= {"motion": True, "two_way_audio": "full", "serial_number": 17}
    text = json.dumps(rows) if form == "list" else "\n".join(map(json.dumps, rows))
    outcome = await asyncio.to_thread(stack.run, "cameras", "import", "-", stdin=text)
    assert outcome.exit_code == 0, outcome
    item = stack.items()[f"CAMERA#{PREFIX}json-{form}-0", "CAMERA"]
    assert (item["detects_motion"], item["serial_number"]) == ({"BOOL": True}, {"S": "17"})
    assert len([one for one in service.requests if one.operation == "CreateSignalingChannel"]) == 3


async def test_only_its_own_row_is_refused_when_a_channel_cannot_be_had(
    stack: DeployedStack, service: SignalingService, emails: list[str], tmp_path: Path
) -> None:
    rows = rows_of(emails, "taken", 11)

    async def spoil(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.channel_name == f"{PREFIX}taken-10":
            raise ServiceError(INVALID_ARGUMENT, "This channel cannot be had.")
        return await proceed()

    service.intercept(spoil)
    outcome = await import_file(stack, written(tmp_path / "cameras.csv", rows), "--json")
    assert outcome.exit_code == 1, outcome
    assert [refusal["line"] for refusal in outcome.json["refused"]] == [13, 14]
    assert (outcome.json["added"], outcome.json["shared"]) == (10, 1)


async def test_the_import_stops_when_aws_lets_nothing_be_done(
    stack: DeployedStack, emails: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deny(*_: str) -> bool:
        return False

    file = written(tmp_path / "cameras.csv", rows_of(emails, "denied"))
    async with SignalingService(SignalingSettings(authorize=deny)) as signaling:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS_VIDEO", signaling.control_plane_url)
        outcome = await import_file(stack, file)
        asked = len(signaling.requests)
    assert "The import stopped: These AWS credentials may not call DescribeSignalingChannel" in outcome.sentence
    assert "Run the same command again to go on" in outcome.sentence
    assert ", 0 refused." in outcome.stdout
    assert asked <= 20


async def test_the_import_stops_when_the_table_does_not_answer(
    stack: DeployedStack, emails: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "cameras.csv", rows_of(emails, "lost"))
    async with serving(repeating(dynamodb_error(400, "UnrecognizedClientException"))) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://{address}")
        outcome = await import_file(stack, file)
    assert "AWS does not know these credentials" in outcome.sentence
    assert "0 rows: 0 added" in outcome.stdout


def test_the_file_is_refused_before_anything_is_asked_when_a_column_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "cameras.csv"
    file.write_text("friendly_name,user,bell\n")
    stack = "--stack-name", "none"
    assert "“bell” (Did you mean “doorbell”?)" in run("cameras", "import", file, *stack).sentence
    assert "no such file" in run("cameras", "import", tmp_path / "missing.csv", *stack).sentence
    assert "is the file to be imported" in run("cameras", "import", file, "--rejected", file, *stack).sentence


@pytest.mark.usefixtures("emails", "service")
async def test_the_example_of_the_documentation_is_imported_when_it_is_copied(
    stack: DeployedStack, tmp_path: Path
) -> None:
    (example,) = blocks("csv")
    file = tmp_path / "cameras.csv"
    file.write_text(example)
    outcome = await import_file(stack, file, "--json")
    assert (outcome.exit_code, outcome.json["added"], outcome.json["shared"]) == (0, 2, 1)
    item = stack.items()[f"CAMERA#{PREFIX}0001", "CAMERA"]
    assert (item["two_way_audio"]["S"], item["is_doorbell"]["BOOL"], item["detects_persons"]["BOOL"]) == ("full", 1, 0)


def test_every_column_is_documented() -> None:
    page = (ROOT / "docs" / "import.md").read_text()
    assert [column for column in COLUMNS if f"`{column}`" not in page] == []


async def test_a_write_is_tried_again_when_it_met_another_one(aws: boto3.Session) -> None:
    conflict = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
    }
    replies = [dynamodb_reply(400, conflict)] * 4 + [dynamodb_reply(200, {})]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(replies.pop(0))

    async with serving(serve) as address:
        client = aws.client("dynamodb", endpoint_url=f"http://{address}")
        Crew(Registrations(client, "registry"), aws.client("kinesisvideo"), lambda *_: None).patient(client)
        link = CameraLink("user", "camera-1", "Door")
        await asyncio.to_thread(Registrations(client, "registry").link, link)
    assert replies == []


async def test_cameras_are_all_found_when_the_table_gives_them_in_parts(aws: boto3.Session) -> None:
    cameras = [Camera(f"camera-{number}", "arn", "us-east-1", "https://endpoint") for number in range(3)]
    asked = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            keys = json.loads((await read_request(reader))[1])["RequestItems"]["registry"]["Keys"]
            asked.append(len(keys))
            found = [camera_to_item(one) for one in cameras if camera_key(one.endpoint_id) == keys[0]]
            left = {"registry": {"Keys": keys[1:]}} if keys[1:] else {}
            writer.write(dynamodb_reply(200, {"Responses": {"registry": found}, "UnprocessedKeys": left}))

    async with serving(serve) as address:
        client = aws.client("dynamodb", endpoint_url=f"http://{address}")
        names = [camera.endpoint_id for camera in cameras]
        found = await asyncio.to_thread(RegisteredCameras(client, "registry").cameras, names)
    assert found == dict(zip(names, cameras, strict=True))
    assert asked == [3, 2, 1]
