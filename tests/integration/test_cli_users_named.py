"""Who is meant by `--user`, and by a file's column `user`: by one rule, whatever the verb."""

from pathlib import Path

import pytest

from camera_skill.camera import Camera, CameraLink
from cli.terminal_text import printable
from simulator.local_aws import LocalAws
from tests.support.deployed_stack import DeployedStack, deployed_stack
from tests.support.importing import csv_of

NO_IDS = ["u" * 257, "anna\u202e", "\U0001f600" * 251]


@pytest.fixture(scope="module", autouse=True)
def user_id(stack_of_module: DeployedStack) -> str:
    """The id of a user in the pool. Another one is not there any more, and still has a camera."""
    camera = Camera("camera-skill-left", "arn", "us-east-1", "https://endpoint.example")
    stack_of_module.registrations.register(camera, CameraLink("left-the-pool", camera.endpoint_id, "Left"))
    return stack_of_module.add_user("anna@example.com")


def imported(stack: DeployedStack, user: str, folder: Path) -> list[str]:
    """Why a file's only row, of that user's, would be refused."""
    file = folder / "cameras.csv"
    file.write_text(csv_of([{"friendly_name": "Garden", "user": user}]))
    refused = stack.run("cameras", "import", file, "--dry-run", "--json").json["refused"]
    return [printable(one["rule"]) for one in refused]


@pytest.mark.parametrize("user", ["anna@example.com", "ANNA@example.com", "left-the-pool", ""])
def test_a_user_is_found_by_every_verb_when_the_pool_or_the_registry_has_one(
    stack: DeployedStack, user_id: str, tmp_path: Path, user: str
) -> None:
    assert isinstance(stack.json("cameras", "list", "--user", user or user_id), list)
    assert imported(stack, user or user_id, tmp_path) == []


@pytest.mark.parametrize("user", ["ana@example.com", "1234", *NO_IDS], ids=range(5))
def test_a_user_is_refused_by_every_verb_with_one_sentence_when_there_is_none(
    stack: DeployedStack, tmp_path: Path, user: str
) -> None:
    sentence = stack.run("cameras", "list", "--user", user).sentence
    assert imported(stack, user, tmp_path) == [sentence]


def test_an_id_is_refused_when_no_account_server_elsewhere_can_have_it(
    local_aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with deployed_stack(local_aws, tmp_path, has_pool=False) as stack:
        for name, value in stack.environment.items():
            monkeypatch.setenv(name, value)
        assert imported(stack, "auth0|1", tmp_path) == []
        for user in NO_IDS:
            sentence = stack.run("cameras", "list", "--user", user).sentence
            assert "is no email and no user id" in sentence
            assert imported(stack, user, tmp_path) == [sentence]
