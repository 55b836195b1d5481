from pathlib import Path

import pytest

from simulator.world_folder import ForeignFolderError, claim, is_claimed


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
