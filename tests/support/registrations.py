"""Cameras, links and owners in the registry as versions before claims wrote them, which must go on working.

A camera that names its thing has a claim for it.
"""

from typing import TYPE_CHECKING

from camera_skill.adapters import items
from camera_skill.adapters.connections import FreshClient
from camera_skill.adapters.registration.registrations import RegistrationTable
from camera_skill.adapters.registration.requests import RequestTable
from camera_skill.camera import Camera, CameraLink
from camera_skill.registration import ClaimKind, Registered

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Registrations:
    """Writes single items; reads as the registry function does."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._client = dynamodb
        self._table = table
        client = FreshClient(dynamodb)
        self._read = RegistrationTable(client, table, RequestTable(client, "no-table"))

    def registered(self, endpoint_id: str) -> Registered:
        found = self._read.registered(endpoint_id)
        assert found is not None
        return found

    def camera(self, endpoint_id: str) -> Camera:
        camera = self.registered(endpoint_id).camera
        assert camera is not None
        return camera

    def links(self, user_id: str) -> list[CameraLink]:
        return self._read.links(user_id)

    def register(self, camera: Camera, link: CameraLink) -> None:
        self._put(items.camera_to_item(camera))
        if camera.thing_name:
            claim = items.claim_key(ClaimKind.THING, camera.thing_name)
            self._put({**claim, "endpoint_id": {"S": camera.endpoint_id}})
        self.link(link)

    def link(self, link: CameraLink) -> None:
        self._put(items.link_to_item(link))
        self._put(items.owner_to_item(link))

    rename = link

    def unlink(self, link: CameraLink) -> None:
        for key in (items.link_key(link.user_id, link.endpoint_id), items.owner_key(link.endpoint_id, link.user_id)):
            self._client.delete_item(TableName=self._table, Key=key)

    def change(self, _before: Camera, after: Camera) -> None:
        self._put(items.camera_to_item(after))

    def forget(self, endpoint_id: str) -> None:
        for link in self.registered(endpoint_id).owners:
            self.unlink(link)
        self._client.delete_item(TableName=self._table, Key=items.camera_key(endpoint_id))

    def _put(self, item: items.Item) -> None:
        self._client.put_item(TableName=self._table, Item=item)
