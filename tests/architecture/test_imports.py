"""Who may import whom: the rule of docs/architecture.md, third-party imports included."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import ROOT

SOURCES = {"camera_skill": ROOT / "lambda" / "camera_skill", "simulator": ROOT / "simulator", "cli": ROOT / "cli"}

PURE = {"camera_skill.addresses"}
NOUNS = {
    f"camera_skill.{noun}"
    for noun in (
        *("camera", "state", "account", "session", "budget", "workers"),
        *("grant", "report", "camera_event", "camera_change", "registration", "channel"),
    )
}
ERRORS = {"camera_skill.errors", "camera_skill.report_errors", "camera_skill.registration_errors"}
CORE = {*ERRORS, "camera_skill.sdp", *NOUNS, *PURE}
AWS = {"boto3", "botocore"}

MAY_IMPORT: dict[str, set[str]] = {
    # what a module begins with → what its imports may begin with, the standard library aside; the longest prefix counts
    "camera_skill.errors": set(),
    "camera_skill.addresses": set(),
    "camera_skill.report_errors": {"camera_skill.errors"},
    "camera_skill.registration_errors": {"camera_skill.errors"},
    "camera_skill.settings": PURE,
    "camera_skill.sdp": {"camera_skill.sdp"},
    "camera_skill.budget": {"camera_skill.errors", "camera_skill.workers"},
    "camera_skill.workers": set(),
    "camera_skill.camera": {"camera_skill.errors", *NOUNS},
    "camera_skill.state": {"camera_skill.errors", *NOUNS},
    "camera_skill.account": {"camera_skill.errors", *NOUNS},
    "camera_skill.session": {"camera_skill.errors", "camera_skill.sdp", *NOUNS},
    "camera_skill.grant": {"camera_skill.errors", *NOUNS},
    "camera_skill.report": {"camera_skill.errors", *NOUNS},
    "camera_skill.camera_event": {"camera_skill.errors", *NOUNS},
    "camera_skill.camera_change": {"camera_skill.errors", *NOUNS},
    "camera_skill.registration": {"camera_skill.errors", *NOUNS},
    "camera_skill.channel": set(),
    "camera_skill.alexa": {"camera_skill.alexa", "camera_skill.errors"},
    "camera_skill.interfaces": {"camera_skill.interfaces", "camera_skill.alexa", *CORE},
    "camera_skill.events": {
        *("camera_skill.events", "camera_skill.interfaces.endpoint", "camera_skill.alexa", *CORE),
    },
    "camera_skill.registry": {
        *("camera_skill.registry", "camera_skill.interfaces.endpoint", "camera_skill.alexa", *CORE, "fastjsonschema"),
    },
    "camera_skill.adapters": {
        *("camera_skill.adapters", *CORE, *AWS, "fastjsonschema", "jwt", "urllib3", "mypy_boto3"),
        "aws_lambda_powertools.utilities",
    },
    "camera_skill.telemetry": {
        *("camera_skill.interfaces.record", "camera_skill.events.record", "camera_skill.errors", "camera_skill.report"),
        *("camera_skill.registry.record", "camera_skill.camera_event", "camera_skill.telemetry"),
        "aws_lambda_powertools",
    },
    "camera_skill.functions": {"camera_skill", "boto3", "mypy_boto3", "aws_lambda_powertools.utilities"},
    "simulator.guarded_aws": {
        *("simulator.credentials", "simulator.local_port", "simulator.sigv4", "hypercorn", "ministack"),
    },
    "simulator": {
        *("simulator", "aiohttp", "aioice", "aiortc", "av", "jsonschema", "numpy", "PIL", "psutil", "yarl"),
        *("aiomqtt", "paho"),
        *(*AWS, "mypy_boto3"),
    },
    "cli": {
        "cli",
        "camera_skill",
        "simulator",
        *AWS,
        "aiohttp",
        "PIL",
        "psutil",
        "rich",
        "typer",
        "mypy_boto3",
    },
}
_NO_NETWORK = {"threading", "socket", "http", "urllib", "os", "logging"}
NEVER = {
    "camera_skill.interfaces": _NO_NETWORK,
    "camera_skill.events": _NO_NETWORK,
    "camera_skill.registry": _NO_NETWORK,
}
"""Of the standard library, what has no business where no network and no environment is."""


def modules() -> Iterator[tuple[str, Path]]:
    for package, folder in SOURCES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join([package, *(part for part in parts if part != "__init__")]), path


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def begins_with(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith((f"{prefix}.", f"{prefix}_"))


def violations(module: str, imported: Iterator[str]) -> list[str]:
    rule = max((prefix for prefix in MAY_IMPORT if begins_with(module, prefix)), key=len, default=None)
    if rule is None:
        return [] if module == "camera_skill" else [f"no rule speaks of {module}"]
    found = []
    for name in imported:
        standard = name.partition(".")[0] in sys.stdlib_module_names
        allowed = name.partition(".")[0] not in NEVER.get(rule, set()) if standard else False
        if not allowed and not any(begins_with(name, prefix) for prefix in MAY_IMPORT[rule]):
            found.append(f"{module} may not import {name}")
    return found


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_module_imports_only_what_its_folder_may(module: str, path: Path) -> None:
    assert violations(module, imports(path)) == []


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("camera_skill.interfaces.discovery", "boto3"),
        ("camera_skill.interfaces.discovery", "camera_skill.adapters.tables.Registry"),
        ("camera_skill.interfaces.discovery", "aws_lambda_powertools.Logger"),
        ("camera_skill.interfaces.discovery", "os.environ"),
        ("camera_skill.alexa.directive", "camera_skill.camera.Camera"),
        ("camera_skill.adapters.tables", "camera_skill.settings"),
        ("camera_skill.functions.smart_home", "simulator.signaling"),
        ("simulator.signaling.service", "camera_skill.errors"),
        ("camera_skill.unheard_of", "json"),
    ],
)
def test_the_rule_notices_when_a_module_imports_what_it_may_not(module: str, imported: str) -> None:
    assert violations(module, iter([imported])) != []


def test_only_settings_and_the_functions_touch_the_environment() -> None:
    readers = {
        module
        for module, path in modules()
        if module.startswith("camera_skill") and any(name in {"os.environ", "os.getenv"} for name in uses_of_os(path))
    }
    assert readers == {  # hand it to settings
        f"camera_skill.functions.{name}" for name in ("smart_home", "camera_events", "camera_changes", "registry")
    }


def uses_of_os(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            yield f"os.{node.attr}"


def test_the_tracer_stays_out_of_the_function() -> None:
    requirements = (ROOT / "lambda" / "requirements.in").read_text(encoding="utf-8")
    assert "tracer" not in requirements
    assert "xray" not in (ROOT / "lambda" / "requirements.txt").read_text(encoding="utf-8")
