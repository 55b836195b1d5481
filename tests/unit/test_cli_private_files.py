import stat
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.private_files import read_private, state_folder, write_private


def test_only_the_owner_may_read_when_a_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "state" / "tokens.json"
    path.parent.mkdir()
    path.touch(mode=0o644)
    write_private(path, {"access_token": "t"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_private(path) == {"access_token": "t"}
    assert [one.name for one in path.parent.iterdir()] == ["tokens.json"]


def test_nothing_is_read_when_there_is_no_file(tmp_path: Path) -> None:
    assert read_private(tmp_path / "missing.json") == {}


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"'])
def test_reading_is_refused_when_the_file_is_damaged(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(content)
    with pytest.raises(CommandError, match="damaged"):
        read_private(path)


def test_state_is_where_the_user_wants_it_when_xdg_state_home_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "camera-skill"
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "camera-skill"
