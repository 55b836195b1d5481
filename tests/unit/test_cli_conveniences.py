"""Small things that people try with the command."""

from importlib.metadata import version
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.importing.camera_file import check_columns
from cli.show import picture_format
from tests.support.command import run


def test_the_command_tells_its_version() -> None:
    assert run("--version").stdout == f"camera-skill {version('alexa-camera-skill')}\n"


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("name", "friendly_name"),
        ("email", "user"),
        ("serial", "external_id"),
        ("arn", "channel_arn"),
        ("thing", "thing_name"),
    ],
)
def test_a_column_is_found_by_what_other_lists_call_it(heading: str, column: str) -> None:
    with pytest.raises(CommandError, match=f"“{heading}” .Did you mean “{column}”"):
        check_columns([heading])


@pytest.mark.parametrize(
    ("name", "form"), [("x.png", "PNG"), ("x.jpg", "JPEG"), ("x.JPEG", "JPEG"), ("x.webp", "WEBP"), ("x", "PNG")]
)
def test_a_snapshot_is_what_its_name_says(name: str, form: str) -> None:
    assert picture_format(Path(name)) == form


def test_a_snapshot_that_cannot_be_written_is_told_before_anything_happens(tmp_path: Path) -> None:
    assert "x.gifv cannot be written: its name ends in .png, .jpg" in run("demo", "--snapshot", "x.gifv").sentence
    shown = run("show", "Door", "--snapshot", "x.mp4", "--folder", tmp_path)
    assert "x.mp4 cannot be written" in shown.sentence


def test_the_stack_may_be_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAMERA_SKILL_STACK_NAME", "mine")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "example")
    assert "127.0.0.1:9" in run("cameras", "list").sentence  # it looked for the stack, and for no local world
