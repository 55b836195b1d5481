"""A build holds what the functions' clients need of AWS's SDK, and nothing else of it."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import ROOT


@pytest.fixture(scope="module")
def finish_build() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / ".ci" / "finish_build.py"))


def test_every_service_is_kept_that_the_functions_make_clients_for(finish_build: dict[str, Any]) -> None:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "lambda" / "camera_skill").rglob("*.py"))
    called = {name for source in sources for name in re.findall(r"\.client\(\s*\"([a-z-]+)\"", source)}
    assert finish_build["SERVICES"] == called


def test_other_services_go_and_sources_are_compiled_when_a_build_is_finished(
    finish_build: dict[str, Any], tmp_path: Path
) -> None:
    for name in ("botocore/data/sqs/1/service-2.json.gz", "botocore/data/ec2/1/service-2.json.gz"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    (tmp_path / "botocore/data/endpoints.json").touch()
    (tmp_path / "module.py").write_text("VALUE = 1\n")

    assert finish_build["main"]([str(tmp_path)]) == 0

    assert {path.name for path in (tmp_path / "botocore/data").iterdir()} == {"sqs", "endpoints.json"}
    assert [*tmp_path.glob("__pycache__/module.*.pyc")]


def test_it_fails_when_a_source_cannot_be_compiled(finish_build: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("this is no Python\n")
    assert finish_build["main"]([str(tmp_path)]) == 1
