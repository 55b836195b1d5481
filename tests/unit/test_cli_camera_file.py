"""Files of cameras as people's spreadsheets and programs write them."""

import io
import json
from typing import Any

import pytest

from cli.errors import CommandError
from cli.importing.camera_file import CameraFile, Row, as_text, read_camera_file

FRONT = {"friendly_name": "Front Door", "user": "ann@example.com", "doorbell": "yes"}


def read(content: str | bytes) -> CameraFile:
    return read_camera_file(as_text(io.BytesIO(content.encode() if isinstance(content, str) else content)))


def rows(content: str | bytes) -> list[Row]:
    return list(read(content).rows)


def rejected(file: CameraFile) -> bytes:
    """The file with every row refused because of “it”."""
    texts = [file.form.text(row, "it") for row in file.rows]
    text = file.form.beginning + file.form.between.join(texts) + file.form.end
    return text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "content",
    [
        "friendly_name,user,doorbell\nFront Door,ann@example.com,yes\n",
        "\ufefffriendly_name;user;doorbell\r\nFront Door;ann@example.com;yes\r\n",
        "Friendly Name\tUSER\tdoor-bell\rFront Door\tann@example.com\tyes\r".replace("door-bell", "Doorbell"),
        '\n\n"friendly_name", "user" ,doorbell,,\n\n,,,,\n "Front Door",ann@example.com, yes,,',
        'user,"friendly_name",doorbell,reason\nann@example.com,Front Door,yes,"was, once, refused"\n',
        '[{"friendly_name": "Front Door", "user": "ann@example.com", "doorbell": true, "model": null}]',
        '{"friendly_name": "Front Door", "user": "ann@example.com", "doorbell": "yes", "reason": "none"}\n\n',
    ],
    ids=["commas", "semicolons", "tabs", "blanks", "reason", "list", "lines"],
)
def test_the_row_is_the_same_when_the_form_is_another(content: str) -> None:
    (row,) = rows(content)
    assert row.values == FRONT
    assert row.defect == ""


def test_rows_have_the_number_of_their_first_line_when_fields_span_lines() -> None:
    found = rows('friendly_name,user\n"Front\nDoor",a\n\nGarden,b\n')
    assert [(row.number, row.values["friendly_name"]) for row in found] == [(2, "Front\nDoor"), (5, "Garden")]


def test_a_number_is_a_text_when_json_has_one() -> None:
    (row,) = rows('[{"friendly_name": 7, "user": "a", "serial_number": 123}]')
    assert row.values == {"friendly_name": "7", "user": "a", "serial_number": "123"}


@pytest.mark.parametrize(
    ("spoilt", "defect"),
    [
        ('"Front Door,a', "no CSV"),
        ('"Front" Door,a', "no CSV"),
        (f'"{"x" * 140_000}",a', "no CSV (field larger"),
        ("Front Door", "Fields in the row: 1; in the heading: 2."),
        ("Front, Door,a", "in the heading: 2. Put quotation marks"),
    ],
)
def test_no_other_row_is_lost_when_one_is_no_csv(spoilt: str, defect: str) -> None:
    others = [f"Camera {number},b" for number in range(50)]
    found = rows("\n".join(["friendly_name,user", *others[:10], spoilt, *others[10:], ""]))
    assert [row.number for row in found if row.defect] == [12]
    assert defect in found[10].defect
    assert [row.values.get("friendly_name") for row in found if not row.defect] == [f"Camera {n}" for n in range(50)]


@pytest.mark.parametrize("spoilt", ["{", "[1]", "7", '{"user": [1]}', '{"nane": 1}', "[" * 100_000])
def test_no_other_row_is_lost_when_one_is_no_json(spoilt: str) -> None:
    good = json.dumps(FRONT)
    found = rows(f"{good}\n{spoilt}\n{good}\n")
    assert [bool(row.defect) for row in found] == [False, True, False]
    assert [row.number for row in found] == [1, 2, 3]


def test_no_other_row_is_lost_when_one_is_not_utf_8() -> None:
    found = rows(b"friendly_name,user\nCaf\xe9,a\nGarden,a\n")
    assert "friendly_name cannot be read as UTF-8" in found[0].defect
    assert found[1].defect == ""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty"),
        ("\n \r\n", "is empty"),
        ("freindly_name,user\n", r"“freindly_name” \(Did you mean “friendly_name”"),
        ("name,user,friendly_name,colour\n", "“colour”"),
        ("friendly_name;doorbell\n", "lacks the column user"),
        ("friendly_name,user,User\n", "the column user twice"),
        ("PK\x03\x04\x14", "a workbook"),
        ("\ufefffriendly_name,user\n".encode("utf-16-le"), "probably UTF-16"),
        ('[{"friendly_name": "a"},', "no JSON, from line 1"),
        ("[" * 100_000, "no JSON"),
        ('[{"friendly_name": "a"}, {"usr": "b"}]', "“usr”"),
        ('{"usr": "b"}', "“usr”"),
    ],
)
def test_the_file_is_refused_when_it_is_not_one_of_cameras(content: str | bytes, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        read(content)


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        ("user;friendly_name\r\na;Café\r\n", "reason;user;friendly_name\nit;a;Café\n"),
        ('user,reason,friendly_name\na,old,"b,c"\n', 'reason,user,friendly_name\nit,a,"b,c"\n'),
        ("user,friendly_name\na,b,c\n", "reason,user,friendly_name\nit,a,b,c\n"),
        ('user,friendly_name\n"a,b\n', 'reason,user,friendly_name\n"it","a,b\n'),
        ('reason,user,friendly_name\n"old, ""one""","a,b\n', 'reason,user,friendly_name\n"it","a,b\n'),
        ('[{"user": "a", "reason": "old"}, 7]', '[\n{"user": "a", "reason": "it"},\n7\n]\n'),
        ('{"user": "é"}\n{"a\n', '{"user": "é", "reason": "it"}\n{"a\n'),
        ('{"user": "\\ud800"}', '{"user": "\\ud800", "reason": "it"}\n'),
    ],
)
def test_refused_rows_are_written_as_they_came_when_they_are_to_be_mended(content: str, refused: str) -> None:
    assert rejected(read(content)).decode() == refused
    assert rejected(read(refused)).decode() == refused


def test_refused_rows_keep_their_bytes_when_they_are_not_utf_8() -> None:
    assert rejected(read(b"friendly_name,user\nCaf\xe9,a\n")) == b"reason,friendly_name,user\nit,Caf\xe9,a\n"


def test_rows_are_read_as_they_are_asked_for_when_the_file_is_long() -> None:
    class Endless(io.RawIOBase):
        begun = False

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer
            text = b"Front Door,a\n" if self.begun else b"friendly_name,user\n"
            self.begun = True
            buffer[: len(text)] = text
            return len(text)

    found = read_camera_file(as_text(io.BufferedReader(Endless()))).rows
    assert [next(found).number for _ in range(10_000)][-1] == 10_001
