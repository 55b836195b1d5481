"""Whatever customers, cameras, services and files say: the terminal gets no orders, and nobody a traceback."""

import base64
import csv
import io
import json
import unicodedata
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from camera_skill.camera import Camera, CameraLink
from cli.importing.camera_file import COLUMNS
from cli.output import Progress, fail, say, say_json, say_row_by_row, say_rows, warn
from cli.terminal_text import json_text, printable
from tests.conftest import SOAK
from tests.support.command import Outcome
from tests.support.deployed_stack import DeployedStack
from tests.support.event_stack import EventStack

TURNING = "\u202e\u2066\u200f"
ORDERS = ["\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "\x07", "\r", "\x08", "\x7f", "\x00", "\u2028", "\x1c", *TURNING]
MARKUP = ["[/x]", "[bold]", "[link=http://evil.example]", "{0}", "%s", "\\", ":smile:", "\n", "\t", "“", "表"]
TEXTS = st.lists(st.sampled_from(ORDERS + MARKUP) | st.characters(exclude_categories=["Cs"]), max_size=12).map("".join)
EXAMPLES = 120 if SOAK else 8
ANY_TEXT = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

pytestmark = [pytest.mark.timeout(1_800 if SOAK else 120)]


@pytest.fixture(scope="module")
def more_outputs(events_of_module: EventStack) -> Mapping[str, str]:
    return events_of_module.outputs


@pytest.fixture(scope="module")
def anna(stack_of_module: DeployedStack) -> str:
    return stack_of_module.add_user("anna@example.com")


def obeyed(text: str) -> set[str]:
    """The characters in a text that a terminal obeys, but for line ends."""
    return {
        one for one in text if one != "\n" and (unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} or one in TURNING)
    }


def check(outcome: Outcome) -> Outcome:
    """What a command wrote orders nothing. Its defects would have been raised."""
    assert not obeyed(outcome.stdout), outcome
    assert not obeyed(outcome.stderr), outcome
    assert outcome.exit_code in {0, 1}, outcome
    assert "Traceback" not in outcome.stderr
    return outcome


@given(text=TEXTS)
def test_a_printable_text_holds_no_orders_and_is_the_same_again(text: str) -> None:
    shown = printable(text)
    assert not obeyed(shown)
    assert printable(shown) == shown
    assert "\n" not in printable(text, lines=False)
    assert shown == text or obeyed(text)
    assert json.loads(json_text(text)) == text
    assert not obeyed(json_text({"text": text}, indent=2))


@given(text=TEXTS)
@ANY_TEXT
def test_every_way_to_write_takes_any_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    say(text)
    warn(text)
    fail(text)
    say_json({"text": text})
    for as_json in (False, True):
        say_rows([{"text": text}], columns={"text": "Text"}, as_json=as_json, nothing="")
        say_row_by_row([{"text": text}], columns={"text": ("Text", 10)}, as_json=as_json)
    shown = Progress(Console(stderr=True))
    shown(text)
    shown.finished(text)
    shown.stop()
    written = capsys.readouterr()
    assert not obeyed(written.out)
    assert not obeyed(written.err)


@pytest.mark.soak
@given(names=st.lists(TEXTS.filter(bool), min_size=2, max_size=2), values=st.lists(TEXTS, min_size=5, max_size=5))
@ANY_TEXT
def test_cameras_may_be_called_anything_in_the_registry(
    stack: DeployedStack, names: list[str], values: list[str]
) -> None:
    endpoint_id = f"camera-skill-{uuid.uuid4().hex[:8]}"
    manufacturer, model, serial, firmware, external = values
    camera = Camera(
        endpoint_id,
        f"arn:aws:kinesisvideo:us-east-1:000000000000:channel/{endpoint_id}/1",
        "us-east-1",
        "https://signaling.example",
        manufacturer=manufacturer,
        model=model,
        serial_number=serial,
        firmware_version=firmware,
        external_id=external,
    )
    user = f"user-{uuid.uuid4().hex}"
    stack.registrations.register(camera, CameraLink(user, endpoint_id, names[0]))
    for arguments in (
        ("cameras", "list", "--user", user),
        ("cameras", "list", "--all"),
        ("cameras", "show", endpoint_id),
        ("cameras", "show", endpoint_id, "--json"),
        ("cameras", "rename", endpoint_id, "Door", "--user", user),
        ("cameras", "set", endpoint_id, "--motion"),
        ("users", "list"),
        ("cameras", "remove", endpoint_id, "--yes"),
        ("users", "remove", user, "--yes"),
    ):
        check(stack.run(*arguments))
    assert not stack.registrations.links(user)


