from pathlib import Path

import pytest

from simulator.world_folder import MARKER, ForeignFolderError, claim, is_claimed, make_private, open_private


@pytest.mark.parametrize("present", ["", "world/", "world/logs/world.log"])
def test_folder_becomes_a_worlds_when_it_is_new_or_empty_but_for_the_commands_log(tmp_path: Path, present: str) -> None:
    folder = tmp_path / "world"
    if present:
        (tmp_path / present.rpartition("/")[0]).mkdir(parents=True)
    if present.endswith(".log"):
        (tmp_path / present).touch()
    claim(folder)
    assert is_claimed(folder)
    (folder / "build").mkdir()
    claim(folder)


@pytest.mark.parametrize("present", ["build/file", "logs/other.log", "logs/world.log/file", ".hidden"])
def test_folder_is_refused_when_it_holds_something_else(tmp_path: Path, present: str) -> None:
    file = tmp_path / "project" / present
    file.parent.mkdir(parents=True)
    file.touch()
    with pytest.raises(ForeignFolderError, match="choose an empty or a new one with --folder"):
        claim(tmp_path / "project")
    assert not is_claimed(tmp_path / "project")


def test_file_is_refused_when_it_is_given_as_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ForeignFolderError, match="is not a local world's folder"):
        claim(tmp_path / "file")


def test_a_folder_of_a_world_and_its_files_are_its_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    folder.mkdir(mode=0o755)
    claim(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    with open_private(folder / "log", "wb") as log:
        log.write(b"x")
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {MARKER: 0o600, "log": 0o600}
    folder.chmod(0o755)  # as a world of before left it
    claim(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    folder = tmp_path / "world"
    claim(folder)
    (folder / "log").symlink_to(target)
    (folder / "logs").symlink_to(tmp_path)
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        open_private(folder / "log", "wb")
    with pytest.raises(ForeignFolderError, match="is a link"):
        make_private(folder / "logs")
    assert target.read_text() == "precious"
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(ForeignFolderError, match="is a link"):
        claim(tmp_path / "link")


def test_a_marker_that_is_a_link_marks_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / MARKER).symlink_to(tmp_path / "file")
    assert not is_claimed(folder)
    with pytest.raises(ForeignFolderError):
        claim(folder)
