import copy
import json
import re
from typing import Any

import pytest
from PIL import Image

from tests.support.project import ROOT
from tests.support.skill_manifest import findings

PACKAGE = ROOT / "skill-package"


@pytest.fixture
def skill() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((PACKAGE / "skill.json").read_text())
    return parsed


def changed(skill: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with one value set; `path` goes through keys and list positions."""
    copied = copy.deepcopy(skill)
    *parents, last = path.split(".")
    place: Any = copied
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[last] = value
    return copied


def test_manifest_is_known_to_amazons_model(skill: dict[str, Any]) -> None:
    assert list(findings(skill)) == []


@pytest.mark.parametrize(
    ("path", "value", "finding"),
    [
        ("manifest.manifestVersion", "2.0", "manifest.manifestVersion is '2.0', which is no ManifestVersion"),
        ("manifest.apis.smartHome.protocolVersion", 3, "protocolVersion is 3, which is no SmartHomeProtocol"),
        ("manifest.apis.smartHome.endpoint", "arn:aws:lambda", "is 'arn:aws:lambda', not a LambdaEndpoint"),
        ("manifest.apis.smartHome.endpoint.url", "arn:aws:lambda", "has url, which a LambdaEndpoint does not"),
        ("manifest.apis.smart_home", {}, "has smart_home, which a SkillManifestApis does not"),
        ("manifest.permissions", [{"name": "alexa::async_event:read"}], "which is no PermissionName"),
        ("manifest.publishingInformation.isAvailableWorldwide", "yes", "is 'yes', not a bool"),
        ("manifest.publishingInformation.distributionCountries", "US", "is 'US', not a list"),
        ("manifest.publishingInformation.locales.en-US.keywords", ["camera", 7], "keywords.1 is 7, not a str"),
        ("manifest.publishingInformation.locales", ["en-US"], "is ['en-US'], not a dict"),
        ("manifest.apis.custom", {"interfaces": [{"type": "CAMERA"}]}, "Interface of unknown kind 'CAMERA'"),
        ("manifest", None, "skill.json.manifest is None, not a SkillManifest"),
    ],
)
def test_manifest_is_refused_when_amazons_model_does_not_know_it(
    skill: dict[str, Any],
    path: str,
    value: object,
    finding: str,
) -> None:
    (found,) = findings(changed(skill, path, value))
    assert finding in found


def test_skill_is_a_smart_home_skill_of_version_3_in_english(skill: dict[str, Any]) -> None:
    manifest = skill["manifest"]
    assert manifest["publishingInformation"]["category"] == "SMART_HOME"
    assert manifest["apis"].keys() == {"smartHome"}
    assert manifest["apis"]["smartHome"]["protocolVersion"] == "3"
    assert manifest["publishingInformation"]["locales"].keys() == {"en-US"}
    assert manifest["privacyAndCompliance"]["locales"].keys() == {"en-US"}


def test_skill_asks_to_send_events_and_for_no_permission_that_it_does_not_use(skill: dict[str, Any]) -> None:
    assert skill["manifest"]["permissions"] == [{"name": "alexa::async_event:write"}]
    assert "events" not in skill["manifest"]


def test_endpoint_is_an_alias_of_an_example_in_the_region_of_english(skill: dict[str, Any]) -> None:
    uri = skill["manifest"]["apis"]["smartHome"]["endpoint"]["uri"]
    assert re.fullmatch(r"arn:aws:lambda:us-east-1:123456789012:function:replace-[\w-]{1,56}:live", uri)


def test_texts_fit_into_the_skill_store(skill: dict[str, Any]) -> None:
    texts = skill["manifest"]["publishingInformation"]["locales"]["en-US"]
    assert len(texts["summary"]) <= 160
    assert 1 <= len(texts["examplePhrases"]) <= 3
    assert all(phrase.startswith("Alexa, ") for phrase in texts["examplePhrases"])
    assert not {"amazon", "alexa", "echo"} & set(texts["name"].casefold().split())


@pytest.mark.parametrize(("field", "side"), [("smallIconUri", 108), ("largeIconUri", 512)])
def test_icon_is_a_square_png_of_the_size_that_the_store_wants(skill: dict[str, Any], field: str, side: int) -> None:
    uri = skill["manifest"]["publishingInformation"]["locales"]["en-US"][field]
    with Image.open(PACKAGE / uri.removeprefix("file://")) as icon:
        assert (icon.format, icon.size) == ("PNG", (side, side))