@pytest.mark.soak
@given(cells=st.lists(TEXTS, min_size=len(COLUMNS), max_size=len(COLUMNS)), heading=TEXTS)
@ANY_TEXT
def test_files_may_hold_anything(stack: DeployedStack, tmp_path: Path, cells: list[str], heading: str) -> None:
    row = dict(zip(COLUMNS, cells, strict=True))
    table = io.StringIO()
    writer = csv.DictWriter(table, [*COLUMNS])
    writer.writeheader()
    writer.writerow(row)
    good = {"friendly_name": row["friendly_name"], "user": "anna@example.com", "model": row["model"]}
    files = {
        "cameras.csv": table.getvalue(),
        "headings.csv": f"friendly_name,user,{heading}\nDoor,anna@example.com,x\n",
        "cameras.jsonl": "\n".join(json.dumps(one) for one in (row, good, {heading: heading})),
        "garbage.csv": "".join(cells),
        "garbage.jsonl": heading,
    }
    for name, content in files.items():
        path = tmp_path / name
        path.write_text(content, encoding="utf-8", newline="")
        for more in (("--dry-run",), ()):
            check(stack.run("cameras", "import", path, *more))
        path.with_name(f"{path.stem}.rejected{path.suffix}").unlink(missing_ok=True)


@pytest.mark.soak
@given(thing=TEXTS, kind=TEXTS, topic=TEXTS, said=TEXTS)
@ANY_TEXT
def test_dead_letters_and_logs_may_hold_anything(
    stack: DeployedStack, events_of_module: EventStack, thing: str, kind: str, topic: str, said: str
) -> None:
    payload = base64.b64encode(said.encode()).decode()
    event = {"payload": payload, "thing": thing, "kind": kind, "received_at": 1_700_000_000_000}
    rule = {
        "ruleName": said,
        "topic": topic,
        "base64OriginalPayload": payload,
        "failures": [{"failedAction": said, "errorMessage": said}],
    }
    lines: list[dict[str, Any]] = [
        {
            "level": "INFO",
            "message": "camera event",
            "kind": kind,
            "event_id": thing,
            "event_outcome": said,
            "reason": said,
        },
        {"level": "INFO", "message": "report", "user_id": said, "report": kind, "outcome": topic, "reason": said},
        {"level": "ERROR", "message": said, "reason": topic, "exception": said},
    ]
    events_of_module.put(event, rule, {"report": said, "reason": said}, {"any": said})
    events_of_module.log(*lines)
    for arguments in (
        ("events", "undelivered"),
        ("events", "undelivered", "--json"),
        ("events", "tail", "--no-follow", "--since", "10m"),
        ("events", "tail", "--no-follow", "--json"),
        ("events", "redrive"),
    ):
        check(stack.run(*arguments))
    for queue in ("UndeliveredQueueUrl", "ReportQueueUrl", "CameraEventsQueueUrl"):
        events_of_module.taken(queue)


def test_a_question_shows_a_name_and_does_what_it_says_of_nothing(stack: DeployedStack) -> None:
    endpoint_id = f"camera-skill-{uuid.uuid4().hex[:8]}"
    arn = f"arn:aws:kinesisvideo:us-east-1:000000000000:channel/{endpoint_id}/1"
    link = CameraLink(f"user-{uuid.uuid4().hex}", endpoint_id, "\x1b[2JDoor")
    stack.registrations.register(Camera(endpoint_id, arn, "us-east-1", "https://signaling.example"), link)
    outcome = check(stack.run("cameras", "remove", endpoint_id, stdin="n\n"))
    assert "\\x1b[2JDoor" in outcome.stdout + outcome.stderr
