"""The registry function on real tables, a real signaling service and real things, in a local AWS."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registry_function import PREFIX, STACK, RegistryFunction, RequestError, environment_of
from tests.support.signaling_thread import signaling_in_thread

def test_a_camera_is_added(registry_function: RegistryFunction) -> None:
    added = registry_function("AddCamera", user_id="ann", friendly_name="Front  Door", features={"doorbell": True})
    print(added)
    got = registry_function("GetCamera", endpoint_id=added["camera"]["endpoint_id"])
    print(got)
    print(registry_function("ListCameras", user_id="ann"))
    print(registry_function("ListCameras"))
    print(registry_function("ListUsers"))
    print(registry_function("ImportCameras", rows=[{"user_id":"ann","friendly_name":"Front Door"},{"user_id":"bob","friendly_name":"Gate","external_id":"SN1","features":{"power":"battery"}},{"user_id":"cleo","friendly_name":"Gate","external_id":"SN1","share":True},{"user_id":"dan","friendly_name":"Gate","external_id":"SN1"},{"user_id":"dan","friendly_name":"Gate!"},{"user_id":"dan"}]))
    print(registry_function("UnshareCamera", user_id="ann", endpoint_id=added["camera"]["endpoint_id"]))
    print(registry_function("ErasePerson", user_id="bob"))
    print(registry_function("ErasePerson", user_id="cleo"))
    print(registry_function.audited())
    assert False
