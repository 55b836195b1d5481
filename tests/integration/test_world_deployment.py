from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator.local_aws import LocalAws
from simulator.world.deployment import Deployment, Source
from simulator.world.errors import DeploymentError
from tests.support.tools import need_local_aws
from tests.support.world_process import small_project

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def _tools() -> None:
    need_local_aws()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small_project(tmp_path / "project")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def deployment(folder: Path, project: Path, **parameters: str) -> Deployment:
    return Deployment(LocalAws(folder), Source.of_project(project), parameters)


def test_is_built_again_when_a_source_file_changes_and_not_before(tmp_path: Path, project: Path) -> None:
    def key() -> Path:
        return deployment(tmp_path / "world", project)._build_folder

    first = key()
    (project / "lambda" / "__pycache__").mkdir()
    (project / "lambda" / "__pycache__" / "sleeper.pyc").write_bytes(b"compiled")
    (project / "README.md").write_text("not part of the build")
    assert key() == first
    (project / "lambda" / "sleeper.py").write_text("def handler(event, context): return 1\n")
    second = key()
    assert second != first
    (project / "infrastructure" / "data.yaml").write_text("Resources: {}")
    assert key() not in {first, second}


async def test_stops_with_sams_own_words_when_the_build_fails(tmp_path: Path, project: Path) -> None:
    (project / "lambda" / "requirements.txt").write_text("not a requirement at all !!!\n")
    failing = deployment(tmp_path / "world", project)
    with pytest.raises(DeploymentError, match=r"(?s)sam build failed.*[Ii]nvalid requirement"):
        await failing.build()
    assert not failing.is_built()
    with pytest.raises(DeploymentError, match="not built"):
        await failing.deploy()


async def test_says_that_the_disk_is_full_when_the_build_fails_for_that(tmp_path: Path, project: Path) -> None:
    (project / "lambda" / "requirements.txt").write_text("No space left on device\n")  # pip repeats it
    with pytest.raises(DeploymentError) as raised:
        await deployment(tmp_path / "world", project).build()
    said, *lines = str(raised.value).splitlines()
    log = tmp_path / "world" / "logs" / "sam-build.log"
    advice = "There is no space left on the disk: make room, then start the world again."
    assert said == f"sam build failed. {advice} The end of {log}:"
    assert 1 <= len(lines) <= 10


async def test_stops_with_pythons_words_when_a_function_cannot_be_compiled(tmp_path: Path, project: Path) -> None:
    (project / "lambda" / "sleeper.py").write_text("def handler(:\n")
    failing = deployment(tmp_path / "world", project)
    with pytest.raises(DeploymentError, match=r"(?s)cannot be compiled.*sleeper\.py.*SyntaxError"):
        await failing.build()
    assert not failing.is_built()


async def test_stops_with_sams_own_words_when_the_deployment_fails(tmp_path: Path, project: Path) -> None:
    template = project / "template.yaml"
    unknown = "\nResources:\n  Application: {Type: AWS::CodeDeploy::Application}"
    template.write_text(template.read_text().replace("\nResources:", unknown))
    async with LocalAws(tmp_path / "world") as aws:
        failing = Deployment(aws, Source.of_project(project), {"LocalJwksUrl": aws.url})
        await failing.build()
        with pytest.raises(DeploymentError, match=r"(?s)sam deploy failed.*AWS::CodeDeploy::Application"):
            await failing.deploy()


async def test_sees_nothing_of_the_users_aws_settings_when_it_deploys(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_PROFILE": "no-such-profile",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": "http://192.0.2.1",
        "AWS_CA_BUNDLE": "/nonexistent",
        "SAM_CLI_CONFIG": "/nonexistent",
        "https_proxy": "http://192.0.2.1:3128",
        "http_proxy": "http://192.0.2.1:3128",
    }.items():
        monkeypatch.setenv(name, value)
    async with LocalAws(tmp_path / "world") as aws:
        deployed = Deployment(aws, Source.of_project(project), {"LocalJwksUrl": aws.url})
        await deployed.build()
        outputs = await deployed.deploy()
    assert outputs["JwksUrl"] == aws.url
    assert names_in(project) == ["infrastructure", "lambda", "template.yaml"]
