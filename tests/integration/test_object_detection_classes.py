"""SetObjectDetectionClasses through the real function: what Alexa is told of from then on."""

from typing import Any

import pytest

from camera_skill.camera import HealthSource
from tests.conftest import AddCamera
from tests.support.account_server import AccountServer
from tests.support.directives import about_session
from tests.support.function import Function

OTHER = "another-customer"
PERSON, PACKAGE = {"imageNetClass": "person"}, {"imageNetClass": "package"}


@pytest.fixture
def function(function_in_process: Function, add_camera: AddCamera) -> Function:
    """The function, and a camera of two customers that detects persons and packages."""
    for customer in ({}, {"user_id": OTHER}):
        add_camera("https://example", detects_persons=True, detects_packages=True, health=HealthSource.MQTT, **customer)
    return function_in_process


def wanted(function: Function, token: str) -> list[dict[str, str]]:
    """Which classes StateReport names."""
    properties = function(about_session("report_state", token))["context"]["properties"]
    (value,) = [one["value"] for one in properties if one["name"] == "objectDetectionClasses"]
    return list(value)


def set_classes(function: Function, token: str, *classes: dict[str, str]) -> dict[str, Any]:
    directive = about_session("set_object_detection_classes", token)
    directive["directive"]["payload"]["objectDetectionClasses"] = [*classes]
    return function(directive)


def test_a_state_report_names_what_alexa_wants_of_each_customers_camera(
    function: Function, account_server: AccountServer
) -> None:
    token, other = account_server.token(), account_server.token(sub=OTHER)
    assert wanted(function, token) == [PERSON, PACKAGE]
    reply = set_classes(function, token, PACKAGE, PACKAGE)
    header = reply["event"]["header"]
    assert (header["namespace"], header["name"], header["payloadVersion"]) == ("Alexa", "Response", "3")
    assert [one["value"] for one in reply["context"]["properties"]] == [[PACKAGE]]
    assert wanted(function, token) == [PACKAGE]
    assert wanted(function, other) == [PERSON, PACKAGE]
    set_classes(function, other)
    assert wanted(function, other) == []
    assert wanted(function, token) == [PACKAGE]
