"""Cameras as the command reads them: by their names, whosever they are."""

from typing import TYPE_CHECKING

import pytest

from camera_skill.adapters.items import camera_to_item
from camera_skill.errors import CameraNotFoundError, RegistryError
from cli.cameras.registrations import Registrations
from tests.conftest import AddCamera
from tests.support.directives import ENDPOINT_ID

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SIGNALING_ENDPOINT = "https://v-1.kinesisvideo.us-east-1.amazonaws.com"


def test_the_camera_is_read_when_it_has_any_owner(registrations: Registrations, add_camera: AddCamera) -> None:
    camera = add_camera(SIGNALING_ENDPOINT, user_id="somebody")
    assert registrations.camera(ENDPOINT_ID) == camera
    assert [link.user_id for link in registrations.owners(ENDPOINT_ID)] == ["somebody"]


def test_no_camera_is_found_when_it_was_forgotten(registrations: Registrations, add_camera: AddCamera) -> None:
    add_camera(SIGNALING_ENDPOINT)
    registrations.forget(ENDPOINT_ID)
    with pytest.raises(CameraNotFoundError, match=f"there is no camera {ENDPOINT_ID}"):
        registrations.camera(ENDPOINT_ID)


def test_the_reason_is_told_when_the_camera_cannot_be_read(
    registrations: Registrations, add_camera: AddCamera, dynamodb: "DynamoDBClient", table_names: tuple[str, str]
) -> None:
    item = camera_to_item(add_camera(SIGNALING_ENDPOINT))
    dynamodb.put_item(TableName=table_names[0], Item={**item, "offer_style": {"S": "curly"}})
    with pytest.raises(RegistryError, match="offer_style that there is not"):
        registrations.camera(ENDPOINT_ID)
