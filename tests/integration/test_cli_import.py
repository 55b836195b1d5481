"""`cameras import` on a stack that is taken for a deployed one."""

import csv
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

from cli.importing.camera_file import COLUMNS
from simulator.local_aws import LocalAws
from simulator.signaling import Call, Proceed
from simulator.signaling.errors import CLIENT_LIMIT_EXCEEDED, INVALID_ARGUMENT, ServiceError
from tests.support.command import Outcome, run
from tests.support.deployed_stack import DeployedStack
from tests.support.importing import csv_of
from tests.support.project import ROOT
from tests.support.readme import blocks

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def emails(stack_of_module: DeployedStack) -> list[str]:
    emails = ["anna@example.com", "Bob@example.com"]
    for email in emails:
        stack_of_module.add_user(email)
    return emails


@pytest.fixture
def asked(stack: DeployedStack) -> Iterator[list[str]]:
    """What the signaling service is asked for during the test."""
    before = len(stack.signaling.requests)
    operations: list[str] = []
    yield operations
    operations += [request.operation for request in stack.signaling.requests[before:]]


@contextmanager
def intercepted(stack: DeployedStack, *faults: ServiceError, of: str, each: int) -> Iterator[Counter[str]]:
    """Calls of an operation fail so often for each channel; how often they did by the channel's name."""
    failed: Counter[str] = Counter()

    async def intercept(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation == of and failed[call.channel_name] < each:
            failed[call.channel_name] += 1
            raise faults[0]
        return await proceed()

    stack.signaling.intercept(intercept)
    try:
        yield failed
    finally:
        stack.signaling.intercept(None)


def import_file(stack: DeployedStack, file: Path, *options: str | Path) -> Outcome:
    return stack.run("cameras", "import", file, *options)


def rows_of(emails: list[str], test: str, count: int = 30) -> list[dict[str, str]]:
    """So many cameras of the first user, of which the second has every tenth, too."""
    rows, name = [], test.replace("-", " ")
    for number in range(count):
        camera = {"external_id": f"{test}-{number}", "doorbell": "yes" if number % 2 else "", "share": ""}
        rows.append({"friendly_name": f"{name} {number}", "user": emails[0], **camera})
        if number % 10 == 0:
            shared = {"friendly_name": f"Shared {name} {number}", "user": emails[1].upper(), **camera, "share": "yes"}
            rows.append(shared)
    return rows


def written(file: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    file.write_text(csv_of(rows))
    return file


def test_cameras_are_added_and_shared_once_when_a_file_is_imported_twice(
    stack: DeployedStack, emails: list[str], tmp_path: Path
) -> None:
    file = written(tmp_path / "cameras.csv", rows_of(emails, "twice"))
    first = import_file(stack, file, "--json")
    assert first.exit_code == 0, first
    report = first.json
    assert [report[name] for name in ("rows", "added", "shared", "refused", "stopped")] == [33, 30, 3, [], ""]
    items, calls = stack.items(), len(stack.signaling.requests)
    by_external_id = {item["external_id"]["S"]: item for (_, sk), item in items.items() if sk == "CAMERA"}
    assert by_external_id["twice-1"]["is_doorbell"] == {"BOOL": True}
    shown = stack.json("cameras", "list", "--user", emails[1])
    assert [camera["friendly_name"] for camera in shown] == [f"Shared twice {number}" for number in (0, 10, 20)]

    again = import_file(stack, file)
    assert again.exit_code == 0
    assert "33 rows: 0 added, 0 shared, 33 already there, 0 refused." in again.stdout
    assert stack.items() == items
    assert len(stack.signaling.requests) == calls


def test_a_camera_of_another_user_is_refused_when_a_later_file_names_it(
    stack: DeployedStack, emails: list[str], tmp_path: Path
) -> None:
    first = {"friendly_name": "Bedroom", "user": emails[0], "external_id": "sold"}
    assert import_file(stack, written(tmp_path / "first.csv", [first])).exit_code == 0
    second = {"friendly_name": "Bedroom", "user": emails[1], "external_id": "sold"}
    refused = import_file(stack, written(tmp_path / "second.csv", [second]), "--json").json["refused"]
    assert "has the external id sold. To give it to this user as well, set share in the row." in refused[0]["rule"]
    assert "Bedroom" not in {row["friendly_name"] for row in stack.json("cameras", "list", "--user", emails[1])}


@pytest.mark.parametrize("operation", ["CreateSignalingChannel", "GetSignalingChannelEndpoint"])
def test_no_row_is_lost_when_aws_is_asked_too_often(
    stack: DeployedStack, emails: list[str], tmp_path: Path, operation: str
) -> None:
    file = written(tmp_path / "cameras.csv", rows_of(emails, f"throttled-{operation}", 11))
    throttled = ServiceError(CLIENT_LIMIT_EXCEEDED, "as the test wants it")
    with intercepted(stack, throttled, of=operation, each=2) as refused:
        outcome = import_file(stack, file, "--json")
    assert (outcome.exit_code, outcome.json["added"], outcome.json["shared"]) == (0, 11, 2)
    assert len(refused) == 11


def test_nothing_is_written_when_it_is_a_dry_run(
    stack: DeployedStack, emails: list[str], tmp_path: Path, asked: list[str]
) -> None:
    items = stack.items()
    rows = [*rows_of(emails, "dry"), *rows_of(emails, "dry", 1), {"friendly_name": "No!", "user": emails[0]}]
    outcome = import_file(stack, written(tmp_path / "cameras.csv", rows), "--dry-run")
    assert outcome.exit_code == 1
    assert "36 rows: 30 to be added, 3 to be shared, 2 already there, 1 refused." in outcome.stdout
    assert "line 37: “No!” of anna@example.com refused: Alexa would refuse “No!”" in outcome.stdout
    assert stack.items() == items
    assert asked == []


def test_refused_rows_are_imported_when_they_were_mended(
    stack: DeployedStack, emails: list[str], tmp_path: Path
) -> None:
    rows = [
        {"friendly_name": "Mend 1", "user": "visitor@shop.example", "motion": ""},
        {"friendly_name": "Mend 2", "user": emails[0], "motion": "yes"},
        {"friendly_name": "Mend 3", "user": emails[0], "motion": "maybe"},
    ]
    rejected = tmp_path / "rejected.csv"
    outcome = import_file(stack, written(tmp_path / "cameras.csv", rows), "--rejected", rejected, "--json")
    assert outcome.exit_code == 1
    rules = {refusal["line"]: refusal["rule"] for refusal in outcome.json["refused"]}
    assert rules == {
        2: f"There is no user visitor@shop.example on the stack {stack.name}. Add one: `camera-skill users add "
        f"visitor@shop.example --stack-name {stack.name}`.",
        4: "The motion is “maybe”, and takes yes or no.",
    }
    assert outcome.json["added"] == 1
    rejected.write_text(rejected.read_text().replace("visitor@shop.example,", f"{emails[1]},").replace(",maybe", ",no"))
    mended = import_file(stack, rejected)
    assert mended.exit_code == 0, mended
    assert "2 rows: 2 added" in mended.stdout


@pytest.mark.parametrize("form", ["list", "lines"])
def test_standard_input_is_imported_when_it_is_json(stack: DeployedStack, emails: list[str], form: str) -> None:
    rows: list[dict[str, object]] = [{"friendly_name": f"Json {form} {n}", "user": emails[0]} for n in range(3)]
    rows[0] |= {"motion": True, "two_way_audio": "full", "serial_number": 17, "message_ttl": 30}
    text = json.dumps(rows) if form == "list" else "\n".join(map(json.dumps, rows))
    outcome = stack.run("cameras", "import", "-", stdin=text)
    assert outcome.exit_code == 0, outcome
    shown = stack.json("cameras", "show", f"Json {form} 0", "--user", emails[0])["features"]
    assert (shown["motion"], shown["serial_number"], shown["message_ttl"]) == (True, "17", 30)


def test_only_its_own_row_is_refused_when_a_channel_cannot_be_had(
    stack: DeployedStack, emails: list[str], tmp_path: Path
) -> None:
    rows = rows_of(emails, "spoilt", 4)
    spoilt: list[str] = []

    async def spoil(call: Call, proceed: Proceed) -> web.StreamResponse:
        if call.operation == "CreateSignalingChannel" and not spoilt:
            spoilt.append(call.channel_name)
        if call.channel_name in spoilt:
            raise ServiceError(INVALID_ARGUMENT, "This channel cannot be had.")
        return await proceed()

    stack.signaling.intercept(spoil)
    try:
        outcome = import_file(stack, written(tmp_path / "cameras.csv", rows), "--json")
    finally:
        stack.signaling.intercept(None)
    assert outcome.exit_code == 1, outcome
    refused = outcome.json["refused"]
    assert {refusal["rule"] for refusal in refused} == {
        f"AWS refused the creation of the signaling channel {spoilt[0]} (InvalidArgumentException)."
    }
    assert outcome.json["added"] + outcome.json["shared"] + len(refused) == 5
    assert import_file(stack, tmp_path / "cameras.csv").exit_code == 0


def test_the_import_stops_when_the_function_cannot_be_invoked(
    stack: DeployedStack, emails: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "cameras.csv", rows_of(emails, "lost"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1")
    outcome = import_file(stack, file)
    assert "The import stopped: Nothing answers at http://127.0.0.1:1" in outcome.sentence
    assert "0 rows: 0 added" in outcome.stdout


def test_the_import_stops_when_the_table_is_gone(stack: DeployedStack, emails: list[str], tmp_path: Path) -> None:
    file = written(tmp_path / "cameras.csv", rows_of(emails, "gone"))
    table = stack.outputs["RegistryTableName"]
    with stack.without_table(table):
        outcome = import_file(stack, file)
    assert "The import stopped: AWS refused the look-up of claims (ResourceNotFoundException)." in (outcome.sentence)
    assert "Run the same command again to go on" in outcome.sentence


def test_the_file_is_refused_before_anything_is_asked_when_a_column_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "cameras.csv"
    file.write_text("friendly_name,user,bell\n")
    stack = "--stack-name", "none"
    assert "“bell” (Did you mean “doorbell”?)" in run("cameras", "import", file, *stack).sentence
    assert "no such file" in run("cameras", "import", tmp_path / "missing.csv", *stack).sentence
    assert "is the file to be imported" in run("cameras", "import", file, "--rejected", file, *stack).sentence


@pytest.mark.usefixtures("emails")
def test_the_example_of_the_documentation_is_imported_when_it_is_copied(stack: DeployedStack, tmp_path: Path) -> None:
    example, _ = blocks("csv")
    file = tmp_path / "cameras.csv"
    file.write_text(example)
    outcome = import_file(stack, file, "--json")
    assert (outcome.exit_code, outcome.json["added"], outcome.json["shared"]) == (0, 2, 1)
    shown = stack.json("cameras", "show", "Front Door", "--user", "anna@example.com")
    features = shown["features"]
    assert (features["two_way_audio"], features["doorbell"], features["person_detection"]) == ("full", True, False)
    assert len(shown["owners"]) == 2


@pytest.mark.usefixtures("emails")
def test_the_example_for_cameras_that_exist_is_imported_when_it_is_copied(
    stack: DeployedStack, local_aws: LocalAws, tmp_path: Path
) -> None:
    _, example = blocks("csv")
    (row,) = csv.DictReader(example.splitlines())
    name, thing = f"SN-{uuid.uuid4().hex[:6]}", f"thing-{uuid.uuid4().hex[:6]}"  # that the stack of this test may use
    arn = stack.kinesis_video.create_signaling_channel(ChannelName=name)["ChannelARN"]
    local_aws.session().client("iot", endpoint_url=local_aws.url).create_thing(thingName=thing)
    file = tmp_path / "cameras.csv"
    file.write_text(example.replace(row["channel_arn"], arn).replace(row["thing_name"], thing))
    assert import_file(stack, file, "--json").json["added"] == 1
    shown = stack.json("cameras", "show", row["friendly_name"], "--user", row["user"])
    assert (shown["channel_arn"], shown["thing_name"], shown["external_id"]) == (arn, thing, row["external_id"])


def test_every_column_is_documented() -> None:
    page = (ROOT / "docs" / "import.md").read_text()
    assert [column for column in COLUMNS if f"`{column}`" not in page] == []
